"""A signal as a panel: queries in the form that each data source's plugin writes, and the style."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grafana.boards import Board, Placed, Row, checked
from grafana.library import BOARDS
from grafana.panels import barchart, bargauge, stat, table, timeseries
from grafana.signals import Field, Look, Signal, Unit, promql, sql
from pipeline.errors import CatalogError
from tests.grafana.macros import every_panel

STORED = Signal(
    id="s", title="T", description="D", unit=Unit.MONEY, queries=(sql("SELECT 1 AS v"),), empty="E"
)
LIVE = Signal(
    id="l",
    title="T",
    description="D",
    unit=Unit.RATIO,
    queries=(promql("a", "up"), promql("b", "down")),
    fields={
        "a": Field(unit=Unit.RATIO, look=Look.FALL_IS_BAD, limit=-0.5),
        "b": Field(look=Look.PAST, words={"0": "off"}, decimals=2, empty="none"),
    },
)


def overrides(panel: dict[str, object]) -> dict[str, dict[str, object]]:
    found = panel["fieldConfig"]["overrides"]  # type: ignore[index]
    return {
        one["matcher"]["options"]: {each["id"]: each["value"] for each in one["properties"]}
        for one in found
    }


@pytest.mark.parametrize(
    ("panel", "kind", "number"), [(timeseries, "timeseries", 0), (stat, "table", 1)]
)
def test_sql_goes_as_the_plugin_writes_it(panel: object, kind: str, number: int) -> None:
    (target,) = panel(STORED)["targets"]  # type: ignore[operator]
    assert target == {
        "datasource": {"type": "grafana-clickhouse-datasource", "uid": "${clickhouse}"},
        "editorType": "sql",
        "queryType": kind,
        "format": number,
        "rawSql": "SELECT 1 AS v",
        "refId": "A",
        "pluginVersion": "4.20.0",
        "meta": {},
    }


def test_promql_is_a_range_only_where_time_is_an_axis() -> None:
    asked = {kind: kind(LIVE)["targets"] for kind in (timeseries, stat, bargauge)}
    assert [target["range"] for target in asked[timeseries]] == [True, True]
    assert [target["instant"] for target in asked[stat] + asked[bargauge]] == [True] * 4
    assert [target["legendFormat"] for target in asked[stat]] == ["a", "b"]
    assert [target["refId"] for target in asked[stat]] == ["A", "B"]


def test_rows_of_prometheus_are_joined_by_label_in_the_order_declared() -> None:
    panel = table(LIVE, sort=["a"])
    merge, organise = panel["transformations"]
    assert merge["id"] == "merge"
    assert organise["options"] == {
        "excludeByName": {"Time": True},
        "indexByName": {"group_id": 0, "Value #A": 1, "Value #B": 2},
        "renameByName": {"group_id": "group", "Value #A": "a", "Value #B": "b"},
    }
    assert panel["options"]["sortBy"] == [{"displayName": "a", "desc": False}]


def test_the_value_of_a_single_query_has_its_name_too() -> None:
    """Grafana calls it Value, not Value #A."""
    one = Signal(
        id="o", title="T", description="D", unit=Unit.COUNT, queries=(promql("firing", "ALERTS"),)
    )
    organise = table(one)["transformations"][1]
    assert organise["options"]["renameByName"]["Value"] == "firing"


def test_a_field_is_shown_as_declared() -> None:
    found = overrides(timeseries(LIVE))
    assert [step["color"] for step in found["a"]["thresholds"]["steps"]] == ["red", "green"]  # type: ignore[index]
    assert found["a"]["thresholds"]["steps"][1]["value"] == -0.5  # type: ignore[index]
    assert (found["b"]["unit"], found["b"]["decimals"], found["b"]["noValue"]) == (
        "short",
        2,
        "none",
    )
    assert found["b"]["mappings"] == [{"type": "value", "options": {"0": {"text": "off"}}}]
    assert found["b"]["custom.lineStyle"]["fill"] == "dash"  # type: ignore[index]
    assert found["b"]["custom.axisPlacement"] == "right"  # another unit than the panel's


def test_an_empty_cell_is_a_dash_and_an_empty_table_says_why() -> None:
    panel = table(LIVE)
    assert overrides(panel)["a"]["noValue"] == "–"
    assert panel["fieldConfig"]["defaults"]["noValue"] == "No data"


