"""Dead letters of a commit: what the worker rejected, and what importers sent to the topic."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from traceback import extract_tb

import polars as pl

from agents.intake import Taken
from agents.writer import Refused
from pipeline.core.records import Record
from pipeline.core.rows import Source
from schemas.rejection import Reason, Rejection
from sinks.dead_letter import DeadLetter, consumed, dead_letter, rows
from sinks.kafka import EventWriter

VERDICTS = (Reason.STORE_REFUSED, Reason.POISON)
"""Stored before the record is folded again, and honoured by every replay."""


class Letters:
    """Makes the verdicts' rows, and publishes the worker's own to the topic for other readers.

    Delivery: the row is stored before the record is acked; the topic may get a letter twice.
    """

    def __init__(self, writer: EventWriter) -> None:
        self._writer = writer

    def publish(self, letters: Sequence[DeadLetter]) -> None:
        """Send the worker's own letters to the topic, once their rows are stored."""
        for letter in letters:
            self._writer.send_letter(letter)
        if letters:
            self._writer.flush()

    def verdicts(self, refused: Refused) -> pl.DataFrame:
        """Rows for facts that the store refused for good: every replay honours them.

        The event is kept as its column values: its record's bytes are still in the topic.
        """
        return rows(
            [
                dead_letter(
                    Rejection(
                        Reason.STORE_REFUSED,
                        f"the store refused it with code {refused.code}",
                        pl.DataFrame([fact]).write_json().encode(),
                        source=fact["source"],
                    ),
                    epoch=fact["epoch"],
                    topic=fact["topic"],
                    partition=fact["partition"],
                    offset=fact["offset"],
                    ingest_ms=fact["ingest_ms"],
                )
                for fact in refused.rows.iter_rows(named=True)
            ]
        )


def condemned(source: Source, record: Record, detail: str) -> pl.DataFrame:
    """The row of a record that cannot be worked on: every replay honours it."""
    rejection = Rejection(Reason.POISON, detail, record.value, event_type=source.carries or "")
    return rows(
        [
            dead_letter(
                rejection,
                epoch=source.epoch,
                topic=source.topic,
                partition=source.partition,
                offset=record.offset,
                ingest_ms=record.timestamp,
            )
        ]
    )


def told(error: BaseException) -> str:
    """An error's class and place. Its message stays in the log: it may quote the record."""
    *_, innermost = extract_tb(error.__traceback__)
    place = f"{Path(innermost.filename).name}:{innermost.lineno}"
    return f"{type(error).__name__} in {innermost.name} ({place})"


def own_letters(taken: Sequence[Taken]) -> list[DeadLetter]:
    """The letters of what this worker rejected; a verdict is stored already."""
    return [
        dead_letter(
            rejected.rejection,
            epoch=one.source.epoch,
            topic=one.source.topic,
            partition=one.source.partition,
            offset=rejected.offset,
            ingest_ms=rejected.ingest_ms,
        )
        for one in taken
        for rejected in one.rejected
        if rejected.rejection.reason not in VERDICTS
    ]


def sent_letters(letters: Sequence[tuple[Source, Sequence[Record]]]) -> list[DeadLetter]:
    """The letters that importers sent to the topic."""
    found = (
        consumed(
            record.value,
            epoch=source.epoch,
            partition=source.partition,
            offset=record.offset,
            ingest_ms=record.timestamp,
        )
        for source, records in letters
        for record in records
    )
    return [letter for letter in found if letter is not None]
