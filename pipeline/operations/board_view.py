"""What a board is looked at with: the reader's wishes and the board's own, as a range."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from grafana.boards import WIDTH
from grafana.macros import ALL, View, expand_sql
from grafana.walk import variables

Json = Mapping[str, Any]

POINTS, FEWEST = 600, 60
"""So many moments a chart of the whole width has at most; a narrow one is not made coarser."""
COUNTED = 2
"""Counts by bucket are noise where buckets are small: they are so much wider."""
_INTERVALS_S = (
    *(1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800),
    *(3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 604_800),
)
_SPAN = re.compile(r"(\d+)(s|m|h|d|w)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
SCRAPE_S = 15


@dataclass(frozen=True)
class Wish:
    """What the reader asks for. Ends of the range in epoch seconds, or seconds before now (<= 0).

    `variables`: values of the board's variables, by name; one that is not named stays as it is.
    """

    from_s: int
    to_s: int
    variables: Mapping[str, Sequence[str]] = field(default_factory=dict)


def view_of(
    board: Json, wish: Wish, now_s: int, first: Callable[[str, View], Sequence[str]]
) -> View:
    """The board's view at `now_s`. `first`: what the query of a variable gives, for one that must
    have a value and has none."""
    chosen: dict[str, Sequence[str]] = {}
    every: dict[str, str] = {}
    start, end = (at if at > 0 else now_s + at for at in (wish.from_s, wish.to_s))
    view = View(start, end, scrape_s=SCRAPE_S)
    for variable in variables(board):
        name, kind = str(variable.get("name")), variable.get("type")
        if kind in ("datasource", "adhoc"):
            continue
        values = list(wish.variables.get(name) or _current(variable))
        if not values and kind == "query":
            values = [ALL] if variable.get("includeAll") else list(first(_sql(variable), view))[:1]
        chosen[name] = values or [ALL]
        if variable.get("allValue"):
            every[name] = str(variable["allValue"])
        others = {it: one for it, one in chosen.items() if it != "group"}
        view = replace(view, groups=chosen.get("group", [ALL]), variables=others, every=every)
    return view


def _current(variable: Json) -> Sequence[str]:
    value = (variable.get("current") or {}).get("value")
    if value is None or value == "":
        query = str(variable.get("query") or "")
        return [query] if variable.get("type") in ("constant", "textbox") and query else []
    return list(map(str, value)) if isinstance(value, list) else [str(value)]


def _sql(variable: Json) -> str:
    query = variable.get("query")
    return str(query.get("rawSql") or "") if isinstance(query, Mapping) else str(query or "")


def choices(sql: str, view: View, ask: Callable[[str], Any]) -> Sequence[str]:
    """What a variable's query gives."""
    answer = ask(expand_sql(sql, view))
    return [str(value) for value in answer.to_series(0).to_list()] if answer.width else []


def paced(view: View, panel: Json, *, counted: bool = False) -> View:
    """The view with the panel's own bucket: as fine as its width shows, no finer than it allows.

    `counted`: its values are counts by bucket.
    """
    width = (panel.get("gridPos") or {}).get("w", WIDTH)
    most = max(FEWEST, POINTS * width // WIDTH // (COUNTED if counted else 1))
    least = seconds(str(panel.get("interval") or "1s"))
    span = view.to_s - view.from_s
    fine = next((one for one in _INTERVALS_S if one * most >= span), _INTERVALS_S[-1])
    return replace(view, interval_s=max(fine, least))


def seconds(text: str) -> int:
    """A length of time as Grafana writes it, like 15s or 1m."""
    found = _SPAN.fullmatch(text.strip().lstrip(">"))
    return int(found[1]) * _SECONDS[found[2]] if found else 1


def grid(view: View) -> range:
    """Moments of a range query, the last of which is the end: what is now must not be missed."""
    step = view.interval_s
    past = (view.to_s - view.from_s) // step * step
    return range(view.to_s - past, view.to_s + 1, step)
