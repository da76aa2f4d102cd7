"""Coming to a group and leaving it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import ActorRole, InGroup
from schemas.event_type import EventType
from schemas.fields import Id, PersonId


class JoinMethod(StrEnum):
    """How a person came in; `import` is a roster of those already there, counted as no join."""

    QR = "qr"
    INVITE = "invite"
    LINK = "link"
    STAFF_ADD = "staff_add"
    IMPORT = "import"
    TRANSFER = "transfer"
    UNKNOWN = "unknown"


class LeaveKind(StrEnum):
    """How a membership ended."""

    SELF = "self"
    KICKED = "kicked"
    TRANSFERRED = "transferred"
    DISSOLVED = "dissolved"
    UNKNOWN = "unknown"


class Join(InGroup):
    """A person came to a group. One who is already in it is legal, and counted as an anomaly."""

    event_type: Annotated[Literal[EventType.JOIN], Field(description="Always join")] = (
        EventType.JOIN
    )
    join_method: Annotated[JoinMethod, Field(description="How the person came in")]
    inviter_id: Annotated[
        PersonId | None, Field(description="Person who invited, as a pseudonym")
    ] = None
    inviter_role: Annotated[
        ActorRole | None, Field(description="Role of the person who invited")
    ] = None
    invite_id: Annotated[Id | None, Field(description="Invitation that was followed")] = None
    script_id: Annotated[Id | None, Field(description="Wording of the invitation")] = None
    from_group_id: Annotated[
        Id | None, Field(description="Group the person was transferred from")
    ] = None


class Leave(InGroup):
    """A person left a group. One who is not in it is legal, and counted as an anomaly."""

    event_type: Annotated[Literal[EventType.LEAVE], Field(description="Always leave")] = (
        EventType.LEAVE
    )
    leave_kind: Annotated[LeaveKind, Field(description="How the membership ended")]
    reason_code: Annotated[Id | None, Field(description="Why the person left")] = None
    operator_id: Annotated[
        PersonId | None, Field(description="Person who removed them, as a pseudonym")
    ] = None
    to_group_id: Annotated[Id | None, Field(description="Group the person was transferred to")] = (
        None
    )
