"""Incidents on a board: the query runs as the data source would send it, on a real store."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest

from grafana.annotations import INCIDENTS, OF_GROUPS
from pipeline.operations.incident import Incident, row_of
from pipeline.rollup.causes import Cause
from sinks.store import Store
from tests.grafana.macros import View, expand_sql
from tests.reference.stored import migrated_store

BEGAN_S = 1_750_000_000
HOUR_S = 3_600
VIEW = View(BEGAN_S - HOUR_S, BEGAN_S + HOUR_S)


def incident(id_: str, group_id: str, began_s: int, ended_s: int = 0) -> Incident:
    return Incident(
        incident_id=id_,
        alert="CommunityDailyActiveRateDrop",
        metric="C06",
        metric_name="daily_active_rate",
        group_id=group_id,
        signal="slow",
        against="4w",
        severity="critical",
        started_ms=began_s * 1000,
        resolved_ms=ended_s * 1000,
        change=-0.6123 if ended_s else None,
        change_kind="relative" if ended_s else "",
        causes=(Cause("channel", "wechat", -0.1, 0.5, "rate"),) if ended_s else (),
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as opened:
        for one in (
            incident("over", "g", BEGAN_S, BEGAN_S + 600),
            incident("firing", "h", BEGAN_S + 60),
            incident("long ago", "g", BEGAN_S - 9 * HOUR_S, BEGAN_S - 2 * HOUR_S),
            incident("later", "g", BEGAN_S + 2 * HOUR_S),
        ):
            opened.insert("milestone_incident", row_of(one, 1))
        yield opened


def asked(store: Store, text: str, view: View = VIEW) -> pl.DataFrame:
    return store.query(expand_sql(text, view))


def test_those_of_the_boards_time_are_shown(store: Store) -> None:
    found = asked(store, INCIDENTS)
    assert found.columns == ["time", "timeEnd", "text", "tags"]
    over, firing = found.iter_rows(named=True)
    assert over["text"] == "g: daily active rate -61.2 %, channel wechat"
    assert over["tags"] == ["C06", "critical", "resolved", "over"]
    assert (over["timeEnd"] - over["time"]).total_seconds() == 600
    assert firing["text"] == "h: daily active rate"
    assert firing["timeEnd"] > firing["time"]


def test_those_of_the_chosen_groups_are_shown(store: Store) -> None:
    assert asked(store, OF_GROUPS).height == 2
    (one,) = asked(store, OF_GROUPS, View(VIEW.from_s, VIEW.to_s, groups=["h"])).iter_rows()
    assert one[3][3] == "firing"


def test_it_reads_views_alone() -> None:
    assert "FROM v_milestone_incident" in INCIDENTS
    assert INCIDENTS.count("FROM ") == 1
