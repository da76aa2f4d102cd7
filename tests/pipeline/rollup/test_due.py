"""Which windows are due: new, stale, matured, asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.metric import Metric
from pipeline.core.calendar import Period, window_at
from pipeline.rollup.due import Asked, Changed, Done, Due, windows_due
from tests.reference.community import at

ZONE = ZoneInfo("Asia/Shanghai")
NOW = at("2025-03-05 10:00")
ANY = next(metric for metric in CATALOGUE if metric.name == "join_count")
DAILY = replace(ANY, periods=(Period.DAY,))
SLOW = replace(DAILY, name="slow", matures_days=2)


def due(
    metrics: Sequence[Metric],
    done: dict[tuple[Period, int], Done] | None = None,
    changed: Sequence[Changed] = (),
    asked: Asked | None = None,
) -> list[Due]:
    return windows_due(
        metrics,
        done or {},
        changed,
        first_ms=at("2025-03-01 08:00"),
        asof_ms=NOW,
        zone=ZONE,
        asked=asked,
    )


def days(found: Sequence[Due]) -> list[str]:
    return [
        f"{one.why} {datetime.fromtimestamp(one.window.start_ms / 1000, ZONE).day}" for one in found
    ]


def all_done(asof: int = NOW, seen: int = 100) -> dict[tuple[Period, int], Done]:
    return {
        (Period.DAY, window_at(Period.DAY, at(f"2025-03-0{day}"), ZONE).start_ms): Done(asof, seen)
        for day in range(1, 5)
    }


def test_every_closed_day_since_the_first_fact_is_new() -> None:
    assert days(due([DAILY])) == ["new 4", "new 3", "new 2", "new 1"]


def test_what_is_done_is_not_due() -> None:
    assert not due([DAILY], all_done())


def test_a_late_fact_makes_its_day_stale() -> None:
    late = Changed(date(2025, 3, 2), seen_ms=101, lasting=False)
    assert days(due([DAILY], all_done(), [late])) == ["stale 3", "stale 2"]  # UTC days overlap two


def test_a_late_leave_makes_later_days_stale_too() -> None:
    late = Changed(date(2025, 3, 2), seen_ms=101, lasting=True)
    assert days(due([DAILY], all_done(), [late])) == ["stale 4", "stale 3", "stale 2"]


def test_a_fact_that_was_seen_makes_nothing_stale() -> None:
    assert not due([DAILY], all_done(), [Changed(date(2025, 3, 2), seen_ms=100, lasting=True)])


def test_a_value_that_has_matured_is_due_alone() -> None:
    done = all_done(asof=at("2025-03-05 00:00"))
    done[Period.DAY, at("2025-03-02")] = Done(at("2025-03-04 23:00"), 100)
    found = due([DAILY, SLOW], done)
    assert days(found) == ["matured 2"]
    assert found[0].metrics == (SLOW,)


def test_asked_windows_are_computed_again() -> None:
    asked = Asked(at("2025-03-02 12:00"), at("2025-03-04"))
    assert days(due([DAILY], all_done(), asked=asked)) == ["asked 3", "asked 2"]


def test_a_day_comes_before_the_longer_window_that_ends_with_it() -> None:
    both = replace(ANY, periods=(Period.DAY, Period.WEEK))
    found = due([both])
    order = [str(one.window.period) for one in found]
    assert order == ["D", "D", "D", "W", "D"]  # the week ends with Sunday, 2 March
