"""How fast the alerts live: production, or a demo whose event time runs many times faster."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Timing:
    """Intervals of Prometheus and Alertmanager in wall seconds.

    `scale` is the clock's rate: what must hold for an hour of event time holds `hour / scale` of
    wall time. `keep_s` replaces every rule's own keep_firing_for; 0 leaves them.
    """

    scale: int = 1
    scrape_s: int = 15
    evaluation_s: int = 15
    group_wait_s: int = 30
    group_interval_s: int = 300
    repeat_s: int = 12 * 3_600
    watchdog_repeat_s: int = 60
    stall_s: int = 300
    keep_s: int = 0

    def hold(self, seconds: int) -> int:
        """Wall seconds a rule's condition must last; at least three evaluations in the demo."""
        return seconds if self.scale == 1 else max(3, ceil(seconds / self.scale))

    def keep(self, seconds: int) -> int:
        """Wall seconds an alert outlives its condition."""
        return self.keep_s or seconds

    def span(self, seconds: int) -> int:
        """Wall seconds a range in a rule looks back over, ten scrapes at least."""
        return max(10 * self.scrape_s, ceil(seconds / self.scale))


PRODUCTION = Timing()


def compressed(scale: int = 288) -> Timing:
    """The demo's timing: a day in five minutes at the default scale."""
    return Timing(
        scale=scale,
        scrape_s=1,
        evaluation_s=1,
        group_wait_s=1,
        group_interval_s=5,
        stall_s=10,
        keep_s=20,
    )


def duration(seconds: int) -> str:
    """Seconds as Prometheus writes them: 300 is 5m, 65 is 65s."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
