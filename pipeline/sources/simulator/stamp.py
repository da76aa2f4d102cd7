"""The envelope of simulated events, and ids that follow from the hour they were made in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from pipeline.sources.envelope import Envelope
from pipeline.sources.identity import derive_event_id
from pipeline.sources.simulator.groups import SOURCE, Plan
from schemas.envelope import ActorRole
from schemas.event_type import EventType


class Unnamed(TypedDict):
    """The common fields of an event but for its person, who may be nobody."""

    event_time: int
    event_id: str
    group_id: str
    actor_role: ActorRole
    source: str
    source_seq: int
    key_id: str


@dataclass(frozen=True)
class Stamp:
    """Makes envelopes for one group; `number` within `part` is what makes an event this one."""

    plan: Plan
    group_id: str
    key_id: str

    def name(self, part: str, number: int) -> str:
        """An id within the community, for orders and messages."""
        return f"{self.group_id}-{part}-{number}"

    def envelope(
        self,
        event_type: EventType,
        *,
        event_ms: int,
        user_id: str,
        part: str,
        number: int,
        role: ActorRole = ActorRole.MEMBER,
    ) -> Envelope:
        """The common fields of an event of a person."""
        fields = self.unnamed(event_type, event_ms=event_ms, part=part, number=number, role=role)
        return Envelope(**fields, user_id=user_id)

    def unnamed(
        self,
        event_type: EventType,
        *,
        event_ms: int,
        part: str,
        number: int,
        role: ActorRole = ActorRole.MEMBER,
    ) -> Unnamed:
        """The common fields of an event that names no person."""
        return Unnamed(
            event_time=event_ms,
            event_id=derive_event_id(
                SOURCE, event_type, f"{self.plan.name} {self.group_id} {part}", ordinal=number
            ),
            group_id=self.group_id,
            actor_role=role,
            source=SOURCE,
            source_seq=number,
            key_id=self.key_id,
        )
