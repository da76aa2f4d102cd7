"""What must hold of the catalogue's numbers whatever the community."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.value import Shares
from pipeline.core.calendar import CalendarWindow, Period, closed_windows, window_at
from pipeline.rollup.catalogue import CatalogueRollup
from tests.reference import chance
from tests.reference.chance_world import START
from tests.reference.community import DAY, rollup_of, store_community
from tests.reference.stored import migrated_store

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = window_at(Period.WEEK, START + 14 * DAY, SHANGHAI)
ALL = frozenset(metric.name for metric in CATALOGUE)
DAYS = list(closed_windows(Period.DAY, WEEK.start_ms, WEEK.end_ms, SHANGHAI))
ADDITIVE = (
    "join_count",
    "leave_count",
    "message_count",
    "member_message_count",
    "order_count",
    "gmv",
    "revenue",
    "pv",
    "like_count",
    "forward_count",
    "reply_count",
    "complaint_count",
    "kick_count",
)
"""Counts and sums of events that belong to one moment, so days add up to their week."""

BY_DAY = {*ADDITIVE, "member_count", "net_member_growth"}
"""What is held against the day before or the week: asked of each day."""

UNBOUNDED = frozenset(
    {
        # Changes and returns, which may be negative or beyond 1.
        "net_growth_rate",
        "new_member_rate",
        "roi",
        "roas",
        "activity_uplift",
        "profit_margin",
        "operating_margin",
        "factor_conversion_difference",
        "product_affinity_lift",
        "ltv_cac_ratio",
        "viral_coefficient",
        # Numerator and denominator are of different times or sources, as their notes say.
        "refund_rate",
        "visit_to_order_rate",
        "signup_rate",
    }
)


@pytest.fixture(scope="module")
def rollup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CatalogueRollup]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        community = chance.community(0)
        events = [one for one in community.events if one.get("join_method") != "import"]
        store_community(store, replace(community, events=events))
        found = rollup_of(store, community, CATALOGUE)
        found.stage.build()
        yield found


def values(
    rollup: CatalogueRollup, window: CalendarWindow, names: Collection[str] = ALL
) -> pl.DataFrame:
    named = [metric for metric in CATALOGUE if metric.name in names]
    mine = [metric for metric in named if window.period in metric.periods]
    return rollup.values(window, mine, window.end_ms + 400 * DAY)


@pytest.fixture(scope="module")
def week(rollup: CatalogueRollup) -> pl.DataFrame:
    return values(rollup, WEEK)


@pytest.fixture(scope="module")
def days(rollup: CatalogueRollup) -> list[pl.DataFrame]:
    return [values(rollup, day, BY_DAY) for day in DAYS]


def of(found: pl.DataFrame, name: str, grain: str = "G") -> dict[str, float]:
    rows = found.filter(metric=name, grain=grain, slice="").select("scope_id", "value")
    return dict(rows.iter_rows())


def test_growth_is_what_came_less_what_went(days: list[pl.DataFrame]) -> None:
    for before, after in pairwise(days):
        start, end = of(before, "member_count"), of(after, "member_count")
        joins, leaves = of(after, "join_count"), of(after, "leave_count")
        for group, members in end.items():
            assert members - start.get(group, 0) == joins[group] - leaves[group]
            assert of(after, "net_member_growth")[group] == joins[group] - leaves[group]


@pytest.mark.parametrize("name", ADDITIVE)
def test_days_add_up_to_their_week(name: str, week: pl.DataFrame, days: list[pl.DataFrame]) -> None:
    metric = next(one for one in CATALOGUE if one.name == name)
    assert Period.WEEK in metric.periods
    for scope, total in of(week, name).items():
        assert total == pytest.approx(sum(of(day, name).get(scope, 0) for day in days))


def test_shares_add_up_to_one(week: pl.DataFrame) -> None:
    for metric in CATALOGUE:
        if isinstance(metric.value, Shares):
            sums = (
                week.filter(metric=metric.name)
                .group_by("grain", "scope_id")
                .agg(pl.col("value").sum(), n=pl.col("value").count())
            )
            for value in sums.filter(pl.col("n") > 0)["value"]:
                assert value == pytest.approx(1), metric.name


def test_ratios_lie_within_0_and_1(rollup: CatalogueRollup, week: pl.DataFrame) -> None:
    ratios = {one.name for one in CATALOGUE if one.unit == "ratio"}
    assert ratios >= UNBOUNDED
    ratios -= UNBOUNDED
    beyond = (
        pl.concat([week, values(rollup, DAYS[-1])])
        .filter(pl.col("metric").is_in(sorted(ratios)))
        .filter(~pl.col("value").is_between(0, 1 + 1e-9))
    )
    assert beyond["metric"].unique().to_list() == []
