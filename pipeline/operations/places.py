"""Where a dead letter lies, in one line that can be copied: TOPIC/PARTITION/OFFSET."""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.errors import UsageError
from sinks.dead_letter import IMPORT_EPOCH

IMPORT = "import:"
"""Begins the topic of a line of a file; the offset is its number."""

_PLACE = re.compile(r"(.+)/(\d{1,5})/(\d{1,20})(?:@(\d{1,5}))?", re.ASCII | re.DOTALL)


class Place(NamedTuple):
    """The key of a dead letter, in the order in which its table is sorted."""

    topic: str
    partition: int
    epoch: int
    offset: int

    @property
    def of_import(self) -> bool:
        """Whether it is a line of an imported file."""
        return self.topic.startswith(IMPORT)

    def text(self, epoch: int) -> str:
        """As people write it; the epoch is told only where it is not the usual one."""
        usual = IMPORT_EPOCH if self.of_import else epoch
        told = "" if self.epoch == usual else f"@{self.epoch}"
        return f"{self.topic}/{self.partition}/{self.offset}{told}"


def read_place(text: str, epoch: int) -> Place:
    """The place that `text` names; `epoch` is that of today's topics. Raises UsageError.

    It is read from its end, as the topic of an imported line is a file's name with any characters.
    """
    found = _PLACE.fullmatch(text)
    if found:
        topic, partition, offset, told = found.groups()
        usual = IMPORT_EPOCH if topic.startswith(IMPORT) else epoch
        place = Place(topic, int(partition), usual if told is None else int(told), int(offset))
        if max(place.partition, place.epoch) < 2**16 and place.offset < 2**64:
            return place
    raise UsageError(
        f"{text!r} is no place of a dead letter",
        where="PLACE",
        remedy="Write TOPIC/PARTITION/OFFSET, like community.chat/2/1234 or"
        " import:jsonl:events.jsonl/0/17, as `pulse dlq list` shows it; @EPOCH after it names an"
        " older incarnation of the topics.",
    )
