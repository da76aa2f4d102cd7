"""Running the community: its history as fast as it goes, then its life by the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event as Stop
from time import monotonic

from pipeline.sources.simulator.community import Community
from pipeline.sources.simulator.groups import SOURCE
from pipeline.sources.simulator.rhythm import DAY_MS
from pipeline.sources.sink import EventSink, LiveSink

STEP_S = 0.2
"""Wall time between two looks at the clock."""
BEAT_S = 30.0
"""Wall time between two heartbeats."""


@dataclass(frozen=True)
class Watch:
    """The times a run goes by: the clock's (event time, epoch ms) and the wall's (seconds)."""

    now_ms: Callable[[], int]
    wall_s: Callable[[], float] = monotonic


@dataclass(frozen=True)
class Written:
    """A step of the way: all events before `until_ms` (epoch ms) are durable, the last few new."""

    until_ms: int
    events: int


def write_span(
    community: Community,
    sink: EventSink,
    start_ms: int,
    end_ms: int,
    *,
    stop: Stop,
    events_per_second: float = 0.0,
    wall_s: Callable[[], float] = monotonic,
) -> Iterator[Written]:
    """Send the events of a span, a day at a time, and yield each day once it is durable.

    Ends early, after a whole day, once `stop` is set. At most `events_per_second` (wall time)
    are sent; 0 sends as fast as it goes.
    """
    began_s, sent = wall_s(), 0
    while start_ms < end_ms and not stop.is_set():
        until_ms = min(end_ms, start_ms // DAY_MS * DAY_MS + DAY_MS)
        events = 0
        for event in community.events_between(start_ms, until_ms):
            sink.send(event)
            events += 1
        sink.flush()
        start_ms, sent = until_ms, sent + events
        yield Written(until_ms, events)
        if events_per_second:
            stop.wait(max(0.0, began_s + sent / events_per_second - wall_s()))


def run_live(
    community: Community, sink: LiveSink, watch: Watch, *, start_ms: int, stop: Stop
) -> Iterator[Written]:
    """Send what has happened up to the clock's now, again and again, until `stop` is set.

    Yields each step once it is durable. A heartbeat follows every 30 s of wall
    time, but only once all that has happened is written: it says that nothing is missing before
    it. While the clock stands there is nothing to send, and the beats go on.
    """
    beat_due_s = watch.wall_s()
    while not stop.is_set():
        now_ms = watch.now_ms()
        yield from write_span(community, sink, start_ms, now_ms, stop=stop)
        if stop.is_set():
            return
        start_ms = max(start_ms, now_ms)
        if watch.wall_s() >= beat_due_s:
            sink.heartbeat(SOURCE)
            beat_due_s = watch.wall_s() + BEAT_S
        stop.wait(STEP_S)
