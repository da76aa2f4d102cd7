"""The rollup on a real embedded store: five weeks of one group, then looking ahead."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event, Thread

import polars as pl
import pytest

from pipeline.clock import Segment, SharedClock, wall_ms, write_clock
from pipeline.core.baseline import BaselineBook
from pipeline.core.snapshot import Reading
from pipeline.errors import Retryable
from pipeline.rollup import runner
from pipeline.rollup.runner import STANDS, TOO_OLD, Rollup
from sinks.store import Store
from tests.reference.cases import MINUTE, START
from tests.reference.signals import DAY, HOUR, Fact
from tests.reference.stored import migrated_store, store_facts

GRACE = 5 * MINUTE
NOW = START + 20 * MINUTE
WEEK = 7 * DAY

# Ten members for five weeks; the first n chat each week at this hour, n = 2, 4, 6, 8 weeks ago.
HISTORY = [
    *(Fact("join", START - 5 * WEEK, "g", f"u{n}", detail="qr") for n in range(10)),
    *(
        Fact("chat", START - weeks * WEEK - 30 * MINUTE, "g", f"u{n}", detail="text")
        for weeks, chatters in ((1, 2), (2, 4), (3, 6), (4, 8))
        for n in range(chatters)
    ),
    Fact("leave", START - 3 * DAY, "g", "u9"),
]


def rollup(store: Store, clock: SharedClock | None = None) -> Rollup:
    return Rollup(store, clock or SharedClock(), grace_ms=GRACE, zone="UTC", groups_limit=200)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that was rolled up once, at NOW."""
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        store_facts(store, HISTORY)
        assert rollup(store).run_once(NOW).baselines > 0
        yield store


def book(store: Store) -> BaselineBook:
    return BaselineBook(
        store.query(
            "SELECT metric, signal, against, group_id, window_end_ms, ratio, weeks"
            " FROM signal_baseline FINAL"
        )
    )


@pytest.mark.parametrize("end", [START, START + 15 * MINUTE, NOW + 2 * HOUR])
def test_the_slow_baseline_is_the_median_of_four_weeks(store: Store, end: int) -> None:
    assert book(store).lookup("daily_active", "slow", "4w", "g", end) == (0.5, 4)


def test_the_fast_baseline_knows_the_hour(store: Store) -> None:
    found = book(store)
    assert found.lookup("daily_active", "fast", "4w", "g", START) == (0.5, 4)
    assert found.lookup("daily_active", "fast", "4w", "g", START + HOUR) == (0.0, 4)


def test_in_group_is_compared_with_before(store: Store) -> None:
    reading = Reading("in_group", "slow", 9, 10, START)
    assert book(store).of(reading, "g") == {"24h": (0.9, 1), "7d": (1.0, 1)}


def test_there_is_none_beyond_what_lies_ahead(store: Store) -> None:
    assert book(store).lookup("daily_active", "slow", "4w", "g", NOW + 2 * HOUR + MINUTE) is None


def test_closed_hours_and_days_have_values(store: Store) -> None:
    rows = store.query(
        "SELECT `window`, window_end_ms, numerator, denominator, value FROM metric_value FINAL"
        " WHERE metric = 'daily_active_rate' AND scope_id = 'g' AND numerator > 0"
        " ORDER BY `window`, window_end_ms"
    ).rows()
    hours = [(end, n, value) for w, end, n, _, value in rows if w == "1h"]
    assert hours == [(START - weeks * WEEK, 2.0 * weeks, 2 * weeks / 10) for weeks in (4, 3, 2, 1)]
    days = [(end, n) for w, end, n, _, _ in rows if w == "24h"]
    midnight = (START - 4 * WEEK) // DAY * DAY + DAY
    assert days == [(midnight + n * WEEK, 8.0 - 2 * n) for n in range(4)]


def test_a_second_run_finds_nothing_due(store: Store) -> None:
    again = rollup(store)
    again.run_once(NOW)
    report = again.run_once(NOW + MINUTE)
    assert (report.baselines, report.values, report.note) == (0, 0, "")


