"""A store as the rollup leaves it: a community by chance, and the metrics that boards show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

import polars as pl

from grafana.library import BOARDS
from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.metric import Metric
from pipeline.core.calendar import CalendarWindow, Period, window_at
from sinks.store import Store
from tests.grafana.macros import queries
from tests.reference import chance
from tests.reference.community import DAY, rollup_of, store_community

NOW_MS = chance.START + 14 * DAY
"""Midnight of a Monday, two weeks into the six that have events: people still come in."""

RIPE_MS = NOW_MS + 400 * DAY
SEED, SIZE = 1, 1_200


def compute(store: Store) -> None:
    """The last closed windows of each period, some before them, and what is live."""
    community = chance.community(SEED, SIZE)
    store_community(store, community)
    rollup = rollup_of(store, community, shown())
    rollup.stage.build(NOW_MS)
    for window in _windows(ZoneInfo(community.zone)):
        mine = [metric for metric in shown() if window.period in metric.periods]
        found = rollup.values(window, mine, RIPE_MS)
        store.insert("metric_value", found.with_columns(computed_ms=pl.lit(1, pl.Int64)))
    rollup.run_live(NOW_MS)
    assert not rollup.failed, rollup.failed


def shown() -> Sequence[Metric]:
    """Metrics that some board reads from the catalogue's values."""
    names = {name for text in _texts() for name in named(text)}
    return [metric for metric in CATALOGUE if metric.name in names]


def named(text: str) -> set[str]:
    """Names of metrics in a query."""
    listed = re.findall(r"\bmetric (?:= |IN \()((?:'\w+'(?:, )?)+)", text)
    return {name for names in listed for name in re.findall(r"'(\w+)'", names)}


def _texts() -> Iterable[str]:
    for board in BOARDS:
        if board.modern:
            yield from (asked.text for asked in queries(board.json()))


def _windows(zone: ZoneInfo) -> Iterable[CalendarWindow]:
    for ago in (1, 4, 8, 11):
        yield window_at(Period.DAY, NOW_MS - ago * DAY, zone)
    for ago in (1, 8):
        yield window_at(Period.WEEK, NOW_MS - ago * DAY, zone)
    yield window_at(Period.MONTH, chance.START, zone)
    yield window_at(Period.EVER, NOW_MS, zone)