def test_a_cell_is_the_deeper_the_more_and_leads_on() -> None:
    heat = Field(look=Look.HEAT)
    fields = {"a": Field(link="/d/x"), "b": heat, "c": replace(heat, unit=Unit.RATIO)}
    signal = Signal(
        id="h", title="T", description="D", unit=Unit.COUNT, queries=(sql("s"),), fields=fields
    )
    found = overrides(table(signal))
    (link,) = found["a"]["links"]  # type: ignore[misc]
    assert link["url"] == "/d/x"  # type: ignore[index]
    assert found["b"]["custom.displayMode"] == "color-background"
    assert found["b"]["color"] == {"mode": "continuous-BlPu"}
    assert (found["b"].get("max"), found["c"]["max"]) == (None, 1)
    bars = barchart(signal)
    assert (bars["type"], bars["targets"][0]["format"]) == ("barchart", 1)


def test_a_limit_without_a_meaning_is_refused() -> None:
    with pytest.raises(CatalogError, match="limit"):
        Field(limit=1)


def test_a_signal_of_two_sources_is_refused() -> None:
    with pytest.raises(CatalogError, match="one data source"):
        Signal(
            id="x", title="", description="", unit=Unit.COUNT, queries=(sql("a"), promql("b", "b"))
        )


def board(*rows: Row) -> Board:
    return Board(uid="community-x", title="X", description="D", tags=(), rows=rows)


def test_panels_wrap_at_the_boards_width_and_rows_follow() -> None:
    """r = row heading, 1-3 = panels
    r
    1 2
    3
    r (closed, with 4 inside)
    """
    wide = [Placed(stat(STORED), 12, height) for height in (5, 4, 3)]
    found = board(Row("open", wide), Row("closed", wide[:1], collapsed=True)).json()["panels"]
    places = [tuple(panel["gridPos"][key] for key in "xywh") for panel in found]
    assert places == [(0, 0, 24, 1), (0, 1, 12, 5), (12, 1, 12, 4), (0, 6, 12, 3), (0, 9, 24, 1)]
    (inside,) = found[-1]["panels"]
    assert inside["gridPos"] == {"x": 0, "y": 10, "w": 12, "h": 5}
    assert [panel["id"] for panel in found] + [inside["id"]] == [1, 2, 3, 4, 5, 6]


def test_a_board_of_one_group_offers_no_others() -> None:
    one = Board(uid="community-x", title="X", description="D", tags=(), rows=(), one_group=True)
    group = one.json()["templating"]["list"][-1]
    assert (group["multi"], group["includeAll"]) == (False, False)


def test_channels_are_chosen_where_a_panel_shows_them() -> None:
    offering = {
        made.uid: variable
        for made in BOARDS
        for variable in made.json()["templating"]["list"]
        if variable["name"] == "channel"
    }
    assert {"community-acquisition", "community-funnel"} <= set(offering)
    assert "community-overview" not in offering
    for variable in offering.values():
        assert (variable["multi"], variable["includeAll"]) == (True, True)
        assert variable["current"]["value"] == ["$__all"]


def test_what_is_optional_is_off_and_not_hidden() -> None:
    modern = Board(uid="community-x", title="X", description="D", tags=(), rows=(), modern=True)
    marks = {mark["name"]: mark for mark in modern.json()["annotations"]["list"]}
    assert [name for name, mark in marks.items() if mark["enable"]] == ["Alerts firing"]
    assert not any(mark["hide"] for mark in marks.values())
    assert marks["Operations calendar"]["target"]["rawSql"]
    assert marks["Incidents"]["target"]["rawSql"]
    assert len(board().json()["annotations"]["list"]) == len(marks) - 2


def test_two_boards_of_one_uid_are_refused() -> None:
    with pytest.raises(CatalogError, match="one uid"):
        checked((board(), board()))


@pytest.mark.parametrize("made", BOARDS, ids=lambda made: made.uid)
def test_every_styled_series_of_prometheus_exists(made: Board) -> None:
    for panel in every_panel(made.json()):
        if panel["targets"][0]["datasource"]["uid"] != "${prometheus}":
            continue
        named = {target["legendFormat"] for target in panel["targets"]}
        for step in panel.get("transformations", ()):
            named |= set(step["options"].get("renameByName", {}).values())
        assert set(overrides(panel)) <= named  # type: ignore[arg-type]
