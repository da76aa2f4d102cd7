"""Our own rules of a board: what keeps it readable, portable and true on any clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import combinations

from grafana.boards import SCHEMA, WIDTH
from grafana.walk import THE_BOARD, Found, Json, defaults, every, name_of, panels, sql

CORE = frozenset(
    {"bargauge", "barchart", "row", "stat", "table", "timeseries", "text", "heatmap", "gauge"}
)
"""Panel types that every Grafana brings."""

OPEN_PANELS = 20
_CLOCK = re.compile(r"\b(?:now|today|yesterday|now64)\s*\(", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def _uid(board: Json) -> Found:
    if not re.fullmatch(r"[a-z][a-z0-9-]{2,39}", str(board.get("uid") or "")):
        yield THE_BOARD, "Give it a fixed uid of 3 to 40 letters, digits and dashes."
    if board.get("id") is not None:
        yield THE_BOARD, "Set id to null: a number is of one Grafana only."


def _schema(board: Json) -> Found:
    version = board.get("schemaVersion")
    if not isinstance(version, int) or version > SCHEMA:
        yield (
            THE_BOARD,
            f"schemaVersion is {version}; {SCHEMA} at most, or Grafana 9.3 cannot read it.",
        )


def _core(board: Json) -> Found:
    for panel in every(board):
        if panel.get("type") not in CORE:
            yield (
                name_of(panel),
                f"Its type {panel.get('type')} is none of {', '.join(sorted(CORE))}.",
            )


def _open(board: Json) -> Found:
    count = sum(panel.get("type") != "row" for panel in board["panels"])
    if count > OPEN_PANELS:
        yield THE_BOARD, f"{count} panels are open, {OPEN_PANELS} at most; collapse a row."


def _empty_text(board: Json) -> Found:
    for panel in panels(board):
        if not defaults(panel).get("noValue"):
            yield name_of(panel), "Set fieldConfig.defaults.noValue: what it says without data."


def _ids(board: Json) -> Found:
    seen: set[object] = set()
    for panel in every(board):
        number = panel.get("id")
        if not isinstance(number, int) or number < 1:
            yield name_of(panel), "Give it an id from 1 on."
        elif number in seen:
            yield name_of(panel), f"Its id {number} is another panel's too."
        seen.add(number)


def _places(board: Json) -> Found:
    groups = [list(board["panels"])]
    groups += [list(row.get("panels") or ()) for row in board["panels"]]
    for together in groups:
        areas = [(panel, _area(panel)) for panel in together]
        for panel, area in areas:
            if area is None:
                yield name_of(panel), "Give it a gridPos with x, y, w and h."
            elif area[0] < 0 or area[2] > WIDTH:
                yield name_of(panel), f"It reaches beyond the board's {WIDTH} columns."
        for (one, a), (other, b) in combinations(areas, 2):
            if a and b and a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                yield name_of(other), f"It lies over {name_of(one)}; move it."


def _area(panel: Json) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom."""
    place = panel.get("gridPos")
    if not isinstance(place, Mapping) or not all(isinstance(place.get(k), int) for k in "xywh"):
        return None
    x, y = place["x"], place["y"]
    return x, y, x + place["w"], y + place["h"]


def _min_interval(board: Json) -> Found:
    for panel in panels(board):
        if panel.get("type") != "timeseries":
            continue
        stored = any("rawSql" in target for target in panel.get("targets") or ())
        found = re.fullmatch(r"(\d+)([smhd])", str(panel.get("interval") or ""))
        seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
        if seconds < (60 if stored else 1):
            least = "1m, a minute window" if stored else "the scrape interval, such as 15s"
            yield name_of(panel), f"Set interval to at least {least}."


def _clock(board: Json) -> Found:
    for name, text in sql(board):
        if _CLOCK.search(text):
            yield name, "Its SQL asks the wall clock; take `now` from v_now."


OURS: Mapping[str, Callable[[Json], Found]] = {
    "fixed-uid": _uid,
    "schema-version": _schema,
    "core-panels": _core,
    "open-panels": _open,
    "empty-text": _empty_text,
    "panel-ids": _ids,
    "panel-places": _places,
    "min-interval": _min_interval,
    "event-time": _clock,
}
