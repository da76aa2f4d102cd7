"""Every query of a board's JSON, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grafana.macros import ALL, View, expand_promql, expand_sql

__all__ = ["ALL", "Asked", "View", "every_panel", "expand_promql", "expand_sql", "queries"]


@dataclass(frozen=True)
class Asked:
    """A query of a board and where it stands; `source` is the data source's variable."""

    where: str
    source: str
    text: str
    ranged: bool = False


def queries(board: Mapping[str, Any]) -> Iterator[Asked]:
    """Every query of a board's JSON: panels, those of collapsed rows, variables, annotations."""
    for panel in every_panel(board):
        for target in panel.get("targets", ()):
            text = target.get("rawSql") or target["expr"]
            ranged = target.get("range", False) or target.get("queryType") == "timeseries"
            source = target["datasource"]["uid"].strip("${}")
            yield Asked(f"{panel['title']} {target['refId']}", source, text, ranged)
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            source = variable["datasource"]["uid"].strip("${}")
            yield Asked(f"variable {variable['name']}", source, variable["query"])
    for annotation in board["annotations"]["list"]:
        source = annotation["datasource"]["uid"].strip("${}")
        text = annotation["expr"] if "expr" in annotation else annotation["target"]["rawSql"]
        yield Asked(f"annotation {annotation['name']}", source, text, ranged=True)


def every_panel(board: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Panels that show something, wherever they lie."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel
