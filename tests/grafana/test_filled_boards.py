"""Where every metric has a value, every SQL of these boards has an answer; and exact ones.

What `test_modern_boards` asks of a computed community is asked here of made-up values, so that no
type of community, no cause and no fault of the pipeline is missing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import polars as pl
import polars.selectors as cs
import pytest

from grafana.alerts_board import ALERTS
from grafana.health_board import HEALTH
from grafana.members_board import MEMBERS
from grafana.service_board import SERVICE
from grafana.signals import Source
from grafana.type_boards import TYPE_BOARDS
from sinks.store import Store
from tests.grafana.filled import fill
from tests.grafana.filled_catalogue import TYPES, fill_catalogue
from tests.grafana.filled_health import (
    fill_audits,
    fill_facts,
    fill_incidents,
    fill_milestones,
    fill_rollup,
)
from tests.grafana.macros import ALL, Asked, View, expand_sql, queries
from tests.reference.stored import migrated_store

MINE = (MEMBERS, SERVICE, *TYPE_BOARDS, ALERTS, HEALTH)
ASKED: Mapping[str, list[Asked]] = {
    board.uid: [asked for asked in queries(board.json()) if asked.source == Source.CLICKHOUSE]
    for board in MINE
}
SQL = list(dict.fromkeys(asked for found in ASKED.values() for asked in found))
NAMES = [asked.where for asked in SQL]
RARE = "annotation Operations calendar"
"""What need not be there."""


@cache
def now_s() -> int:
    """When these tests begin."""
    return int(time.time())


def ask(store: Store, text: str, groups: Sequence[str] = (ALL,)) -> pl.DataFrame:
    view = View(now_s() - 40 * 86_400, now_s() + 60, 3_600, groups, variables={"channel": [ALL]})
    return store.query(expand_sql(text, view))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        for put in (
            fill,
            fill_catalogue,
            fill_audits,
            fill_rollup,
            fill_facts,
            fill_incidents,
            fill_milestones,
        ):
            put(store, now_s())
        yield store


@pytest.mark.parametrize("asked", SQL, ids=NAMES)
def test_filled_every_query_has_a_row_with_something_in_it(store: Store, asked: Asked) -> None:
    found = ask(store, asked.text)
    if not asked.where.startswith(RARE):
        told = found.select(cs.numeric())
        assert found.height > 0
        assert not told.width or any(told.select(pl.all().count()).row(0))


def show(store: Store, uid: str, title: str) -> list[dict[str, Any]]:
    """Rows of the one panel of a board whose title begins so."""
    (asked,) = (asked for asked in ASKED[uid] if asked.where.startswith(title))
    return ask(store, asked.text).to_dicts()


def test_the_newest_audit_is_how_it_stands(store: Store) -> None:
    rows = {row["check"]: row for row in show(store, "community-health", "Checks of the latest")}
    assert rows["windows"]["mismatches"] == 0
    assert rows["windows"]["audits with mismatches"] == 1
    (wrong,) = show(store, "community-health", "What the audits found")
    assert (wrong["check"], wrong["mismatches"]) == ("windows", 2)


def test_a_member_whom_a_roster_had_to_add_is_drift(store: Store) -> None:
    (row,) = show(store, "community-health", "Roster drift")
    assert (row["drift"], row["n"], row["added by a roster"]) == (0.25, 4, 1)


def test_joins_of_members_and_chats_from_outside_are_odd(store: Store) -> None:
    (row,) = show(store, "community-health", "Groups whose joins")
    assert (row["joins of members"], row["chats from outside"]) == (1, 1)


def test_no_payload_of_a_dead_letter_is_shown(store: Store) -> None:
    rows = show(store, "community-health", "Newest dead letters")
    assert [row["offset"] for row in rows] == [0, 1]
    assert "c2VjcmV0" not in str(rows)


def test_late_is_more_than_an_hour(store: Store) -> None:
    (row,) = show(store, "community-health", "Lateness by source")
    assert (row["late"], row["p50 delay"]) == (1, 7_200)


def test_a_group_that_nobody_declared_is_told(store: Store) -> None:
    rows = show(store, "community-health", "Where facts contradict")
    (row,) = (row for row in rows if (row["rule"], row["in"]) == ("unknown_group", "order"))
    assert row["says"] == "Every group that an event names is in dim_group."
    assert (row["cases"], row["example"]) == (1, "readers")


def test_of_two_incidents_one_fires_and_one_has_causes(store: Store) -> None:
    (row,) = show(store, "community-alerts", "Incidents A")
    assert (row["n"], row["firing"], row["groups"], row["with a cause"]) == (2, 1, 1, 0.5)
    first, second = show(store, "community-alerts", "Incidents of milestones")
    assert first["causes"] == "channel wechat -10 pt; channel email -5 pt"
    assert (second["causes"], second["lasts"]) == ("too few to split", 7_200)


def test_the_milestone_that_turned_most_for_the_worse_is_first_if_it_can_be_judged(
    store: Store,
) -> None:
    rows = show(store, "community-alerts", "Milestones of the last closed hour")
    told = [(row["milestone"], row["worse by"], row["large enough"]) for row in rows[::2]]
    assert told == [
        ("leave_rate", pytest.approx(1.5), 1),
        ("join_rate", pytest.approx(0.75), 0),
        ("operations_chain:activate", None, 0),
    ]


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_shows_its_own_groups_alone(store: Store, kind: str) -> None:
    tables = [asked.text for asked in ASKED[f"community-type-{kind}"] if ": groups," in asked.where]
    assert tables
    for text in tables:
        assert ask(store, text)["group"].to_list() == [f"a {kind} group"]
