"""The rules of Grafana's dashboard-linter that hold here, under its names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from grafana.panels import PLUGINS
from grafana.walk import (
    THE_BOARD,
    Found,
    Json,
    defaults,
    name_of,
    panels,
    promql,
    source_of,
    targets,
    variables,
)

_COUNTER = re.compile(r"\b\w+_total\b")
_RISE = re.compile(r"\b(?:rate|increase|irate)\(\s*\w+_total\b")
_RANGE = re.compile(r"\[([^\]]*)\]")
_LOOKS = re.compile(r"\$__range:\d+s")
"""A look back over the board's range, so many seconds apart."""
_LITERAL = re.compile(r"`[^`]*`|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")


def _template_datasource(board: Json) -> Found:
    offered = {one.get("query") for one in variables(board) if one.get("type") == "datasource"}
    if not offered:
        yield THE_BOARD, "Add a variable of type datasource for each data source."
    used = {source_of(target)[0] for _, target in targets(board)}
    for kind in sorted((set(PLUGINS.values()) & used) - offered):
        yield THE_BOARD, f"Add a variable of type datasource for {kind}."


def _panel_datasource(board: Json) -> Found:
    known = {
        f"${{{one.get('name')}}}" for one in variables(board) if one.get("type") == "datasource"
    }
    asked: list[tuple[str, Json]] = [(name_of(panel), panel) for panel in panels(board)]
    asked += [(name_of(panel), target) for panel, target in targets(board)]
    asked += [
        (f"variable {one.get('name')}", one)
        for one in variables(board)
        if one.get("type") == "query"
    ]
    asked += [
        (f"annotation {one.get('name')}", one)
        for one in (board.get("annotations") or {}).get("list") or ()
        if not one.get("builtIn")
    ]
    for name, one in asked:
        uid = source_of(one)[1]
        if uid not in known:
            yield name, f"Its data source is {uid}; name a variable, such as ${{prometheus}}."


def _title_description(board: Json) -> Found:
    for panel in panels(board):
        for key in ("title", "description"):
            if not panel.get(key):
                yield name_of(panel), f"Give it a {key}."


def _units(board: Json) -> Found:
    for panel in panels(board):
        if not defaults(panel).get("unit"):
            yield name_of(panel), "Set fieldConfig.defaults.unit; `short` is a plain number."


def _no_targets(board: Json) -> Found:
    for panel in panels(board):
        if not panel.get("targets"):
            yield name_of(panel), "Give it a query, or make it a text panel."


def _well_formed(board: Json) -> Found:
    """Brackets only: a whole check needs Prometheus, and the tests ask it."""
    for name, text in promql(board):
        bare = _LITERAL.sub("", text)
        depth = 0
        for sign in bare:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth < 0:
                break
        if not text.strip() or depth or re.search(r"[`\"']", bare):
            yield name, "Its PromQL is empty, or a bracket or quote is left open."


def _rate_interval(board: Json) -> Found:
    for name, text in promql(board):
        for span in _RANGE.findall(_LITERAL.sub("", text)):
            if span not in ("$__rate_interval", "$__range") and not _LOOKS.fullmatch(span):
                yield name, f"[{span}] is a fixed range; write [$__rate_interval]."


def _counter_agg(board: Json) -> Found:
    for name, text in promql(board):
        bare = _LITERAL.sub("", text)
        if len(_COUNTER.findall(bare)) > len(_RISE.findall(bare)):
            yield name, "A counter (_total) is shown raw; wrap it in rate() or increase()."


def _time_change_reload(board: Json) -> Found:
    for one in variables(board):
        if one.get("type") == "query" and one.get("refresh") != 2:
            yield f"variable {one.get('name')}", "Set refresh to 2: on time range change."


def _uneditable(board: Json) -> Found:
    if board.get("editable") is not False:
        yield THE_BOARD, "Set editable to false: changes belong in the code."


LINTER: Mapping[str, Callable[[Json], Found]] = {
    "template-datasource-rule": _template_datasource,
    "panel-datasource-rule": _panel_datasource,
    "panel-title-description-rule": _title_description,
    "panel-units-rule": _units,
    "panel-no-targets-rule": _no_targets,
    "target-promql-rule": _well_formed,
    "target-rate-interval-rule": _rate_interval,
    "target-counter-agg-rule": _counter_agg,
    "template-on-time-change-reload-rule": _time_change_reload,
    "uneditable-dashboard-rule": _uneditable,
}
"""Its rules on `job` and `instance` are left out: our gauges are joined across workers."""
