"""The journal: every record, written before it is sent. It alone is the oracle.

One line a record: topic, partition, reason, and the value of an event; a refused record's value
is not kept. Sent is what the journal says: the sender ends the run if a record cannot be sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.chaos.record import Record


class Entry(NamedTuple):
    """A line of the journal; `event` is None where the record has to be refused."""

    topic: str
    partition: int
    reason: str
    event: dict[str, Any] | None


class Journal:
    """Appends; a chunk is on its way to the disk before `write` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events = 0
        self._file = path.open("wb")

    def write(self, records: Sequence[Record]) -> None:
        """Note the records of one chunk, in the order they are sent in."""
        for record in records:
            value = b"" if record.reason else record.value or b""
            place = f"{record.topic}\t{record.partition}\t{record.reason}\t".encode()
            self._file.write(place + value + b"\n")
        self._file.flush()
        self.events += len(records)

    def close(self) -> None:
        self._file.close()


def read(path: Path) -> Iterator[Entry]:
    """The entries of a partition come in the order of its log."""
    with path.open("rb") as lines:
        for line in lines:
            topic, partition, reason, value = line.decode().rstrip("\n").split("\t", 3)
            yield Entry(topic, int(partition), reason, None if reason else json.loads(value))
