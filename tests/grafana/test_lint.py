"""Our boards are clean, and each rule finds a board that breaks it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from grafana.library import BOARDS
from grafana.lint import RULES, lint
from pipeline.errors import NotABoard
from tests.grafana.macros import every_panel

Board = dict[str, Any]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_our_boards_are_clean(board: Any) -> None:
    assert lint(board.json()) == []


def first(board: Board, kind: str, source: str = "") -> dict[str, Any]:
    return next(
        panel
        for panel in every_panel(board)
        if panel["type"] == kind and source in panel["datasource"]["uid"]
    )  # type: ignore[return-value]


def query_variable(board: Board) -> dict[str, Any]:
    found: dict[str, Any] = board["templating"]["list"][-1]
    return found


def drop_sources(board: Board) -> None:
    board["templating"]["list"] = [query_variable(board)]


def drop_prometheus(board: Board) -> None:
    variables = board["templating"]["list"]
    variables[:] = [one for one in variables if one["name"] != "prometheus"]


def name_source(board: Board) -> None:
    first(board, "stat")["targets"][0]["datasource"] = {"type": "prometheus", "uid": "P4169E"}


def name_variable_source(board: Board) -> None:
    query_variable(board)["datasource"] = "ClickHouse"


def name_annotation_source(board: Board) -> None:
    board["annotations"]["list"][0]["datasource"] = {"uid": "abc"}


def expr(text: str) -> Callable[[Board], None]:
    def change(board: Board) -> None:
        first(board, "stat", "prometheus")["targets"][0]["expr"] = text

    return change


def on_panel(kind: str, **changes: object) -> Callable[[Board], None]:
    return lambda board: first(board, kind).update(changes)


def on_defaults(kind: str, **changes: object) -> Callable[[Board], None]:
    return lambda board: first(board, kind)["fieldConfig"]["defaults"].update(changes)


def on_board(**changes: object) -> Callable[[Board], None]:
    return lambda board: board.update(changes)


def open_rows(board: Board) -> None:
    for row in board["panels"][:]:
        board["panels"] += row.pop("panels", None) or []


def same_id(board: Board) -> None:
    board["panels"][2]["id"] = board["panels"][1]["id"]


def same_id_in_a_row(board: Board) -> None:
    board["panels"][-1]["panels"][0]["id"] = board["panels"][1]["id"]


def overlap(board: Board) -> None:
    board["panels"][2]["gridPos"] = board["panels"][1]["gridPos"]


def overlap_in_a_row(board: Board) -> None:
    inside = board["panels"][-1]["panels"]
    inside[1]["gridPos"] = {**inside[1]["gridPos"], "x": inside[0]["gridPos"]["x"] + 1}


def sql_of_the_wall(board: Board) -> None:
    first(board, "stat", "clickhouse")["targets"][0]["rawSql"] = "SELECT count() WHERE t > now()"


def interval(source: str, text: str) -> Callable[[Board], None]:
    return lambda board: first(board, "timeseries", source).update(interval=text)


BROKEN: list[tuple[str, Callable[[Board], None]]] = [
    ("template-datasource-rule", drop_sources),
    ("template-datasource-rule", drop_prometheus),
    ("panel-datasource-rule", name_source),
    ("panel-datasource-rule", name_variable_source),
    ("panel-datasource-rule", name_annotation_source),
    ("panel-title-description-rule", on_panel("stat", description="")),
    ("panel-title-description-rule", on_panel("table", title="")),
    ("panel-units-rule", on_defaults("stat", unit="")),
    ("panel-no-targets-rule", on_panel("table", targets=[])),
    ("target-promql-rule", expr("sum(up")),
    ("target-promql-rule", expr("sum)(up")),
    ("target-promql-rule", expr('up{job="x}')),
    ("target-promql-rule", expr(" ")),
    ("target-rate-interval-rule", expr("rate(x_total[5m])")),
    ("target-counter-agg-rule", expr("sum(x_total)")),
    ("target-counter-agg-rule", expr("rate(x_total[$__rate_interval]) / y_total")),
    ("template-on-time-change-reload-rule", lambda board: query_variable(board).update(refresh=1)),
    ("uneditable-dashboard-rule", on_board(editable=True)),
    ("fixed-uid", on_board(uid=None)),
    ("fixed-uid", on_board(uid="a b")),
    ("fixed-uid", on_board(id=7)),
    ("schema-version", on_board(schemaVersion=42)),
    ("schema-version", on_board(schemaVersion=None)),
    ("core-panels", on_panel("stat", type="grafana-piechart-panel")),
    ("open-panels", open_rows),
    ("empty-text", on_defaults("timeseries", noValue="")),
    ("panel-ids", same_id),
    ("panel-ids", same_id_in_a_row),
    ("panel-ids", on_panel("stat", id=None)),
    ("panel-places", overlap),
    ("panel-places", overlap_in_a_row),
    ("panel-places", on_panel("stat", gridPos={"x": 20, "y": 99, "w": 8, "h": 3})),
    ("panel-places", on_panel("stat", gridPos=None)),
    ("min-interval", interval("clickhouse", "30s")),
    ("min-interval", interval("prometheus", "")),
    ("event-time", sql_of_the_wall),
    ("event-time", lambda board: query_variable(board).update(query="SELECT today ()")),
]


@pytest.mark.parametrize(("rule", "breaks"), BROKEN)
def test_a_broken_board_is_found(
    overview: Mapping[str, Any], rule: str, breaks: Callable[[Board], None]
) -> None:
    board = copy.deepcopy(dict(overview))
    breaks(board)
    found = [one for one in lint(board) if one.rule == rule]
    assert found
    assert all(one.panel and one.says.endswith(".") for one in found)


def test_every_rule_has_a_broken_board() -> None:
    assert {rule for rule, _ in BROKEN} == set(RULES)


@pytest.mark.parametrize(
    "text",
    [
        "sum(rate(x_total[$__rate_interval]))",
        'sum by (a) (increase(x_total{reason="b"}[$__range]))',
        'up{name="all_total"} and on () vector(1)',
        "up{group_id=~`a(b`}",
    ],
)
def test_good_promql_passes(overview: Mapping[str, Any], text: str) -> None:
    board = copy.deepcopy(dict(overview))
    expr(text)(board)
    assert lint(board) == []


@pytest.mark.parametrize(
    "value", [[], "x", None, {}, {"panels": {}}, {"panels": [1]}, {"panels": [{"targets": [1]}]}]
)
def test_what_is_no_board_is_refused(value: object) -> None:
    with pytest.raises(NotABoard, match="not a Grafana dashboard"):
        lint(value)


@pytest.mark.parametrize("panel", [{}, {"type": "row"}, {"targets": [{}]}, {"datasource": "P"}])
def test_a_bare_board_is_judged_not_stumbled_over(panel: dict[str, Any]) -> None:
    assert lint({"panels": [panel]})


def test_every_link_leads_to_a_board_that_there_is() -> None:
    uids = {board.uid for board in BOARDS}
    linked = {uid for board in BOARDS for uid in re.findall(r"/d/([\w-]+)", board.text())}
    assert linked
    assert linked <= uids
