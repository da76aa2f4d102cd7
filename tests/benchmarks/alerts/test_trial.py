"""A short trial: deep drops are found, the groups are calm, and the report says what it got."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.alerting.backtest import Fired
from pipeline.catalog.thresholds import SLOW_AGAINST_WEEKS
from pipeline.core.signals import DAY_MS, HOUR_MS
from tests.benchmarks.alerts import picture, trial
from tests.benchmarks.alerts.communities import START_MS, Cell
from tests.benchmarks.alerts.drops import promised, seen
from tests.benchmarks.alerts.power import power
from tests.benchmarks.alerts.replayed import RULES
from tests.benchmarks.alerts.report import panels, report


@pytest.fixture(scope="module")
def short() -> trial.Trial:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "DAYS", 84)
        return trial.tried(Cell(2_000, 0.3, groups=24), seed=1, uninformed=True)


def test_deep_drops_are_seen_and_shallow_ones_are_not(short: trial.Trial) -> None:
    drops = short.rules["C06.slow.4w"].seen.filter(pl.col("expected") > 0)
    shares = dict(drops.group_by("depth").agg(pl.col("in_time").mean()).iter_rows())
    assert shares[0.8] == 1
    assert shares[0.2] == 0
    assert drops.filter("in_time")["delay_h"].max() <= 48.25


def test_nobody_told_of_holidays_means_more_alarms(short: trial.Trial) -> None:
    assert short.uninformed["C06.slow.4w"] >= short.rules["C06.slow.4w"].false


def test_the_report_has_every_rule_and_says_when_a_target_is_missed(short: trial.Trial) -> None:
    text = report([short], [], None, {"seed": "1"}, "the command")
    for rule in short.rules:
        assert rule in text
    assert "not reached" in text
    assert picture.svg(panels([short])).startswith("<svg")


def test_what_holds_is_among_the_candidates() -> None:
    for rule in {one[0] for one in trial.CANDIDATES}:
        now = RULES[rule][1]
        held = (rule, now.threshold, now.noise, now.hold_s)
        assert held in trial.CANDIDATES, f"{rule} is {held}: let the back-test measure it beside"


START = START_MS + 40 * DAY_MS


@pytest.mark.parametrize(
    ("began_h", "fired_h", "in_time"),
    [(10, 20, True), (47, 48, True), (48, 49, False), (-5, 2, False), (0, 1, False)],
)
def test_in_time_is_what_begins_after_the_drop_and_fires_by_two_windows(
    began_h: int, fired_h: int, in_time: bool
) -> None:
    drops = pl.DataFrame({"group_id": ["g"], "start_ms": [START], "depth": [0.6]})
    readings = pl.DataFrame(
        {
            "group_id": ["g"],
            "t_ms": [START + 2 * DAY_MS],
            "numerator": [40.0],
            "denominator": [1_000.0],
            "baseline": [0.1],
        }
    )
    alert = Fired(
        metric="C06",
        measure="daily_active_rate",
        drop="slow.4w",
        severity="critical",
        group_id="g",
        began_ms=START + began_h * HOUR_MS,
        fired_ms=START + fired_h * HOUR_MS,
        ended_ms=START + 50 * HOUR_MS,
        numerator=40,
        denominator=1_000,
        baseline=0.1,
    )
    due = promised(drops, readings, SLOW_AGAINST_WEEKS)
    found = seen(due, [alert], SLOW_AGAINST_WEEKS)
    assert found["in_time"].to_list() == [in_time]
    ((one),) = power([found])
    assert (one.low, one.n, one.in_time) == (100, 1, int(in_time))
