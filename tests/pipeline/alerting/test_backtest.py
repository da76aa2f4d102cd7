"""Back-tests: the rule over columns is the catalogue's, and runs become alerts."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerting.backtest import fired, judged, sample
from pipeline.catalog.catalogue import ALL_MILESTONES, MILESTONES
from pipeline.catalog.drop import Drop
from pipeline.catalog.thresholds import ACTIVITIES_DROP, FAST_AGAINST_WEEKS, SLOW_AGAINST_WEEKS
from pipeline.core.signals import DAY_MS

HOUR = 3_600_000
STEP = 15 * 60_000
ACTIVE = next(one for one in MILESTONES if one.id == "C06")
EASY = replace(SLOW_AGAINST_WEEKS, min_sample=1, min_expected=0.1, noise=0.0, hold_s=30 * 60)


def frame(*rows: tuple[str, int, float, float, float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [("daily_active_rate", *row) for row in rows],
        schema={
            "measure": pl.String,
            "group_id": pl.String,
            "t_ms": pl.Int64,
            "numerator": pl.Float64,
            "denominator": pl.Float64,
            "baseline": pl.Float64,
        },
        orient="row",
    )


EVERY_DROP = {f"{metric.id}.{drop.key}": drop for metric in ALL_MILESTONES for drop in metric.drops}


@pytest.mark.parametrize("rule", EVERY_DROP.values(), ids=EVERY_DROP)
@given(
    st.integers(0, 300),
    st.integers(0, 300),
    st.one_of(st.none(), st.just(0.0), st.floats(1e-9, 1)),
)
def test_the_rule_over_columns_is_the_catalogues(
    rule: Drop, numerator: int, more: int, baseline: float | None
) -> None:
    denominator = numerator + more
    found = judged(frame(("g", 0, numerator, denominator, baseline)), rule)
    expected = denominator > 0 and rule.fires(numerator, denominator, baseline)
    assert bool(found["fell"][0]) == expected


def fell(*ticks: int, group: str = "g") -> pl.DataFrame:
    """Evaluations that say: fallen, at these steps."""
    return judged(frame(*((group, tick * STEP, 1, 10, 0.9) for tick in ticks)), EASY)


def spans(found: pl.DataFrame) -> list[tuple[int, int]]:
    """When alerts fired and ended, in steps and without the keep."""
    keep = EASY.keep_s * 1000
    return [
        (one.fired_ms // STEP, (one.ended_ms - keep) // STEP)
        for one in fired(found, ACTIVE, EASY, STEP)
    ]


def test_a_flicker_is_no_alert() -> None:
    assert not spans(fell(5))


def test_what_lasts_fires_when_it_has_held() -> None:
    assert spans(fell(5, 6, 7, 8)) == [(7, 9)]


def test_a_gap_shorter_than_the_keep_is_one_alert() -> None:
    assert spans(fell(5, 6, 7, 9, 10)) == [(7, 11)]
    assert spans(fell(5, 6, 7, 20, 21)) == [(7, 8), (22, 22)]


def test_each_group_has_its_own_alerts() -> None:
    both = pl.concat([fell(5, 6, 7), fell(5, 6, 7, group="h")])
    assert [one.group_id for one in fired(both, ACTIVE, EASY, STEP)] == ["g", "h"]


def test_the_numbers_are_those_of_the_moment_it_fired() -> None:
    found = judged(
        frame(("g", 0, 4, 10, 0.9), ("g", STEP, 3, 10, 0.9), ("g", 2 * STEP, 2, 10, 0.9)), EASY
    )
    (alert,) = fired(found, ACTIVE, EASY, STEP)
    assert (alert.numerator, alert.denominator, alert.baseline) == (2, 10, 0.9)


def test_a_fast_alert_needs_two_closed_hours() -> None:
    rule = replace(FAST_AGAINST_WEEKS, min_sample=1, min_expected=0.1, noise=0.0)
    one = judged(frame(("g", HOUR, 1, 10, 0.9)), rule)
    two = judged(frame(("g", HOUR, 1, 10, 0.9), ("g", 2 * HOUR, 1, 10, 0.9)), rule)
    assert not fired(one, ACTIVE, rule, STEP)
    assert len(fired(two, ACTIVE, rule, STEP)) == 1


def test_days_that_are_judged_one_after_the_other_are_one_alert() -> None:
    """One value stands until the next day has its own, be that an hour later by summer time."""
    rule = replace(ACTIVITIES_DROP, min_sample=1, min_expected=0.1, noise=0.0)
    days = [0, DAY_MS, 2 * DAY_MS + HOUR, 5 * DAY_MS]
    found = judged(frame(*(("g", ms, 1, 10, 0.9) for ms in days)), rule)
    alerts = fired(found, ACTIVE, rule, HOUR)
    assert [one.began_ms for one in alerts] == [0, 5 * DAY_MS]
    assert alerts[0].fired_ms == rule.hold_s * 1000


def test_parts_of_a_milestone_are_alerts_of_their_own() -> None:
    parts = [
        fell(5, 6, 7).with_columns(measure=pl.lit(f"operations_chain:{step}"))
        for step in ("acquire", "convert")
    ]
    found = fired(pl.concat(parts), ACTIVE, EASY, STEP)
    assert [one.measure.split(":")[1] for one in found] == ["acquire", "convert"]


def test_evaluations_without_baseline_or_sample_cannot_tell() -> None:
    found = judged(
        frame(("g", 0, 1, 100, None), ("g", STEP, 1, 10, 0.9), ("g", 2 * STEP, 1, 100, 0.9)),
        SLOW_AGAINST_WEEKS,
    )
    told = sample(found, ACTIVE, SLOW_AGAINST_WEEKS)
    assert (told.evaluations, told.compared, told.enough) == (3, 2, 1)
    assert told.share == 1 / 3
