"""Queries as the data sources send them: variables filled in, macros expanded.

SQL as the ClickHouse plugin's 4.x does it (its macros and `$__conditionalAll`), PromQL as
Grafana's Prometheus source does it. A `$` that is left over is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ALL = "$__all"


@dataclass(frozen=True)
class View:
    """What the board is looked at with: a range in epoch seconds, its bucket, chosen groups."""

    from_s: int
    to_s: int
    interval_s: int = 60
    groups: Sequence[str] = (ALL,)
    scrape_s: int = 1


def expand_sql(text: str, view: View) -> str:
    """The statement that the store gets."""
    text = _conditional_all(text, view)
    text = text.replace("${group:singlequote}", ",".join(map(_quoted, view.groups)))
    macros: Mapping[str, Callable[[str], str]] = {
        "timeFilter": lambda c: f"{c} >= {_time(view.from_s)} AND {c} <= {_time(view.to_s)}",
    }
    for name, expand in macros.items():
        while (start := text.find(f"$__{name}(")) >= 0:
            argument, end = _argument(text, start + len(name) + 3)
            text = text[:start] + expand(argument) + text[end:]
    plain = {
        "$__fromTime": _time(view.from_s),
        "$__toTime": _time(view.to_s),
        "$__interval_s": str(view.interval_s),
    }
    for name, value in plain.items():
        text = text.replace(name, value)
    return _finished(text)


def expand_promql(text: str, view: View) -> str:
    """The expression that Prometheus gets."""
    if list(view.groups) == [ALL]:
        chosen = ".*"  # the variable's allValue, as it is
    else:
        escaped = [re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", group) for group in view.groups]
        chosen = escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
    text = text.replace("${group:regex}", chosen)
    rate_s = max(view.interval_s + view.scrape_s, 4 * view.scrape_s)
    for name, value in {
        "$__rate_interval": f"{rate_s}s",
        "$__range": f"{view.to_s - view.from_s}s",
        "$__interval": f"{view.interval_s}s",
    }.items():
        text = text.replace(name, value)
    return _finished(text)


def _conditional_all(text: str, view: View) -> str:
    name = "$__conditionalAll"
    while (start := text.rfind(f"{name}(")) >= 0:
        inside, end = _argument(text, start + len(name))
        condition, _, variable = inside.rpartition(",")
        assert variable.strip() == "$group"
        phrase = "1=1" if list(view.groups) == [ALL] else condition
        text = text[:start] + phrase + text[end:]
    return text


def _argument(text: str, opened: int) -> tuple[str, int]:
    """What stands between the bracket at `opened` and its partner, and the place after that."""
    depth = 0
    for place in range(opened, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return text[opened + 1 : place], place + 1
    raise AssertionError(f"a bracket is open in {text}")


def _time(seconds: int) -> str:
    return f"toDateTime({seconds})"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "\\'") + "'"


def _finished(text: str) -> str:
    assert "$" not in text, f"nothing expands {text[text.index('$') :][:40]!r}"
    return text


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
