"""Every SQL of the boards that read the catalogue: on an empty store, and on a rollup's values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import polars.selectors as cs
import pytest

from grafana.library import BOARDS
from grafana.signals import TO_GROUP, Source
from pipeline.catalog.catalogue import CATALOGUE
from pipeline.clock import Clock, Segment
from sinks.clock_table import record_clock
from sinks.store import Store
from tests.grafana.computed import NOW_MS, compute, named
from tests.grafana.filled import fill
from tests.grafana.filled_health import (
    fill_audits,
    fill_incidents,
    fill_milestones,
    fill_rollup,
)
from tests.grafana.macros import Asked, View, every_panel, expand_sql, queries
from tests.reference.stored import migrated_store

NOW_S = NOW_MS // 1000
GROUPS = ("a", "b", "c")
ALL = ("$__all",)
CHOSEN = ("a", "it's #2")

MODERN = [board for board in BOARDS if board.modern]
SQL = {
    f"{board.uid}: {asked.where}": (board.one_group, asked)
    for board in MODERN
    for asked in queries(board.json())
    if asked.source == Source.CLICKHOUSE
    if board is MODERN[-1] or not asked.where.startswith(("variable ", "annotation "))
}
"""Of every board; what all have alike once."""

PANELS = {
    f"{board.uid}: {panel['title']}": panel
    for board in MODERN
    for panel in every_panel(board.json())
    if panel["targets"][0]["datasource"]["uid"] == "${clickhouse}"
}
EVERY_SQL = pytest.mark.parametrize("name", SQL)

ABSENT = (
    *(f"community-type-{kind}" for kind in ("conversion", "learning", "forum")),
    "community-purposes",
    "community-members: Awaken rate",
)
"""What the community by chance does not have: see `test_filled_boards`."""


@dataclass(frozen=True)
class Tried:
    """A store that was asked everything while it was empty, and then filled."""

    store: Store
    empty: Mapping[str, pl.DataFrame]


def ask(store: Store, asked: Asked, groups: Sequence[str] = ALL) -> pl.DataFrame:
    view = View(NOW_S - 40 * 86_400, NOW_S, 3_600, groups=groups, variables={"channel": ALL})
    return store.query(expand_sql(asked.text, view))


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        record_clock(store, Clock((Segment(0, NOW_MS, 0.0),)))
        empty = {
            name: ask(store, asked, ("a",) if one else ALL) for name, (one, asked) in SQL.items()
        }
        fill(store, NOW_S)
        compute(store)
        for put in (fill_audits, fill_rollup, fill_incidents, fill_milestones):
            put(store, NOW_S)
        yield Tried(store, empty)


def numbers(found: pl.DataFrame) -> int:
    """How many cells tell a number; of a table of texts, how many rows there are."""
    numeric = found.select(cs.numeric())
    return sum(column.count() for column in numeric) if numeric.width else found.height


@pytest.mark.parametrize("name", [one for one in SQL if not one.startswith(ABSENT)])
def test_filled_every_query_tells_something(tried: Tried, name: str) -> None:
    one_group, asked = SQL[name]
    choices = [(group,) for group in GROUPS] if one_group else [ALL]
    assert any(numbers(ask(tried.store, asked, groups)) for groups in choices)


@EVERY_SQL
def test_empty_no_query_shows_a_number_but_zero(tried: Tried, name: str) -> None:
    told = tried.empty[name].select(cs.numeric()).fill_null(0)
    assert told.is_empty() or told.sum().row(0) == (0,) * told.width


@EVERY_SQL
def test_any_choice_of_groups_can_be_asked(tried: Tried, name: str) -> None:
    ask(tried.store, SQL[name][1], CHOSEN)


@pytest.mark.parametrize("name", PANELS)
def test_what_is_styled_is_a_column(tried: Tried, name: str) -> None:
    panel = PANELS[name]
    columns = tried.empty[f"{name} A"].columns
    styled = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
    assert styled <= set(columns)
    if panel["type"] == "timeseries":
        assert columns[0] == "time"


@EVERY_SQL
def test_every_metric_is_of_the_catalogue_with_that_window(name: str) -> None:
    text = SQL[name][1].text
    by_name = {metric.name: metric for metric in CATALOGUE}
    for metric in named(text):
        for window in re.findall(r"`window` = '(\w)'", text):
            assert window in by_name[metric].periods
        for grain in re.findall(r"grain = '(\w)'", text):
            assert grain in by_name[metric].grains


def test_a_name_in_a_query_is_found() -> None:
    assert named("metric = 'dau' AND metric IN ('mau', 'wau')") == {"dau", "mau", "wau"}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_a_group_in_a_table_leads_to_its_own_board(board: Any) -> None:
    for panel in every_panel(board.json()):
        for override in panel["fieldConfig"]["overrides"]:
            if panel["type"] == "table" and override["matcher"]["options"] == "group":
                (links,) = (p["value"] for p in override["properties"] if p["id"] == "links")
                assert links[0]["url"] == TO_GROUP


def test_there_is_a_board_where_the_links_lead() -> None:
    assert any(TO_GROUP.startswith(f"/d/{board.uid}/") for board in BOARDS if board.one_group)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_titles_on_a_board_differ(board: Any) -> None:
    titles = [panel["title"] for panel in every_panel(board.json())]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_n_stands_beside_every_share(board: Any) -> None:
    """Of what the catalogue tells: a panel in percent has a column n."""
    for panel in every_panel(board.json()):
        text = panel["targets"][0].get("rawSql", "")
        if panel["fieldConfig"]["defaults"]["unit"] == "percentunit" and " AS time" not in text:
            assert re.search(r"`n\b", text) or not text, panel["title"]
