"""Baselines: median of the weeks that were there, void after a roster, A11 against earlier."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.core.baseline import SHIFTS_MS, BaselineBook, baselines
from pipeline.core.signals import COLUMN, DAY_MS, HOUR_MS, WEEK_MS
from pipeline.core.snapshot import Reading
from pipeline.core.unusual import NONE
from pipeline.core.unusual import SCHEMA as UNUSUAL
from tests.reference.cases import MINUTE, START

WEEKS = [n * WEEK_MS for n in (1, 2, 3, 4)]


def grid(t: int, **counts: int) -> pl.DataFrame:
    row = {"group_id": "g", "t_ms": t, **dict.fromkeys(COLUMN.values(), 0), **counts}
    return pl.DataFrame([row])


def found(
    active: dict[int, int],
    *,
    members: int = 100,
    end: int = START,
    first_ms: int = 0,
    roster_ms: int = 0,
    unusual: pl.DataFrame = NONE,
) -> dict[tuple[str, str, str], tuple[float, int]]:
    """Baselines at `end` of a group with so many active members some time before (ms)."""
    past = {
        shift: grid(
            end - shift,
            member_count=members if shift in active else 0,
            ever_joined=2 * members,
            active_24h=active.get(shift, 0),
            active_1h=active.get(shift, 0) // 2,
        )
        for shift in SHIFTS_MS
    }
    births = pl.DataFrame([{"group_id": "g", "first_ms": first_ms, "roster_ms": roster_ms}])
    return {
        (row["metric"], row["signal"], row["against"]): (row["ratio"], row["weeks"])
        for row in baselines(past, births, unusual).iter_rows(named=True)
    }


SLOW = ("daily_active", "slow", "4w")
FAST = ("daily_active", "fast", "4w")


@pytest.mark.parametrize(
    ("active", "wanted"),
    [
        ([10, 20, 30, 90], (0.25, 4)),
        ([10, 20, 90], (0.2, 3)),
        ([10, 20], None),
        ([], None),
    ],
)
def test_the_median_of_at_least_three_weeks(
    active: list[int], wanted: tuple[float, int] | None
) -> None:
    assert found(dict(zip(WEEKS, active, strict=False))).get(SLOW) == wanted


def test_a_silent_week_counts_as_zero() -> None:
    assert found(dict.fromkeys(WEEKS, 0))[SLOW] == (0.0, 4)


def test_weeks_before_the_group_was_there_do_not_count() -> None:
    active = dict.fromkeys(WEEKS, 50)
    fourth_window = START - 4 * WEEK_MS - DAY_MS
    assert found(active, first_ms=fourth_window - 1)[SLOW] == (0.5, 4)
    assert found(active, first_ms=fourth_window)[SLOW] == (0.5, 3)
    assert found(active, first_ms=fourth_window)[FAST] == (0.25, 4)
    assert SLOW not in found(active, first_ms=START - 3 * WEEK_MS)


def test_four_weeks_after_a_roster_it_holds_again() -> None:
    active = dict.fromkeys(WEEKS, 50)
    assert SLOW not in found(active, roster_ms=START - 4 * WEEK_MS + 1)
    assert found(active, roster_ms=START - 4 * WEEK_MS)[SLOW] == (0.5, 4)


def test_in_group_is_compared_with_a_day_and_a_week_ago_and_a_roster_is_no_matter() -> None:
    both = found({DAY_MS: 1, WEEK_MS: 1}, roster_ms=START - HOUR_MS)
    assert both == {("in_group", "slow", "24h"): (0.5, 1), ("in_group", "slow", "7d"): (0.5, 1)}


def test_fast_baselines_are_of_whole_hours_alone() -> None:
    active = dict.fromkeys(WEEKS, 50)
    assert FAST in found(active)
    assert FAST not in found(active, end=START + MINUTE)
    assert SLOW in found(active, end=START + MINUTE)


ROWS = pl.DataFrame(
    [
        ("in_group", "slow", "24h", "g", START, 0.5, 1),
        ("in_group", "slow", "7d", "g", START, 0.6, 1),
        ("daily_active", "fast", "4w", "g", START, 0.25, 3),
    ],
    schema=["metric", "signal", "against", "group_id", "window_end_ms", "ratio", "weeks"],
    orient="row",
)


def test_the_book_tells_what_a_reading_is_compared_with() -> None:
    book = BaselineBook(ROWS)
    assert book.of(Reading("in_group", "slow", 1, 2, START), "g") == {
        "24h": (0.5, 1),
        "7d": (0.6, 1),
    }
    assert book.lookup("daily_active", "fast", "4w", "g", START) == (0.25, 3)


@pytest.mark.parametrize(
    "reading",
    [
        Reading("in_group", "slow", 1, 2, START + MINUTE),
        Reading("in_group", "fast", 1, 2, START),
        Reading("conversion", "slow", 1, 2, START),
    ],
    ids=["another window end", "another signal", "another milestone"],
)
def test_the_book_never_offers_the_baseline_of_something_else(reading: Reading) -> None:
    assert BaselineBook(ROWS).of(reading, "g") == {}
    assert BaselineBook(ROWS).of(Reading("in_group", "slow", 1, 2, START), "h") == {}


def test_an_empty_book_compares_nothing() -> None:
    assert BaselineBook().lookup("in_group", "slow", "24h", "g", START) is None


def spans(*rows: tuple[str, int, int, bool]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(UNUSUAL), orient="row")


def usual(unusual: pl.DataFrame, end: int = START) -> dict[tuple[str, str, str], tuple[float, int]]:
    """Baselines where the latest of the four weeks was a quarter of the others."""
    return found({**dict.fromkeys(WEEKS, 40), WEEK_MS: 10}, end=end, unusual=unusual)


@pytest.mark.parametrize("quiet", [True, False])
@pytest.mark.parametrize("group", ["", "g"])
def test_a_week_with_something_unusual_in_its_window_is_no_measure(group: str, quiet: bool) -> None:
    day = (START - WEEK_MS - 20 * HOUR_MS, START - WEEK_MS - 2 * HOUR_MS)
    seen = usual(spans((group, *day, quiet)))
    assert seen[SLOW] == (0.4, 3)
    assert seen[FAST] == (0.2, 4)


def test_of_another_group_it_says_nothing() -> None:
    assert usual(spans(("h", START - 8 * DAY_MS, START, True))) == usual(NONE)


@pytest.mark.parametrize(("first", "nearer"), [(-2 * DAY_MS, 1), (0, -1)])
def test_what_ends_as_a_window_begins_or_begins_as_it_ends_is_not_in_it(
    first: int, nearer: int
) -> None:
    day = START - WEEK_MS + first
    assert usual(spans(("", day, day + DAY_MS, True)))[SLOW][1] == 4
    assert usual(spans(("", day + nearer, day + DAY_MS + nearer, True)))[SLOW][1] == 3


def test_on_a_holiday_there_is_nothing_to_compare_with_and_on_an_event_there_is() -> None:
    today = (START - 3 * HOUR_MS, START - 2 * HOUR_MS)
    assert SLOW not in usual(spans(("", *today, True)))
    assert FAST in usual(spans(("", *today, True)))
    assert SLOW in usual(spans(("", *today, False)))


def test_two_holidays_of_one_weekday_leave_too_few_weeks() -> None:
    days = [("", START - n * WEEK_MS - HOUR_MS, START - n * WEEK_MS, True) for n in (1, 2)]
    assert SLOW not in usual(spans(*days))


def test_the_in_group_rate_has_no_holidays() -> None:
    both = found({DAY_MS: 1, WEEK_MS: 1}, unusual=spans(("", 0, START, True)))
    assert set(both) == {("in_group", "slow", "24h"), ("in_group", "slow", "7d")}
