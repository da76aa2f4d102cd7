"""What staff do for members, and what members say of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from schemas.chat import Sentiment
from schemas.envelope import Needing, Personal
from schemas.event_type import EventType
from schemas.fields import Id, Int32, Label, PersonId, Rating, Text, UInt32
from schemas.needs import Need


class SessionAction(StrEnum):
    """A step of a service conversation."""

    OPENED = "opened"
    REPLIED = "replied"
    RESOLVED = "resolved"
    CLOSED = "closed"
    TRANSFERRED = "transferred"


class SessionKind(StrEnum):
    """What a service conversation is about."""

    INQUIRY = "inquiry"
    QUESTION = "question"
    AFTER_SALES = "after_sales"
    ISSUE = "issue"


class FeedbackKind(StrEnum):
    """What kind of feedback it is."""

    REVIEW = "review"
    COMPLAINT = "complaint"
    SURVEY = "survey"
    COURSE = "course"
    SUGGESTION = "suggestion"


class ActionKind(StrEnum):
    """What a member of staff did."""

    TASK_DONE = "task_done"
    FOLLOW_UP = "follow_up"
    PRODUCT_INTRO = "product_intro"
    COUPON_ISSUE = "coupon_issue"
    INCENTIVE = "incentive"
    APPROVE = "approve"
    KICK = "kick"
    MUTE = "mute"
    PRAISE = "praise"
    SYNC_MEETING = "sync_meeting"
    REVIEW_DONE = "review_done"


_WHO_REPLIED = Need("action", (SessionAction.REPLIED,), "staff_id")


class Session(Needing):
    """A step of a conversation between a customer (user_id) and staff; who replied is told."""

    model_config = ConfigDict(json_schema_extra=_WHO_REPLIED.json_schema)
    needs: ClassVar[tuple[Need, ...]] = (_WHO_REPLIED,)

    event_type: Annotated[Literal[EventType.SESSION], Field(description="Always session")] = (
        EventType.SESSION
    )
    session_id: Annotated[Id, Field(description="The conversation, the same in all its steps")]
    action: Annotated[SessionAction, Field(description="Step of the conversation")]
    session_kind: Annotated[SessionKind, Field(description="What it is about")]
    message_id: Annotated[Id | None, Field(description="Message that the step is")] = None
    handle_seconds: Annotated[
        UInt32, Field(description="Seconds of work on it, told when it closes; 0 = not told")
    ] = 0
    is_complete: Annotated[
        Label, Field(description="Whether a reply answers in full: 1, 0, or -1 = not labelled")
    ] = None
    to_stage: Annotated[Id | None, Field(description="Next stage it is handed to")] = None
    to_staff_id: Annotated[
        PersonId | None, Field(description="Member of staff it is handed to, as a pseudonym")
    ] = None


class Feedback(Personal):
    """A person's review, complaint, suggestion or answer."""

    event_type: Annotated[Literal[EventType.FEEDBACK], Field(description="Always feedback")] = (
        EventType.FEEDBACK
    )
    feedback_id: Annotated[Id, Field(description="The feedback")]
    feedback_kind: Annotated[FeedbackKind, Field(description="What kind of feedback it is")]
    rating: Annotated[Rating | None, Field(description="1 (worst) to 5; 0 = none")] = None
    sentiment: Annotated[Sentiment, Field(description="Mood")] = Sentiment.UNKNOWN
    survey_id: Annotated[Id | None, Field(description="Survey it answers")] = None
    question_id: Annotated[Id | None, Field(description="Question of the survey")] = None
    answer: Annotated[Id | None, Field(description="Option that was chosen")] = None
    ref_kind: Annotated[Id | None, Field(description="Kind of thing it is about")] = None
    ref_id: Annotated[Id | None, Field(description="Thing it is about")] = None


class StaffAction(Personal):
    """Work done by staff, or by a member (user_id) to whom it is given."""

    event_type: Annotated[
        Literal[EventType.STAFF_ACTION], Field(description="Always staff_action")
    ] = EventType.STAFF_ACTION
    action_kind: Annotated[ActionKind, Field(description="What was done")]
    calendar_item_id: Annotated[
        Id | None, Field(description="Item of the operations calendar that it does")
    ] = None
    target_user_id: Annotated[
        PersonId | None, Field(description="Person it was done to or for, as a pseudonym")
    ] = None
    product_id: Annotated[Id | None, Field(description="Product it introduces")] = None
    coupon_id: Annotated[Id | None, Field(description="Coupon it issues")] = None
    partner_id: Annotated[Id | None, Field(description="Partner who pays for it")] = None
    points_delta: Annotated[Int32, Field(description="Points granted, or taken")] = 0
    duration_seconds: Annotated[UInt32, Field(description="Seconds it took; 0 = not told")] = 0
    note: Annotated[Text | None, Field(description="Remark; it names no person")] = None
