"""How people are found and reached: invitations, pushes, contacts, and the money spent on it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import Envelope, Personal
from schemas.event_type import EventType
from schemas.fields import Currency, Flag, Id, Instant, Money, PersonId


class InviteAction(StrEnum):
    """The step of an invitation's way into a group; each step is an event of its own."""

    SENT = "sent"
    CLICKED = "clicked"
    APPLIED = "applied"
    APPROVED = "approved"
    REJECTED = "rejected"


class DeliveryAction(StrEnum):
    """What became of a push to one person."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class PushKind(StrEnum):
    """What is pushed, and by which way."""

    GROUP_BROADCAST = "group_broadcast"
    PRIVATE = "private"
    WELCOME = "welcome"
    EMAIL = "email"
    SURVEY = "survey"


class LinkType(StrEnum):
    """A tie to a person beside the group; `group_notice` is whether the group may notify them."""

    WECOM_FRIEND = "wecom_friend"
    OFFICIAL_ACCOUNT = "official_account"
    SITE_ACCOUNT = "site_account"
    PHONE = "phone"
    EMAIL = "email"
    QQ = "qq"
    WECHAT = "wechat"
    GROUP_NOTICE = "group_notice"


class ContactAction(StrEnum):
    """What happened to a tie."""

    ADD = "add"
    REMOVE = "remove"
    MUTE = "mute"
    UNMUTE = "unmute"


class CostKind(StrEnum):
    """What money is spent on; `alliance_in_kind` is what a partner gives in goods."""

    ACQUISITION = "acquisition"
    INCENTIVE = "incentive"
    CONTENT = "content"
    LABOUR = "labour"
    ALLIANCE_IN_KIND = "alliance_in_kind"


class Invite(Envelope):
    """A step of an invitation; whoever is invited need not be known."""

    event_type: Annotated[Literal[EventType.INVITE], Field(description="Always invite")] = (
        EventType.INVITE
    )
    invite_id: Annotated[Id, Field(description="The invitation, the same in all its steps")]
    action: Annotated[InviteAction, Field(description="Step that the invitation reached")]
    inviter_id: Annotated[
        PersonId | None, Field(description="Person who invites, as a pseudonym")
    ] = None
    script_id: Annotated[Id | None, Field(description="Wording of the invitation")] = None
    method: Annotated[Id | None, Field(description="Way it is made, as poster or private chat")] = (
        None
    )
    reason_code: Annotated[Id | None, Field(description="Why it was rejected")] = None


class Delivery(Personal):
    """What became of a message that was pushed to one person."""

    event_type: Annotated[Literal[EventType.DELIVERY], Field(description="Always delivery")] = (
        EventType.DELIVERY
    )
    push_id: Annotated[Id, Field(description="The push, the same for all it goes to")]
    action: Annotated[DeliveryAction, Field(description="What became of it")]
    push_kind: Annotated[PushKind, Field(description="What is pushed")]
    content_id: Annotated[Id | None, Field(description="Content that is pushed")] = None
    script_id: Annotated[Id | None, Field(description="Wording of the push")] = None


class Contact(Personal):
    """A tie to a person beside the group was made, cut, or put to silence."""

    event_type: Annotated[Literal[EventType.CONTACT], Field(description="Always contact")] = (
        EventType.CONTACT
    )
    link_type: Annotated[LinkType, Field(description="Kind of tie")]
    action: Annotated[ContactAction, Field(description="What happened to it")]
    is_lead: Annotated[Flag, Field(description="Whether the person is a sales lead")] = False


class Spend(Envelope):
    """Money spent, dated by its period or else by the day of the event."""

    event_type: Annotated[Literal[EventType.SPEND], Field(description="Always spend")] = (
        EventType.SPEND
    )
    spend_id: Annotated[Id, Field(description="The ledger's id of the expense")]
    cost_kind: Annotated[CostKind, Field(description="What it was spent on")]
    currency: Annotated[Currency, Field(description="Currency of the amount, ISO 4217")]
    amount: Annotated[Money, Field(description="Amount spent")]
    period_start: Annotated[
        Instant | None, Field(description="Start of the period it is for; 0 = the event's day")
    ] = None
    period_end: Annotated[
        Instant | None, Field(description="End of the period it is for; 0 = the event's day")
    ] = None
