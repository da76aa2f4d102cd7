"""A board's JSON, walked: panels, queries and variables, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
Found = Iterator[tuple[str, str]]
"""What a rule yields: the panel, variable or annotation, and what to do about it."""

THE_BOARD = "the board"


def every(board: Json) -> Iterator[Json]:
    """Rows and panels, also those within collapsed rows."""
    for panel in board["panels"]:
        yield panel
        if isinstance(panel, Mapping):
            yield from panel.get("panels") or ()


def panels(board: Json) -> Iterator[Json]:
    """Panels that query something."""
    for panel in every(board):
        if panel.get("type") not in ("row", "text"):
            yield panel


def name_of(panel: Json) -> str:
    """Its title, else its number."""
    return str(panel.get("title") or f"panel {panel.get('id')}")


def targets(board: Json) -> Iterator[tuple[Json, Json]]:
    """Every query with its panel."""
    for panel in panels(board):
        for target in panel.get("targets") or ():
            yield panel, target


def promql(board: Json) -> Iterator[tuple[str, str]]:
    """Every panel's PromQL with the panel's name."""
    for panel, target in targets(board):
        if "expr" in target:
            yield name_of(panel), str(target["expr"])


def sql(board: Json) -> Iterator[tuple[str, str]]:
    """Every SQL with the name of its panel, variable or annotation."""
    for panel, target in targets(board):
        if "rawSql" in target:
            yield name_of(panel), str(target["rawSql"])
    for variable in variables(board):
        if variable.get("type") == "query" and isinstance(variable.get("query"), str):
            yield f"variable {variable.get('name')}", variable["query"]
    for annotation in (board.get("annotations") or {}).get("list") or ():
        if "rawSql" in (annotation.get("target") or {}):
            yield f"annotation {annotation.get('name')}", str(annotation["target"]["rawSql"])


def variables(board: Json) -> list[Json]:
    """The board's variables."""
    return list((board.get("templating") or {}).get("list") or ())


def defaults(panel: Json) -> Json:
    """Field options that hold for the whole panel."""
    found: Json = (panel.get("fieldConfig") or {}).get("defaults") or {}
    return found


def source_of(one: Json) -> tuple[str, str]:
    """Type and uid of its data source; boards of old Grafana name it by one word."""
    source = one.get("datasource")
    if isinstance(source, Mapping):
        return str(source.get("type")), str(source.get("uid"))
    return "", str(source)
