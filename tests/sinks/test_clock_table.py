from __future__ import annotations

from pipeline.clock import Clock, Segment, wall_ms
from sinks.clock_table import record_clock
from sinks.store import Store

SLACK_MS = 2_500


def _now(store: Store) -> tuple[int, float]:
    ((now_ms, seconds, rate),) = store.query(
        "SELECT now_ms, toInt64(toUInt32(now)) AS s, rate FROM v_now"
    ).rows()
    assert seconds == now_ms // 1000
    return now_ms, rate


def test_without_a_clock_it_is_wall_time(migrated: Store) -> None:
    record_clock(migrated, Clock())
    now_ms, rate = _now(migrated)
    assert abs(now_ms - wall_ms()) < SLACK_MS
    assert rate == 1.0
    assert migrated.query("SELECT count() AS n FROM clock_segment").item() == 0


def test_the_last_segment_tells_the_time(migrated: Store) -> None:
    day, began = 1_700_000_000_000, wall_ms() - 10_000
    stands = Segment(began - 60_000, day, 0.0)
    record_clock(migrated, Clock((stands,)))
    assert _now(migrated) == (day, 0.0)
    runs = Clock((stands,)).turn(began, 288.0)
    record_clock(migrated, runs)
    record_clock(migrated, runs)
    now_ms, rate = _now(migrated)
    assert rate == 288.0
    assert abs(now_ms - runs.at(wall_ms())) < 288 * SLACK_MS
