"""Dead letters in a store, as the worker writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from pipeline.operations.places import Place
from schemas.rejection import Reason, Rejection
from sinks.dead_letter import DeadLetter, dead_letter, rows
from sinks.store import Store

AT = 1_751_630_400_000
"""When the first letter was appended; each further offset is a second later."""
DAY = 86_400_000


def letter(
    offset: int,
    reason: Reason = Reason.MISROUTED,
    raw: bytes | None = b"{}",
    *,
    source: str = "bot",
    event_type: str = "chat",
    detail: str = "odd",
    **place: Any,
) -> DeadLetter:
    """A letter of `community.chat`, partition 1, epoch 1, unless told otherwise."""
    where = {"topic": "community.chat", "partition": 1, "epoch": 1, "ingest_ms": AT + offset * 1000}
    rejection = Rejection(reason, detail, raw, event_type, source)
    return dead_letter(rejection, offset=offset, **{**where, **place})


def line_letter(line: int, raw: bytes, *, origin: str = "jsonl:f.jsonl", **told: Any) -> DeadLetter:
    """A refused line of an import."""
    place = {"topic": f"import:{origin}", "partition": 0, "epoch": 0}
    source = origin.partition(":")[0]
    return letter(line, told.pop("reason", Reason.WRONG_TYPE), raw, source=source, **place, **told)


def place_of(one: DeadLetter) -> Place:
    return Place(one.topic, one.partition, one.epoch, one.offset)


def keep(store: Store, *letters: DeadLetter) -> None:
    store.insert("dead_letter", rows(letters))


def mark(
    store: Store, letters: Iterable[DeadLetter], *, at_ms: int = AT + DAY, to: str = "t"
) -> None:
    frame = pl.DataFrame(
        {
            "epoch": [one.epoch for one in letters],
            "topic": [one.topic for one in letters],
            "partition": [one.partition for one in letters],
            "offset": [one.offset for one in letters],
            "replayed_ms": [at_ms for _ in letters],
            "to_topic": [to for _ in letters],
        },
        schema_overrides={"epoch": pl.UInt16, "partition": pl.UInt16, "offset": pl.UInt64},
    )
    store.insert("dead_letter_replay", frame)
