"""Reading the log again: the workers' group is set back, and they find what they already know.

It needs the broker alone, and no worker. What is read again is fenced record by record, so it
changes nothing that is stored; it mends what a store has lost, as long as the log has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.counted import counted
from pipeline.errors import GroupInUse
from sinks.group_offsets import GroupOffsets


@dataclass(frozen=True)
class Step:
    """One partition set back: `records` are read again."""

    topic: str
    partition: int
    committed: int
    to: int

    @property
    def records(self) -> int:
        """How many are read again."""
        return self.committed - self.to


def plan(group: GroupOffsets, since_ms: int | None) -> list[Step]:
    """The partitions to set back: to their start, or to what was appended since `since_ms`.

    None is set forward, as the records between would never be read, and none that has committed
    nothing: that one begins at its start anyway. Raises GroupInUse if the group has members.
    """
    _require_empty(group)
    wanted = group.starts() if since_ms is None else group.appended_since(since_ms)
    committed = group.committed()
    return [
        Step(*place, committed[place], to)
        for place, to in sorted(wanted.items())
        if to < committed.get(place, 0)
    ]


def set_back(group: GroupOffsets, steps: Sequence[Step]) -> None:
    """Do as planned, all of it or nothing; GroupInUse if a worker has come meanwhile."""
    if steps:
        group.reset({(step.topic, step.partition): step.to for step in steps})


def _require_empty(group: GroupOffsets) -> None:
    members = group.members()
    if members:
        raise GroupInUse(
            f"The group has {counted(len(members), 'worker')} running: {', '.join(members)}",
            where=f"PULSE_GROUP={group.group}",
            remedy="Stop every `pulse worker` and `pulse up`, then try again; one that was killed"
            " counts for some seconds more.",
        )
