"""Living by the clock, without one: the test moves both times by hand."""

from collections.abc import Iterator
from threading import Event as Stop

import pytest

from pipeline.sources.simulator.community import Community
from pipeline.sources.simulator.groups import SOURCE, Plan
from pipeline.sources.simulator.live import Watch, Written, run_live, write_span
from pipeline.sources.simulator.membership import WEEK_MS
from pipeline.sources.simulator.rhythm import DAY_MS, HOUR_MS
from pipeline.sources.sink import ListSink
from schemas.event import Event


class Run(ListSink):
    """Sink, clocks and stop in one: remembers in which order things were done."""

    def __init__(self, now_ms: int) -> None:
        super().__init__()
        self.log: list[str] = []
        self.stop = QuickStop()
        self.now_ms = now_ms
        self.wall = 0.0

    def send(self, event: Event) -> None:
        super().send(event)
        if self.log[-1:] != ["send"]:
            self.log.append("send")

    def flush(self) -> None:
        self.log.append("flush")

    def heartbeat(self, source: str) -> None:
        super().heartbeat(source)
        self.log.append("beat")

    @property
    def watch(self) -> Watch:
        return Watch(lambda: self.now_ms, lambda: self.wall)


class QuickStop(Stop):
    """Waits for nothing, and stops a run after so many looks at the clock."""

    looks = 10

    def wait(self, timeout: float | None = None) -> bool:
        self.looks -= 1
        if self.looks <= 0:
            self.set()
        return self.is_set()


@pytest.fixture
def start_ms(plan: Plan) -> int:
    return plan.origin_ms + WEEK_MS + 12 * HOUR_MS


def live(community: Community, run: Run, start_ms: int) -> Iterator[Written]:
    return run_live(community, run, run.watch, start_ms=start_ms, stop=run.stop)


def test_a_span_is_written_by_the_day_each_durable(community: Community, start_ms: int) -> None:
    run = Run(start_ms)
    noon_after_next = start_ms + 2 * DAY_MS
    steps = list(write_span(community, run, start_ms, noon_after_next, stop=run.stop))
    assert [step.until_ms - start_ms for step in steps] == [DAY_MS / 2, 1.5 * DAY_MS, 2 * DAY_MS]
    assert run.log == ["send", "flush"] * 3
    assert sum(step.events for step in steps) == len(run.events)


def test_a_span_ends_after_a_whole_day_once_stopped(community: Community, start_ms: int) -> None:
    run = Run(start_ms)
    steps = []
    for step in write_span(community, run, start_ms, start_ms + 3 * DAY_MS, stop=run.stop):
        steps.append(step.until_ms)
        run.stop.set()
    assert steps == [start_ms + DAY_MS // 2]


def test_a_rate_slows_writing_down(community: Community, start_ms: int) -> None:
    waits: list[float] = []

    class Counting(Stop):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            return False

    run = Run(start_ms)
    span = (start_ms, start_ms + DAY_MS)
    steps = list(
        write_span(
            community, run, *span, stop=Counting(), events_per_second=10.0, wall_s=lambda: 0.0
        )
    )
    assert waits == [steps[0].events / 10, (steps[0].events + steps[1].events) / 10]


def test_what_has_happened_is_written_then_comes_the_beat(
    community: Community, start_ms: int
) -> None:
    run = Run(start_ms + HOUR_MS)
    run.stop.looks = 1
    list(live(community, run, start_ms))
    assert run.log == ["send", "flush", "beat"]
    assert run.beats == [SOURCE]


def test_while_the_clock_stands_only_beats_go_out(community: Community, start_ms: int) -> None:
    run = Run(start_ms)
    list(live(community, run, start_ms))
    assert (run.events, run.log) == ([], ["beat"])


def test_a_beat_comes_each_thirty_seconds_of_wall_time(community: Community, start_ms: int) -> None:
    run = Run(start_ms)
    run.stop.looks = 100
    watch = Watch(lambda: run.now_ms, iter(range(10_000)).__next__)  # a second at each look
    list(run_live(community, run, watch, start_ms=start_ms, stop=run.stop))
    assert 3 <= len(run.beats) <= 8


def test_no_beat_before_all_that_happened_is_written(community: Community, start_ms: int) -> None:
    run = Run(start_ms + 5 * DAY_MS)
    for _ in live(community, run, start_ms):
        if run.log.count("flush") == 3:
            run.stop.set()
    assert run.beats == []


def test_life_goes_on_where_the_clock_is(community: Community, start_ms: int) -> None:
    run = Run(start_ms)
    run.stop.looks = 6

    def tick() -> int:
        run.now_ms += 58_000  # a fifth of a second at rate 288
        return run.now_ms

    watch = Watch(tick, lambda: 0.0)
    list(run_live(community, run, watch, start_ms=start_ms, stop=run.stop))
    assert run.events == list(community.events_between(start_ms, run.now_ms))
