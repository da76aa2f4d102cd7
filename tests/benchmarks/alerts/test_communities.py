"""The shortcut that makes a year of counts agrees with persons, and they with the store's SQL."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.core.signals import DAY_MS, HOUR_MS, WEEK_MS
from pipeline.rollup.history import history
from pipeline.rollup.plan import Span
from tests.benchmarks.alerts.communities import START_MS, Cell, World, counts, world
from tests.benchmarks.alerts.persons import Life, facts, live
from tests.reference.stored import migrated_store, store_facts

DAYS = 30
CELL = Cell(60, 0.3, groups=3)


def counted(life: Life) -> tuple[list[int], list[int]]:
    """By hour, the bot included: active in it, and in the 24 hours that end with it."""
    hours = [set(active.tolist()) for active in life.visits]
    return (
        [len(active) + 1 for active in hours],
        [len(set().union(*hours[max(0, at - 23) : at + 1])) + 1 for at in range(len(hours))],
    )


def test_the_stores_sql_counts_what_the_persons_did(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    here = world(CELL, days=DAYS, seed=3)
    struck = np.zeros(here.hours)
    struck[29 * 24 :] = 0.6
    lives = [live(here, group, struck, seed=4) for group in range(CELL.groups)]
    last = START_MS + here.hours * HOUR_MS
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        store_facts(store, (fact for life in lives for fact in facts(life, seed=5)))
        span = Span(last - DAY_MS, last, HOUR_MS)
        ((grid, known),) = history(store, span, grace_ms=0, zone="UTC")
    for life, members in zip(lives, here.members, strict=True):
        mine = grid.filter(group_id=life.group_id).sort("t_ms")
        hour, day = counted(life)
        assert mine["active_1h"].to_list() == hour[-25:]
        assert mine["active_24h"].to_list() == day[-25:]
        assert mine["member_count"].to_list() == members[-25:].tolist()
        usual = np.median(
            [
                day[at] / members[at]
                for at in (here.hours - 1 - weeks * WEEK_MS // HOUR_MS for weeks in (1, 2, 3, 4))
            ]
        )
        (baseline,) = known.filter(
            group_id=life.group_id, metric="daily_active", signal="slow", window_end_ms=last
        )["ratio"]
        assert baseline == pytest.approx(usual)


def alike(cell: Cell, copies: int, days: int) -> World:
    """One group many times: what differs between them is chance alone."""
    one = world(replace(cell, groups=1), days=days, seed=8)
    return replace(
        one,
        cell=replace(cell, groups=copies),
        hazard=np.repeat(one.hazard, copies, axis=0),
        members=np.repeat(one.members, copies, axis=0),
        ever=np.repeat(one.ever, copies, axis=0),
    )


@pytest.mark.parametrize("cell", [Cell(20, 0.3), Cell(200, 0.1), Cell(200, 0.4)], ids=Cell.__str__)
def test_the_shortcut_has_mean_and_spread_of_persons(cell: Cell) -> None:
    copies = 400
    here = alike(cell, copies, 4)
    struck = np.zeros((copies, here.hours))
    struck[:, 60:] = 0.5
    short = counts(here, struck, seed=1)
    lives = [live(here, group, struck[group], seed=2) for group in range(copies)]
    by_person = np.array([counted(life) for life in lives])
    for kind in (0, 1):
        ours, theirs = short[kind][:, 24:], by_person[:, kind, 24:]
        error = np.sqrt((ours.var(axis=0) + theirs.var(axis=0)) / copies)
        off = np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) / np.maximum(error, 1e-9)
        assert off.max() < 5
        assert ours.var(axis=0).mean() == pytest.approx(theirs.var(axis=0).mean(), rel=0.25)
    # What a window shares with the one six hours before it is shared alike.
    lag = [np.corrcoef(day[:, 40], day[:, 46])[0, 1] for day in (short[1], by_person[:, 1])]
    assert lag[0] == pytest.approx(lag[1], abs=0.2)


def test_a_world_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    first, again, other = (world(CELL, days=7, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.hazard, again.hazard)
    assert not np.array_equal(first.hazard, other.hazard)


def test_a_day_has_the_rate_that_its_cell_names() -> None:
    here = world(Cell(2_000, 0.1, cv=0.0, groups=40), days=28, seed=1)
    _, day = counts(here, np.zeros_like(here.hazard), seed=1)
    usual = np.setdiff1d(np.arange(7, 28), [*here.holidays, *(d + 1 for d in here.holidays)])
    mean = (day / here.members).reshape(40, 28, 24)[:, usual].mean()
    assert mean == pytest.approx(0.1, rel=0.06)


def test_a_drop_takes_the_share_that_it_names() -> None:
    here = alike(Cell(2_000, 0.3, cv=0.0), 20, 21)
    struck = np.zeros((20, here.hours))
    struck[:, 14 * 24 :] = 0.6
    calm, dropped = (counts(here, it, seed=1)[1][:, 15 * 24 :] for it in (struck * 0, struck))
    assert dropped.mean() / calm.mean() == pytest.approx(0.4, abs=0.01)
