"""Event ids that a second import derives again, so that importing twice changes nothing."""

from __future__ import annotations

from uuid import UUID, uuid5

EVENTS = UUID("5f2f3c0e-9d3b-5a57-8f0e-6c1f4b7f2a11")
"""Namespace of every derived id. Changing it would make every re-import a second history."""


def derive_event_id(
    source: str, event_type: str, natural_key: str, *, ordinal: int = 0, weeks: int = 0
) -> str:
    """A UUIDv5 over what makes the event this event.

    `ordinal` is the line or sequence number wherever two real events may share a natural key;
    `weeks` is the date shift, for a shifted history is another one. The natural key never holds
    a raw person id: this hash has no secret, so it could be undone by trying all names.
    """
    return str(uuid5(EVENTS, f"{weeks}\0{ordinal}\0{event_type}\0{source}\0{natural_key}"))
