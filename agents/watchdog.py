"""Leaves the process when records wait and none is stored: a restart is the cure for a dead stream.

Faust only logs a stream that stopped; a supervisor (systemd, compose, Kubernetes) restarts us.
"""

from __future__ import annotations

from dataclasses import dataclass

STUCK_S = 60.0


@dataclass
class Watchdog:
    """Asked once a second with plain values; says when it is time to leave.

    A store that is away is no reason: then nothing can be stored, and the writer waits it out.
    """

    stuck_s: float = STUCK_S
    _since: float | None = None

    def is_stuck(
        self, *, now_s: float, waiting: int, last_progress_s: float, store_healthy: bool
    ) -> bool:
        """Whether records have waited for `stuck_s` without progress and without an excuse."""
        if not waiting or not store_healthy:
            self._since = None
            return False
        if self._since is None or last_progress_s > self._since:
            self._since = max(now_s, last_progress_s)
        return now_s - self._since > self.stuck_s
