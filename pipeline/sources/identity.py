"""Event ids that a second import derives again, so that importing twice changes nothing."""

from __future__ import annotations

from hashlib import sha1
from uuid import UUID

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
    name = f"{weeks}\0{ordinal}\0{event_type}\0{source}\0{natural_key}"
    digits = sha1(EVENTS.bytes + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]  # by hand: `uuid.uuid5` takes three times as long
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
