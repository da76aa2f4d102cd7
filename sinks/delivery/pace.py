"""How often a channel may be used: so many messages in any minute."""

from __future__ import annotations

from collections import deque

MINUTE_S = 60.0


class Pace:
    """At most `per_minute` uses in any 60 seconds; moments are seconds of one clock."""

    def __init__(self, per_minute: int) -> None:
        self._used: deque[float] = deque(maxlen=per_minute)

    def wait_s(self, now: float) -> float:
        """Seconds until the next use is allowed; 0 = now."""
        if len(self._used) < (self._used.maxlen or 0):
            return 0.0
        return max(0.0, self._used[0] + MINUTE_S - now)

    def use(self, now: float) -> None:
        """Count one use."""
        self._used.append(now)
