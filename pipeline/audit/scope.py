"""What a check is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pipeline.clock import SharedClock
from pipeline.progress import Progress, unwatched
from pipeline.settings import Settings
from sinks.group_offsets import Offsets
from sinks.store import Store

FOREVER_MS = 2**62
MOST_ROWS = 1_000
"""So many rows of a check are told; the others are only counted."""


class Check(StrEnum):
    """What can be held against what."""

    HOLES = "holes"
    IDS = "ids"
    WINDOWS = "windows"
    COMMITTED = "committed"
    CONFLICTS = "conflicts"
    LIVE = "live"


@dataclass(frozen=True)
class Scope:
    """What is looked at: what the broker took in [since_ms, until_ms).

    `committed`: what the workers' group had committed before anything else was read.
    """

    settings: Settings
    store: Store
    clock: SharedClock
    committed: Offsets
    since_ms: int = 0
    until_ms: int = FOREVER_MS
    progress: Progress = unwatched

    @property
    def span(self) -> dict[str, object]:
        """The bounds and the epoch as parameters of a query."""
        return {"since": self.since_ms, "until": self.until_ms, "epoch": self.settings.epoch}


@dataclass
class Result:
    """What one check found. `looked_at` counts what it looked at, in `unit`s.

    `rows` tell of the first mismatches where each lies and what is wrong. `note` says what could
    not be looked at.
    """

    check: Check
    unit: str
    looked_at: int = 0
    mismatches: int = 0
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    note: str = ""

    def add(self, *, times: int = 1, **row: Any) -> None:
        """One thing that is not as it should be; `times` of it."""
        self.mismatches += times
        if len(self.rows) < MOST_ROWS:
            self.rows.append(row)