def test_a_restart_writes_the_same_rows_again(store: Store) -> None:
    count = "SELECT count() AS n FROM {} FINAL"
    before = [store.query(count.format(t)).item() for t in ("signal_baseline", "metric_value")]
    report = rollup(store).run_once(NOW)
    assert report.baselines > 0
    assert report.values == 0  # the store knows how far they are
    after = [store.query(count.format(t)).item() for t in ("signal_baseline", "metric_value")]
    assert after == before


def test_late_events_are_in_values_computed_again(store: Store) -> None:
    late = Fact("chat", START - HOUR - 30 * MINUTE, "g", "u0", detail="text")
    store_facts(store, [late], first_id=900)
    report = rollup(store).run_once(NOW, since_ms=START - DAY)
    assert report.values > 0
    value = store.query(
        "SELECT numerator FROM metric_value FINAL WHERE metric = 'active_member_count'"
        " AND scope_id = 'g' AND `window` = '1h' AND window_end_ms = %(end)s",
        {"end": START - HOUR},
    ).item()
    assert value == 1.0


def test_baselines_long_past_are_forgotten(store: Store) -> None:
    store.execute(
        "INSERT INTO signal_baseline (metric, group_id, window_end_ms)"
        f" VALUES ('in_group', 'old', {START - 50 * DAY})"
    )
    rollup(store).run_once(NOW)
    assert (
        store.query("SELECT count() AS n FROM signal_baseline WHERE group_id = 'old'").item() == 0
    )


def test_while_the_clock_stands_it_says_so(store: Store) -> None:
    report = rollup(store).run_once(NOW, rate=0.0)
    assert (report.note, report.baselines, report.values) == (STANDS, 0, 0)


def test_before_the_first_fact_there_is_nothing_to_roll_up(store: Store) -> None:
    report = rollup(store).run_once(START - 400 * DAY)
    assert (report.baselines, report.values, report.groups) == (0, 0, 0)


class OldServer:
    """Any other use of it than asking its age is an AttributeError."""

    modern = False


def test_an_old_server_is_left_alone() -> None:
    old = rollup(OldServer())
    assert old.run_once(NOW).note == TOO_OLD
    old.run_forever(Event())  # returns: there will never be anything to do


class Away:
    """A store whose first answers are errors."""

    modern = True

    def __init__(self, store: Store) -> None:
        self._store = store
        self.refused = 0

    def query(self, sql: str, params: Mapping[str, object] | None = None) -> pl.DataFrame:
        if self.refused < 2:
            self.refused += 1
            raise Retryable("the server went away")
        return self._store.query(sql, params)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def test_a_store_that_is_away_is_asked_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "TICK_S", 0.01)
    away = Away(store)
    run_until(store, rollup(away, clock_at(tmp_path, NOW + 6 * HOUR)), NOW + 7 * HOUR)
    assert away.refused == 2


def test_forever_ends_when_told(store: Store, tmp_path: Path) -> None:
    run_until(store, rollup(store, clock_at(tmp_path, NOW + 3 * HOUR)), NOW + 4 * HOUR)


def clock_at(folder: Path, event_ms: int) -> SharedClock:
    write_clock(folder / "clock.json", [Segment(wall_ms(), event_ms, 1.0)])
    return SharedClock(folder / "clock.json")


def run_until(store: Store, rolling: Rollup, end_ms: int) -> None:
    """Let it run until there is a baseline for `end_ms`, then stop it."""
    stop = Event()
    thread = Thread(target=rolling.run_forever, args=(stop,))
    thread.start()
    for _ in range(3_000):
        found = book(store).lookup("daily_active", "slow", "4w", "g", end_ms)
        if found is not None:
            break
        time.sleep(0.1)
    stop.set()
    thread.join(timeout=120)
    assert not thread.is_alive()
    assert found is not None
