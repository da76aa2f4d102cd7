"""Dead letters: records that are no event, as rows of the table and as JSON of the topic.

A row's key says where the record lies, and its date follows from the log alone, so the same
record written again (a replay, a second import) replaces its row and adds none.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Protocol

import polars as pl

from schemas.rejection import Reason, Rejection
from sinks.topics import DEAD_LETTER

PAYLOAD_LIMIT = 64 * 1024
DETAIL_LIMIT = 500
IMPORT_EPOCH = 0

_SCHEMA: dict[str, pl.DataType] = {
    "epoch": pl.UInt16(),
    "topic": pl.String(),
    "partition": pl.UInt16(),
    "offset": pl.UInt64(),
    "reason": pl.String(),
    "detail": pl.String(),
    "event_type": pl.String(),
    "source": pl.String(),
    "payload": pl.String(),
    "payload_bytes": pl.UInt64(),
    "ingest_ms": pl.Int64(),
}


class RejectedLine(Protocol):
    """A line of an import file that is no event, as an importer tells it."""

    @property
    def origin(self) -> str:
        """Which file of which source: the same in a second import."""

    @property
    def line(self) -> int:
        """Its number in the file."""

    @property
    def reason(self) -> Reason:
        """Why it is none."""

    @property
    def detail(self) -> str:
        """What is wrong, without quoting the line."""

    @property
    def source(self) -> str:
        """The source it would have come from."""

    @property
    def payload(self) -> bytes:
        """The line as it is."""


@dataclass(frozen=True)
class DeadLetter:
    """One row of table dead_letter; `payload` is base64 of the record's first 64 KiB."""

    epoch: int
    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    event_type: str
    source: str
    payload: str
    payload_bytes: int
    ingest_ms: int


def dead_letter(
    rejection: Rejection, *, epoch: int, topic: str, partition: int, offset: int, ingest_ms: int
) -> DeadLetter:
    """The dead letter of a record the worker read at this place, appended at `ingest_ms`."""
    raw = rejection.raw or b""
    return DeadLetter(
        epoch=epoch,
        topic=topic,
        partition=partition,
        offset=offset,
        reason=str(rejection.reason),
        detail=rejection.detail[:DETAIL_LIMIT],
        event_type=rejection.event_type,
        source=rejection.source,
        payload=_encoded(raw),
        payload_bytes=len(raw),
        ingest_ms=ingest_ms,
    )


def rows(letters: Sequence[DeadLetter]) -> pl.DataFrame:
    """Rows of table dead_letter.

    The day of an imported line is that of epoch 0, whenever it was imported: a later import must
    reach the same partition of the table.
    """
    if not letters:
        return _NO_ROWS  # of nearly every commit
    return _dated([astuple(letter) for letter in letters])


def stored_record(letter: DeadLetter) -> bytes:
    """The topic's JSON for a dead letter whose row the worker has stored: for other readers."""
    told = {field.name: getattr(letter, field.name) for field in fields(letter)}
    return _json({**told, "stored": True})


def line_record(line: RejectedLine) -> bytes:
    """The topic's JSON for a line that an importer refused; the worker will store its row."""
    return _json(
        {
            "origin": line.origin,
            "line": line.line,
            "reason": str(line.reason),
            "detail": line.detail[:DETAIL_LIMIT],
            "source": line.source,
            "event_type": "",
            "payload": _encoded(line.payload),
            "payload_bytes": len(line.payload),
        }
    )


def consumed(
    value: bytes | None, *, epoch: int, partition: int, offset: int, ingest_ms: int
) -> DeadLetter | None:
    """The dead letter a record of the topic stands for; None if its row is stored already.

    What is no dead letter of ours becomes one itself, at its own place. Never raises.
    """
    try:
        told = json.loads(value or b"null")
        if told.get("stored") is True:
            return None
        return DeadLetter(
            epoch=IMPORT_EPOCH,
            topic=f"import:{_text(told, 'origin')}",
            partition=0,
            offset=_count(told, "line"),
            reason=str(Reason(told["reason"])),
            detail=_text(told, "detail")[:DETAIL_LIMIT],
            event_type=_text(told, "event_type"),
            source=_text(told, "source"),
            payload=_text(told, "payload")[: len(_encoded(bytes(PAYLOAD_LIMIT)))],
            payload_bytes=_count(told, "payload_bytes"),
            ingest_ms=ingest_ms,
        )
    except (ValueError, KeyError, AttributeError, RecursionError):
        reason = Reason.NULL_VALUE if value is None else Reason.NOT_JSON
        return dead_letter(
            Rejection(reason, "not a dead letter as importers write them", value),
            epoch=epoch,
            topic=DEAD_LETTER,
            partition=partition,
            offset=offset,
            ingest_ms=ingest_ms,
        )


def _dated(told: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    frame = pl.DataFrame(told, schema=_SCHEMA, orient="row")
    appended = pl.from_epoch("ingest_ms", time_unit="ms").dt.date()
    return frame.with_columns(
        ingest_date=pl.when(pl.col("epoch") == IMPORT_EPOCH)
        .then(pl.date(1970, 1, 1))
        .otherwise(appended)
    )


_NO_ROWS = _dated([])


def _encoded(payload: bytes) -> str:
    return b64encode(payload[:PAYLOAD_LIMIT]).decode("ascii")


def _json(told: dict[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )


def _text(told: dict[str, object], name: str) -> str:
    text = told[name]
    if not isinstance(text, str):
        raise ValueError(name)
    text.encode()  # a lone surrogate is a ValueError too
    return text


def _count(told: dict[str, object], name: str) -> int:
    number = told[name]
    if not isinstance(number, int) or not 0 <= number < 2**63:
        raise ValueError(name)
    return number
