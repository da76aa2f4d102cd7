"""One record of the chaos input, and the installation that it is meant for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.core.routing import partition_for, routing_key
from pipeline.pseudonym import Pseudonyms

KEY = "chaos-only-key-0123456789"
KEY_ID = Pseudonyms(KEY.encode()).key_id
CURRENCY = "GBP"
PARTITIONS = 6
RETENTION_DAYS = 400

Fields = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """A value on its way to a partition. `reason` is why it has to become a dead letter, or ''."""

    topic: str
    partition: int
    value: bytes | None
    reason: str = ""
    headers: tuple[tuple[str, bytes], ...] = ()


def record(fields: Fields) -> Record:
    """A good event, where every source would put it."""
    return Record(f"community.{fields['event_type']}", home(fields), wire(fields))


def home(fields: Mapping[str, Any]) -> int:
    """The partition that an event belongs to."""
    key = routing_key(fields.get("group_id", ""), fields["user_id"], fields["event_id"])
    return partition_for(key, PARTITIONS)


def wire(fields: Mapping[str, Any]) -> bytes:
    """One line of JSON."""
    return json.dumps(fields, separators=(",", ":")).encode()
