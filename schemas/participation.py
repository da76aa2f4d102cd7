"""Taking part: in the activities of a community, and in the tasks of a course."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import Personal
from schemas.event_type import EventType
from schemas.fields import Fraction, Id, Int32, UInt32


class ActivityAction(StrEnum):
    """What a person did in an activity."""

    SIGNUP = "signup"
    ATTEND = "attend"
    COMPLETE = "complete"
    WIN = "win"


class Activity(Personal):
    """A person signed up for an activity, came, saw it through, or won."""

    event_type: Annotated[Literal[EventType.ACTIVITY], Field(description="Always activity")] = (
        EventType.ACTIVITY
    )
    activity_id: Annotated[Id, Field(description="The activity")]
    action: Annotated[ActivityAction, Field(description="What the person did")]
    points_delta: Annotated[Int32, Field(description="Points granted for it, or taken")] = 0


class Checkin(Personal):
    """A person reported a task of a course as done."""

    event_type: Annotated[Literal[EventType.CHECKIN], Field(description="Always checkin")] = (
        EventType.CHECKIN
    )
    task_id: Annotated[Id, Field(description="The task")]
    course_id: Annotated[Id | None, Field(description="Course it belongs to")] = None
    progress: Annotated[
        Fraction, Field(description="Share of the course done, 0 to 1; 0 = not told")
    ] = 0.0
    text_len: Annotated[
        UInt32, Field(description="Length of what was handed in, in characters")
    ] = 0
    score: Annotated[UInt32, Field(description="Marks given for it; 0 = none")] = 0
    points_delta: Annotated[Int32, Field(description="Points granted for it, or taken")] = 0
