"""A live source's sign of life."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import Envelope
from schemas.event_type import EventType
from schemas.fields import UInt16


class Heartbeat(Envelope):
    """The source had sent everything up to here when it sent this; about no group or person."""

    event_type: Annotated[Literal[EventType.HEARTBEAT], Field(description="Always heartbeat")] = (
        EventType.HEARTBEAT
    )
    group_id: Annotated[None, Field(description="Never in a heartbeat")] = None
    user_id: Annotated[None, Field(description="Never in a heartbeat")] = None
    partition: Annotated[UInt16, Field(description="Number of the partition that it was sent to")]
