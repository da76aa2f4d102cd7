"""Short trials of stored milestones: series are as their kinds say, deep drops are seen in time."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipeline.alerting.backtest import Fired
from pipeline.catalog.vocabulary import Signal
from pipeline.core.signals import DAY_MS, HOUR_MS
from tests.benchmarks.alerts import stored_trial
from tests.benchmarks.alerts.bound import least_expected
from tests.benchmarks.alerts.communities import START_MS, Cell, World, world
from tests.benchmarks.alerts.kinds import KINDS, RULES
from tests.benchmarks.alerts.series import PUSH_HOURS, series
from tests.benchmarks.alerts.stored_report import report
from tests.benchmarks.alerts.windows import due, injected, seen
from tests.pipeline.alerting.test_backtest import ACTIVE

DAYS = 70
BY_RULE = {kind.rule: kind for kind in KINDS}


@pytest.fixture(scope="module")
def here() -> World:
    return world(Cell(20_000, 0.1, groups=4), days=DAYS, seed=1)


def test_every_rule_of_a_stored_milestone_has_its_kind() -> None:
    assert BY_RULE.keys() == RULES.keys()
    for kind in KINDS:
        assert kind.now in kind.candidates, (
            f"{kind.rule}: what holds was chosen among its candidates"
        )


@pytest.mark.parametrize("rule", ["A09.slow.4w_mean", "B02.slow.7d_mean", "F21.day.plan"])
def test_a_series_is_as_usual_as_its_kind_says_and_struck_as_deep(here: World, rule: str) -> None:
    kind = BY_RULE[rule]
    calm = np.zeros(here.hazard.shape)
    for depth in (0.0, 0.6):
        found = series(here, kind, calm + depth, seed=1)
        changed = 1 / (1 - depth) if kind.metric.direction == "lower" else 1 - depth
        mean = found.above.sum() / found.below.sum()
        assert mean == pytest.approx(kind.rate * changed, rel=0.15)
    assert found.ends_ms[-1] == START_MS + DAYS * DAY_MS


def test_half_of_the_groups_push_at_set_hours(here: World) -> None:
    found = series(here, BY_RULE["B17.fast.7d_mean"], np.zeros(here.hazard.shape), seed=1)
    hours = {int(end - START_MS) // HOUR_MS % 24 - 1 for end in found.ends_ms[found.below[0] > 0]}
    assert hours == set(PUSH_HOURS)
    assert (found.below[1] > 0).mean() > 0.9


@pytest.mark.parametrize("signal", list(Signal))
def test_drops_begin_where_a_window_does_and_strike_what_they_say(
    here: World, signal: Signal
) -> None:
    struck, drops = injected(here, signal, seed=1)
    for name, start_ms, depth in drops.iter_rows():
        hour = (start_ms - START_MS) // HOUR_MS
        assert struck[int(name[1:]), hour] == depth
        assert struck[int(name[1:]), hour - 1] == 0
        if signal is Signal.DAY:
            assert hour % 24 == 0


@pytest.mark.parametrize(("fired_h", "in_time"), [(-3, False), (26, True), (48, True), (50, False)])
def test_in_time_is_by_the_second_whole_window(fired_h: int, in_time: bool) -> None:
    start = START_MS + 40 * DAY_MS
    drops = pl.DataFrame({"group_id": ["g"], "start_ms": [start], "depth": [0.6]})
    ends = [start + day * DAY_MS for day in range(-1, 5)]
    found = pl.DataFrame(
        {"group_id": ["g"] * 6, "window_end_ms": ends, "t_ms": ends, "baseline": [0.5] * 6,
         "denominator": [100.0 + day for day in range(6)]}
    )  # fmt: skip
    fired_ms = start + fired_h * HOUR_MS
    alert = Fired(ACTIVE.id, ACTIVE.name, "day.4_before", "warning", "g",
                  fired_ms - HOUR_MS // 2, fired_ms, fired_ms + DAY_MS, 1, 2, 0.5)  # fmt: skip
    (told,) = seen(due(drops, found, Signal.DAY), [alert], Signal.DAY).to_dicts()
    assert told["expected"] == 0.5 * 102
    assert told["in_time"] is in_time


@pytest.fixture(scope="module")
def short() -> list[stored_trial.Trial]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored_trial, "DAYS", 105)
        return [
            stored_trial.tried(rule, 20_000, groups=4, seed=1)
            for rule in ("B02.slow.7d_mean", "A19.day.4_before")
        ]


def test_deep_drops_are_seen_and_the_report_says_so(short: list[stored_trial.Trial]) -> None:
    (invited, _) = short
    deep = invited.verdict.seen.filter(pl.col("depth") == 0.8, pl.col("expected") > 100)
    assert deep.height > 0
    assert deep["in_time"].all()
    assert deep["delay_h"].max() <= 2.05
    text = report(short, 4, {"seed": "1"}, "the command")
    for trial in short:
        assert trial.rule in text
    assert "the command" in text


def test_the_ideal_test_needs_less_for_a_deeper_drop_and_more_where_windows_differ() -> None:
    alone = [least_expected(depth, window_h=24) for depth in (0.2, 0.4, 0.6, 0.8)]
    assert alone == sorted(alone, reverse=True)
    # Normal: (3.59 + 1.28 * sqrt(0.8)) / 0.2 squared.
    assert alone[0] == pytest.approx(562, rel=0.05)
    assert least_expected(0.4, window_h=24, cv=0.1) is None
    assert least_expected(0.4, window_h=24, windows=2, cv=0.1) == pytest.approx(108, rel=0.1)
    assert least_expected(0.6, window_h=24, rise=True) < alone[2]
