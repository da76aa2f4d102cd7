"""Measures one run, alike for everybody and from outside.

The clock starts when the first counted events are seen and stops when all are counted; the events
of that first sight do not count, as the time before it does not. So neither a start of Python or
of a Java machine nor a first fetch is held against anybody; the time from the start of the process
to the first sight is told apart, as the cold start. What is fetched and worked on by then, but not
yet counted, is a gift: the first sight of ours is one commit of at most 100,000 events, and by then
the next is folded and others are fetched. So the shorter a run, the more it flatters: of a million
events that is one commit in ten, of three million one in thirty. CPU seconds are of the whole
process tree in the same span; memory is the most that the tree had resident at any look, several a
second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipeline.progress import Progress, unwatched
from tests.benchmarks.contestant import Running
from tests.benchmarks.process_tree import Usage, usage

STANDS_S = 90.0
"""A run in which nothing is counted for so long has failed."""

LOOK_S = 0.25


@dataclass(frozen=True)
class Lap:
    """One run's figures; `beside_cpu_s` is what servers beside it spent in the same span."""

    events: int
    seconds: float
    cpu_s: float
    peak_rss_mb: float
    cold_start_s: float
    beside_cpu_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_s_per_million(self) -> float:
        return self.cpu_s / self.events * 1e6

    def beside_per_million(self, name: str) -> float:
        return self.beside_cpu_s.get(name, 0.0) / self.events * 1e6


def clocked(
    running: Running, beside: Mapping[str, int], progress: Progress = unwatched, what: str = ""
) -> Lap:
    """Follow a run to its end. `beside`: process ids of servers whose CPU is told beside it."""
    began = moved = time.monotonic()
    last = 0
    first: tuple[float, int, Usage, dict[str, float]] | None = None
    peak = looked = 0.0
    while time.monotonic() < moved + STANDS_S:
        counted = running.counted()
        seen = time.monotonic()
        if counted > last:
            last, moved = counted, seen
        if first is None and counted:
            spent = running.usage()
            first = seen, counted, spent, _cpu(beside)
        if seen - looked >= LOOK_S or counted >= running.target:
            looked = seen
            spent = running.usage()
            peak = max(peak, spent.rss_mb)
            progress(what, min(counted, running.target), running.target)
        if counted >= running.target and first is not None:
            if counted == first[1]:
                raise running.failure("It counted everything at once: give it more events")
            return Lap(
                events=counted - first[1],
                seconds=seen - first[0],
                cpu_s=spent.cpu_s - first[2].cpu_s,
                peak_rss_mb=peak,
                cold_start_s=first[0] - began,
                beside_cpu_s={name: cpu - first[3][name] for name, cpu in _cpu(beside).items()},
            )
        if running.ended():
            raise running.failure("It ended too early")
        time.sleep(running.poll_s)
    raise running.failure(f"It counted nothing for {STANDS_S:.0f} s")


def await_that(true: Callable[[], bool], running: Running, *, seconds: float = 60.0) -> None:
    """Wait until something is so, while the process lives."""
    deadline = time.monotonic() + seconds
    while not true():
        if running.ended() or time.monotonic() > deadline:
            raise running.failure("It ended, or took too long")
        time.sleep(0.02)


def _cpu(beside: Mapping[str, int]) -> dict[str, float]:
    return {name: usage(pid).cpu_s for name, pid in beside.items()}
