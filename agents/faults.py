"""Kill points: `PULSE_FAULT_AT=after_facts` ends the process there as kill -9 would. For tests.

`after_facts:3` ends it at the third passing. Nothing is closed, flushed or acked; whoever starts
the worker again shows that nothing was lost and nothing counted twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from enum import StrEnum

from pipeline.errors import SettingsError

KILLED = 137
"""The exit code, as a shell tells kill -9."""


class FaultPoint(StrEnum):
    """Where a worker may be made to end."""

    ON_START = "on_start"
    BEFORE_FACTS = "before_facts"
    AFTER_FACTS = "after_facts"
    AFTER_WINDOWS = "after_windows"
    BEFORE_ACK = "before_ack"
    AFTER_ACK = "after_ack"
    ON_REVOKE = "on_revoke"


class Faults:
    """Counts the passings of one point and leaves at the one that was asked for."""

    def __init__(
        self,
        point: FaultPoint | None = None,
        times: int = 1,
        leave: Callable[[int], None] = os._exit,
    ) -> None:
        self._point = point
        self._left = times
        self._leave = leave

    def reach(self, point: FaultPoint) -> None:
        """Pass `point`; may not return."""
        if point is self._point:
            self._left -= 1
            if self._left == 0:
                self._leave(KILLED)


NO_FAULTS = Faults()


def faults_of(spec: str) -> Faults:
    """The faults that PULSE_FAULT_AT asks for, none if it is empty. Raises SettingsError."""
    if not spec:
        return NO_FAULTS
    found = re.fullmatch(r"(\w+)(?::([1-9]\d*))?", spec)
    if not found or found[1] not in list(FaultPoint):
        raise SettingsError(
            f"There is no kill point {spec!r}",
            where="PULSE_FAULT_AT",
            remedy=f"Write one of {', '.join(FaultPoint)}, or POINT:N for its Nth passing.",
        )
    return Faults(FaultPoint(found[1]), int(found[2] or 1))
