"""Every SQL of the boards that every server can answer: empty without error, filled with rows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

import polars as pl
import polars.selectors as cs
import pytest

from deploy.local.servers import ClickHouse
from grafana.library import BOARDS
from grafana.signals import Source
from pipeline.clock import Clock, Segment, wall_ms
from sinks import migrate
from sinks.clickhouse import ServerStore
from sinks.clock_table import record_clock
from sinks.store import Store
from tests.grafana.filled import GROUPS, fill
from tests.grafana.macros import Asked, View, every_panel, expand_sql, queries
from tests.reference.stored import migrated_store

SQL = [
    asked
    for board in BOARDS
    if not board.modern
    for asked in queries(board.json())
    if asked.source == Source.CLICKHOUSE
]
STORED_PANELS = [
    panel
    for board in BOARDS
    if not board.modern
    for panel in every_panel(board.json())
    if panel["targets"][0]["datasource"]["uid"] == "${clickhouse}"
]
NAMES = [asked.where for asked in SQL]


@cache
def now_s() -> int:
    """When these tests begin: minutes after they were collected, in a whole run."""
    return int(time.time())


@cache
def seen() -> View:
    """What a board shows then."""
    return View(now_s() - 6 * 3_600, now_s() + 60, 120)


def ask(store: Store, asked: Asked, view: View | None = None) -> pl.DataFrame:
    return store.query(expand_sql(asked.text, view or seen()))


def show(store: Store, title: str, view: View | None = None) -> list[dict[str, Any]]:
    """Rows of the panel whose title begins so."""
    (asked,) = (asked for asked in SQL if asked.where.startswith(title))
    return ask(store, asked, view).to_dicts()


@dataclass(frozen=True)
class Tried:
    """A store that was asked everything while it was empty, and then filled."""

    store: Store
    empty: Mapping[str, pl.DataFrame]


@contextmanager
def old_server(url: str) -> Iterator[Store]:
    store = ServerStore(url, role="test")
    try:
        migrate.up(store)
        yield store
        store.execute("DROP DATABASE boards")
    finally:
        store.close()


STORES = ["embedded", pytest.param("server", marks=pytest.mark.server)]


@pytest.fixture(scope="module", params=STORES)
def tried(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tried]:
    """Both kinds of store: the embedded engine, and the oldest server that is supported."""
    if request.param == "server":
        server: ClickHouse = request.getfixturevalue("clickhouse_server")
        opened = old_server(server.url("boards"))
    else:
        opened = migrated_store(tmp_path_factory.mktemp("store"))
    with opened as store:
        empty = {asked.where: ask(store, asked) for asked in SQL}
        fill(store, now_s())
        yield Tried(store, empty)


def test_there_is_sql_to_run() -> None:
    assert len(SQL) >= 13


@pytest.mark.parametrize("asked", SQL, ids=NAMES)
def test_filled_every_query_has_rows(tried: Tried, asked: Asked) -> None:
    assert ask(tried.store, asked).height > 0


@pytest.mark.parametrize("asked", SQL, ids=NAMES)
def test_empty_no_query_shows_a_number_but_zero(tried: Tried, asked: Asked) -> None:
    numbers = tried.empty[asked.where].select(cs.numeric()).fill_null(0)
    assert numbers.is_empty() or numbers.sum().row(0) == (0,) * numbers.width


@pytest.mark.parametrize("groups", [GROUPS[:1], GROUPS, ("no such group",)])
@pytest.mark.parametrize("asked", SQL, ids=NAMES)
def test_any_choice_of_groups_can_be_asked(
    tried: Tried, asked: Asked, groups: Sequence[str]
) -> None:
    ask(tried.store, asked, replace(seen(), groups=groups))


@pytest.mark.parametrize("panel", STORED_PANELS, ids=lambda panel: panel["title"])
def test_what_is_styled_is_a_column(tried: Tried, panel: Mapping[str, Any]) -> None:
    (row, *_) = show(tried.store, f"{panel['title']} A")
    styled = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
    assert styled <= set(row)
    if panel["type"] == "timeseries":
        assert next(iter(row)) == "time"


def test_the_groups_to_choose_from_are_the_busiest_first(tried: Tried) -> None:
    assert [row["group_id"] for row in show(tried.store, "variable group")] == [*reversed(GROUPS)]


RIGHT_NOW = [("Messages", 90, 180), ("Joins", 60, 120), ("GMV", 600, 1_200)]


@pytest.mark.parametrize(("title", "now", "before"), RIGHT_NOW)
def test_the_last_half_hour_against_last_week(
    tried: Tried, title: str, now: int, before: int
) -> None:
    (row,) = show(tried.store, f"{title}, last 30 min")
    # Each minute weighs alike, and the clock may pass into the next one while the test runs.
    assert row["now"] == pytest.approx(now, rel=0.2)
    assert row["last week"] == pytest.approx(before, rel=0.2)
    assert row["change"] == pytest.approx(row["now"] / row["last week"] - 1)


def test_one_group_with_a_quote_in_its_name(tried: Tried) -> None:
    (row,) = show(tried.store, "Messages, last 30 min", replace(seen(), groups=GROUPS[1:]))
    assert row["now"] == pytest.approx(60, rel=0.2)


def test_where_last_week_has_nothing_there_is_no_change(tried: Tried) -> None:
    (row,) = show(tried.store, "Messages, last 30 min", replace(seen(), groups=("nobody",)))
    assert row == {"now": 0, "last week": 0, "change": None}


def test_both_weeks_lie_on_one_axis_without_gap_or_open_bucket(tried: Tried) -> None:
    rows = show(tried.store, "Joins and leaves")
    times = [int(row["time"].timestamp()) for row in rows]
    assert {late - early for early, late in pairwise(times)} == {seen().interval_s}
    assert times[0] == seen().from_s // seen().interval_s * seen().interval_s
    assert times[-1] + seen().interval_s <= time.time()
    assert sum(row["joins, this week"] for row in rows) == pytest.approx(360, abs=8)
    assert sum(row["leaves, last week"] for row in rows) == pytest.approx(720, abs=16)


def test_the_closed_day_of_all_groups_is_a_ratio_of_sums(tried: Tried) -> None:
    rows = {row["milestone"].split(" rate")[0]: row for row in show(tried.store, "Milestones, la")}
    active, in_group = rows["daily active"], rows["in group"]
    assert (active["value"], active["n"]) == (pytest.approx(140 / 1_000), 1_000)
    assert active["baseline"] == pytest.approx(0.2)  # of the one group that has one
    assert active["change"] == pytest.approx(0.1 / 0.2 - 1)
    assert in_group["change"] == pytest.approx(0.9 - 0.95)  # in points


def test_the_group_that_fell_stands_first(tried: Tried) -> None:
    fallen, unknown = show(tried.store, "Groups, last closed day")
    assert (fallen["group"], fallen["worst change"]) == (GROUPS[0], pytest.approx(-0.5))
    assert fallen["change, points in group rate"] == pytest.approx(-0.05)
    assert (unknown["group"], unknown["worst change"]) == (GROUPS[1], None)
    assert (unknown["usual conversion rate"], unknown["conversion rate"]) == (None, 0.1)


def test_on_a_fast_clock_right_now_is_event_time(tried: Tried) -> None:
    """An hour behind: `now` of the board is where the clock stands, not where the wall is."""
    record_clock(tried.store, Clock((Segment(wall_ms(), (now_s() - 3_600) * 1000, 0.0),)))
    try:
        rows = show(tried.store, "Joins and leaves")
        assert rows[-1]["time"].timestamp() + seen().interval_s <= now_s() - 3_600
        (row,) = show(tried.store, "Joins, last 30 min")
        assert row["now"] == 60
    finally:
        tried.store.execute("TRUNCATE TABLE clock_segment")
