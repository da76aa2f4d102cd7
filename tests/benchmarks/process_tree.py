"""What a process and all that it started cost: CPU seconds and memory, from Linux's /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True)
class Stat:
    """One process. `ticks` are of user and system time, with those of children it waited for."""

    pid: int
    parent: int
    ticks: int
    pages: int

    @classmethod
    def parse(cls, line: str) -> Stat:
        """Read a line of /proc/PID/stat; the command in it may hold spaces and brackets."""
        pid, _, rest = line.partition(" (")
        fields = rest.rpartition(") ")[2].split()
        return cls(int(pid), int(fields[1]), sum(map(int, fields[11:15])), int(fields[21]))


@dataclass(frozen=True)
class Usage:
    """CPU seconds so far, and resident megabytes now."""

    cpu_s: float = 0.0
    rss_mb: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.cpu_s + other.cpu_s, self.rss_mb + other.rss_mb)


def usage(root: int) -> Usage:
    """What `root` and its living descendants use; nothing once it has gone."""
    return usage_in(processes(), root)


def usage_in(found: Iterable[Stat], root: int) -> Usage:
    """The usage of `root`'s tree among the processes `found`."""
    children: dict[int, list[Stat]] = {}
    own: list[Stat] = []
    for one in found:
        children.setdefault(one.parent, []).append(one)
        if one.pid == root:
            own.append(one)
    ticks = pages = 0
    while own:
        one = own.pop()
        ticks += one.ticks
        pages += one.pages
        own += children.get(one.pid, ())
    return Usage(ticks / TICKS_PER_S, pages * PAGE_MB)


def processes() -> Iterator[Stat]:
    """Every process of this machine that is still there when it is looked at."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                yield Stat.parse((folder / "stat").read_text())
            except OSError:
                continue
