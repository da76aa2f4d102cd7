"""A board for each community type, and one for groups by purpose, from the catalogue's sets.

What tells how a community is doing differs by its type; the board is one definition all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grafana.boards import Board, Placed, Row
from grafana.breakdowns import split_by
from grafana.catalogued import course_of, latest
from grafana.panels import barchart, stat, table, timeseries
from grafana.rankings import Ranking
from grafana.slices import distribution
from grafana.whose import CHOSEN_GROUPS, Whose, of_type
from pipeline.catalog.metric import Metric
from pipeline.catalog.type_sets import COMMUNITY_SETS, PURPOSE_SETS, QUALITY_SET, TypeSet
from pipeline.catalog.value import Shares
from pipeline.catalog.vocabulary import Grain
from pipeline.core.calendar import Period

OFTEN = (Period.DAY, Period.WEEK, Period.MONTH)
"""Periods of a number, the one shown first: what changes daily is looked at daily."""

STEADY = (Period.WEEK, Period.MONTH, Period.DAY, Period.EVER)
"""Periods of a table, likewise: groups are compared by weeks, where a day would be chance."""

SPLITS = {"checkin_time_distribution": "hour"}
"""Metrics of the sets that are a split, and what a part of it is."""

LISTS: Mapping[str, tuple[Grain, Period, str]] = {
    "training_camp_funnel": (Grain.CAMPAIGN, Period.EVER, "step"),
    "top_learner_ranking": (Grain.GROUP, Period.WEEK, "learner"),
}
"""Metrics of the sets that are a list for each scope of a grain, and what a line of it is."""

_COURSES = 4


def _numbers(metrics: Sequence[Metric]) -> list[Metric]:
    """Those that are one number a scope and window."""
    return [one for one in metrics if not isinstance(one.value, Shares) and one.name not in LISTS]


def _period(one: Metric, order: Sequence[Period]) -> Period:
    return next(period for period in order if period in one.periods)


def _stats(metrics: Sequence[Metric], whose: Whose) -> Iterator[Placed]:
    for one in metrics:
        if set(one.periods) & set(OFTEN) and whose.knows(one):
            yield Placed(stat(latest(one.name, _period(one, OFTEN), whose)), 4, 5)


def _courses(metrics: Sequence[Metric], whose: Whose) -> Iterator[Placed]:
    """Of what is computed often enough to have a course in the board's range."""
    shown = [one for one in metrics if set(one.periods) & set(OFTEN[:2]) and whose.knows(one)]
    for one in shown[:_COURSES]:
        yield Placed(timeseries(course_of(one.name, _period(one, OFTEN), whose)), 12, 7)


def _tables(one: TypeSet, metrics: Sequence[Metric]) -> Iterator[Placed]:
    """The groups of a set side by side, a table for each period that its metrics are of."""
    of_groups = [metric for metric in _numbers(metrics) if Grain.GROUP in metric.grains]
    for period in dict.fromkeys(_period(metric, STEADY) for metric in of_groups):
        names = [metric.name for metric in of_groups if _period(metric, STEADY) is period]
        ranking = Ranking(
            id=f"{one.key}_groups_{period}",
            title=f"{one.title}: groups",
            grain=Grain.GROUP,
            period=period,
            metrics=names,
            only=f"SELECT group_id FROM v_dim_group WHERE {one.groups}" if one.groups else "",
        )
        yield Placed(table(ranking.signal()), 24, 8)


def _splits(metrics: Sequence[Metric]) -> Iterator[Placed]:
    for one in metrics:
        if one.name in SPLITS:
            word = SPLITS[one.name]
            split = distribution(one.name, _period(one, STEADY), word, ordered=True)
            yield Placed(barchart(split), 24, 8)
        elif one.name in LISTS:
            grain, period, word = LISTS[one.name]
            listed = split_by(one.name, grain, period, word, in_order=grain is Grain.CAMPAIGN)
            yield Placed(table(listed), 12, 9)


def type_board(one: TypeSet) -> Board:
    """The board of one community type."""
    whose, numbers = of_type(one.key), _numbers(one.metrics)
    others = [metric for metric in QUALITY_SET.metrics if metric not in one.metrics]
    rows = [
        Row(one.asks, list(_stats(numbers, whose))),
        Row("Over time", list(_courses(numbers, whose))),
        Row("Which groups?", list(_tables(one, one.metrics))),
        Row(QUALITY_SET.asks, list(_stats(others, whose)), collapsed=True),
        Row(
            "Groups by the figures of any community",
            list(_tables(_within(one), QUALITY_SET.metrics)),
            collapsed=True,
        ),
        Row("How it is spread", list(_splits(one.metrics)), collapsed=True),
    ]
    return Board(
        uid=f"community-type-{one.key}",
        title=f"Community / {one.title}",
        description=f"{one.asks} The figures that tell it of communities of type {one.key} "
        f"({one.zh}), all of them together, then group by group; and those of any community.",
        tags=("community", "type"),
        modern=True,
        span="now-28d",
        rows=[row for row in rows if row.panels],
    )


def _within(one: TypeSet) -> TypeSet:
    """The figures of any community, of the groups of one type."""
    return TypeSet(
        key=f"{one.key}_quality",
        title=QUALITY_SET.title,
        zh=QUALITY_SET.zh,
        asks=QUALITY_SET.asks,
        names=QUALITY_SET.names,
        groups=one.groups,
    )


def _everywhere(metrics: Sequence[Metric]) -> Iterator[Placed]:
    """Those that no group has, of all communities together."""
    yield from _stats([one for one in metrics if Grain.GROUP not in one.grains], CHOSEN_GROUPS)


PURPOSES = Board(
    uid="community-purposes",
    title="Community / Groups by purpose",
    description="The figures that tell how groups are doing that are run for something particular: "
    "to bring in people and hand them on, for a project, around a product, for business clients. "
    "Where reference data does not say which these are, choose the groups above.",
    tags=("community", "type"),
    modern=True,
    span="now-28d",
    rows=[
        Row(one.asks, [*_everywhere(one.metrics), *_tables(one, one.metrics)], collapsed=place > 1)
        for place, one in enumerate(PURPOSE_SETS)
    ],
)

TYPE_BOARDS: Sequence[Board] = (*map(type_board, COMMUNITY_SETS), PURPOSES)
