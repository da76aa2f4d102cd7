"""Every SQL of the boards that need a modern engine: empty without error, filled with rows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl
import polars.selectors as cs
import pytest

from grafana.library import BOARDS
from grafana.signals import Source
from sinks.store import Store
from tests.grafana.filled import GROUPS, fill
from tests.grafana.filled_catalogue import ONE_OF_EACH, TYPES, fill_catalogue
from tests.grafana.filled_health import fill_audits, fill_facts, fill_incidents, fill_rollup
from tests.grafana.macros import Asked, View, every_panel, expand_sql, queries
from tests.reference.stored import migrated_store

MINE = [board for board in BOARDS if board.modern]
ASKED: Mapping[str, list[Asked]] = {
    board.uid: [asked for asked in queries(board.json()) if asked.source == Source.CLICKHOUSE]
    for board in MINE
}
SQL = list(dict.fromkeys(asked for found in ASKED.values() for asked in found))
NAMES = [asked.where for asked in SQL]
TABLES = [
    (board.uid, panel)
    for board in MINE
    for panel in every_panel(board.json())
    if "rawSql" in panel["targets"][0]
]
RARE = ("annotation ",)
"""What need not be there."""


@cache
def now_s() -> int:
    """When these tests begin."""
    return int(time.time())


def ask(store: Store, text: str, groups: Sequence[str] = ("$__all",)) -> pl.DataFrame:
    view = View(now_s() - 40 * 86_400, now_s() + 60, 3_600, groups)
    return store.query(expand_sql(text, view))


@dataclass(frozen=True)
class Tried:
    """A store that was asked everything while it was empty, and then filled."""

    store: Store
    empty: Mapping[Asked, pl.DataFrame]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        empty = {asked: ask(store, asked.text) for asked in SQL}
        for put in (fill, fill_catalogue, fill_audits, fill_rollup, fill_facts, fill_incidents):
            put(store, now_s())
        yield Tried(store, empty)


@pytest.mark.parametrize("asked", SQL, ids=NAMES)
def test_filled_every_query_has_a_row_with_something_in_it(tried: Tried, asked: Asked) -> None:
    found = ask(tried.store, asked.text)
    if not asked.where.startswith(RARE):
        told = found.select(cs.numeric())
        assert found.height > 0
        assert not told.width or any(told.select(pl.all().count()).row(0))


@pytest.mark.parametrize("asked", SQL, ids=NAMES)
def test_empty_no_query_shows_a_number_but_zero(tried: Tried, asked: Asked) -> None:
    numbers = tried.empty[asked].select(cs.numeric()).fill_null(0)
    assert numbers.is_empty() or numbers.sum().row(0) == (0,) * numbers.width


@pytest.mark.parametrize("groups", [GROUPS[1:], (*GROUPS, *ONE_OF_EACH), ("no such group",)])
def test_any_choice_of_groups_can_be_asked(tried: Tried, groups: Sequence[str]) -> None:
    for asked in SQL:
        ask(tried.store, asked.text, groups)


@pytest.mark.parametrize(
    ("uid", "panel"), TABLES, ids=[f"{uid} {panel['title']}" for uid, panel in TABLES]
)
def test_what_is_styled_is_a_column(tried: Tried, uid: str, panel: Mapping[str, Any]) -> None:
    found = ask(tried.store, panel["targets"][0]["rawSql"])
    styled = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
    assert styled <= set(found.columns)
    if panel["type"] == "timeseries":
        assert found.columns[0] == "time"


def show(tried: Tried, uid: str, title: str) -> list[dict[str, Any]]:
    """Rows of the one panel of a board whose title begins so."""
    (asked,) = (asked for asked in ASKED[uid] if asked.where.startswith(title))
    return ask(tried.store, asked.text).to_dicts()


def test_the_newest_audit_is_how_it_stands(tried: Tried) -> None:
    rows = {row["check"]: row for row in show(tried, "community-health", "Checks of the latest")}
    assert rows["windows"]["mismatches"] == 0
    assert rows["windows"]["audits with mismatches"] == 1
    (wrong,) = show(tried, "community-health", "What the audits found")
    assert (wrong["check"], wrong["mismatches"]) == ("windows", 2)


def test_a_member_whom_a_roster_had_to_add_is_drift(tried: Tried) -> None:
    (row,) = show(tried, "community-health", "Roster drift")
    assert (row["drift"], row["n"], row["added by a roster"]) == (0.25, 4, 1)


def test_joins_of_members_and_chats_from_outside_are_odd(tried: Tried) -> None:
    (row,) = show(tried, "community-health", "Groups whose joins")
    assert (row["joins of members"], row["chats from outside"]) == (1, 1)


def test_late_is_more_than_an_hour(tried: Tried) -> None:
    (row,) = show(tried, "community-health", "Lateness by source")
    assert (row["late"], row["p50 delay"]) == (1, 7_200)


def test_a_group_that_nobody_declared_is_told(tried: Tried) -> None:
    rows = show(tried, "community-health", "Where facts contradict")
    (row,) = (row for row in rows if (row["rule"], row["in"]) == ("unknown_group", "order"))
    assert row["says"] == "Every group that an event names is in dim_group."
    assert (row["cases"], row["example"]) == (1, "readers")


def test_of_two_incidents_one_fires_and_one_has_causes(tried: Tried) -> None:
    (row,) = show(tried, "community-alerts", "Incidents A")
    assert (row["n"], row["firing"], row["groups"], row["with a cause"]) == (2, 1, 1, 0.5)
    first, second = show(tried, "community-alerts", "Incidents of milestones")
    assert first["causes"] == "channel wechat -10 pt; channel email -5 pt"
    assert (second["causes"], second["lasts"]) == ("too few to split", 7_200)


def test_who_joined_is_looked_for_in_the_weeks_after(tried: Tried) -> None:
    spoke, silent = show(tried, "community-members", "Active again, week by week")
    assert (spoke["n"], spoke["0"], spoke["12"]) == (1, 1, None)
    assert (silent["n"], silent["0"]) == (1, 0)


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_shows_its_own_groups_alone(tried: Tried, kind: str) -> None:
    tables = [asked.text for asked in ASKED[f"community-type-{kind}"] if ": groups," in asked.where]
    assert tables
    for text in tables:
        assert ask(tried.store, text)["group"].to_list() == [f"a {kind} group"]
