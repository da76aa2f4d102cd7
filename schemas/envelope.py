"""What every event carries, whatever its type (METRICS section 2)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.event_type import EventType
from schemas.fields import Id, Instant, KeyId, PersonId, UInt64
from schemas.needs import Need


class ActorRole(StrEnum):
    """Who acts. Only a `member` counts in member metrics."""

    MEMBER = "member"
    STAFF = "staff"
    BOT = "bot"
    SYSTEM = "system"


class Envelope(BaseModel):
    """Fields of every event; the order is that of the wire and of the columns.

    An event is identified by (event_type, group_id, user_id where there is no group, event_time,
    event_id): copies of one identity count once, and the first one stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    needs: ClassVar[tuple[Need, ...]] = ()

    event_type: Annotated[EventType, Field(description="What happened")]
    event_time: Annotated[Instant, Field(description="When it happened, to the millisecond")]
    event_id: Annotated[Id, Field(description="Identity given by the source, the same in a copy")]
    group_id: Annotated[
        Id | None, Field(description="Group it happened in; none = outside any group")
    ] = None
    user_id: Annotated[PersonId | None, Field(description="Person it is about, as a pseudonym")] = (
        None
    )
    actor_role: Annotated[ActorRole, Field(description="Role of the one who acts")] = (
        ActorRole.MEMBER
    )
    source: Annotated[Id, Field(description="Name of the source that sent it")]
    source_seq: Annotated[
        UInt64, Field(description="The source's own order among events of one millisecond")
    ] = 0
    key_id: Annotated[
        KeyId, Field(description="Key that the pseudonyms of persons were made with")
    ] = ""
    channel_id: Annotated[Id | None, Field(description="Channel that led here")] = None
    campaign_id: Annotated[Id | None, Field(description="Campaign it belongs to")] = None
    staff_id: Annotated[
        PersonId | None, Field(description="Member of staff in charge, as a pseudonym")
    ] = None
    schema_version: Annotated[
        int, Field(strict=True, ge=1, le=1, description="Version of this contract")
    ] = 1


class Personal(Envelope):
    """An event that is always about a person, in a group or outside of any."""

    user_id: Annotated[PersonId, Field(description="Person it is about, as a pseudonym")]


class Needing(Personal):
    """An event of a person that must have some fields only in a certain state: its `needs`."""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        for need in self.needs:
            need.check(self)
        return self


class InGroup(Personal):
    """An event that always happens in a group."""

    group_id: Annotated[Id, Field(description="Group it happened in")]
