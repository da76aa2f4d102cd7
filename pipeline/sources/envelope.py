"""The fields every event has, as sources fill them in."""

from __future__ import annotations

from typing import TypedDict

from schemas.envelope import ActorRole


class Envelope(TypedDict):
    """The common fields, as the models take them."""

    event_time: int
    event_id: str
    group_id: str
    user_id: str
    actor_role: ActorRole
    source: str
    source_seq: int
    key_id: str
