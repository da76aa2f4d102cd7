"""What a board is made of, and its JSON: rows of panels with sizes, variables, annotations.

A board only places things. `library` knows every board; each is a module of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafana.marks import marks
from grafana.panels import PLUGINS, Panel, datasource
from grafana.signals import Source
from grafana.walk import sql
from pipeline.errors import CatalogError

SCHEMA = 37
"""Of the board's JSON: read by Grafana 9.3, migrated by those after it."""

WIDTH = 24
FOLDER_UID, FOLDER = "community", "Community"

PROVISIONED = {
    Source.CLICKHOUSE: ("community-clickhouse", "Community ClickHouse"),
    Source.PROMETHEUS: ("community-prometheus", "Community Prometheus"),
}
"""uid and name of the data sources that `provisioning/` makes: what a board chooses at first."""

GROUP_DAYS, MOST_GROUPS = 28, 500

GROUP_QUERY = f"""\
SELECT group_id
FROM v_group_minute_part
WHERE event_date >= toDate((SELECT now FROM v_now)) - {GROUP_DAYS} AND group_id != ''
GROUP BY group_id
ORDER BY sum(messages) DESC, group_id
LIMIT {MOST_GROUPS}"""

MOST_CHANNELS = 200

CHANNEL_QUERY = f"""\
SELECT scope_id
FROM v_metric_value
WHERE metric = 'join_count' AND grain = 'C' AND `window` = 'D' AND slice = ''
GROUP BY scope_id
ORDER BY sum(numerator) DESC, scope_id
LIMIT {MOST_CHANNELS}"""


@dataclass(frozen=True)
class Placed:
    """A panel and its size in grid units: a row of the board is 24 wide."""

    panel: Panel
    width: int
    height: int


@dataclass(frozen=True)
class Row:
    """Panels below one heading, left to right, wrapped at the board's width.

    `collapsed`: closed at first, so that its queries run only when it is opened.
    """

    title: str
    panels: Sequence[Placed]
    collapsed: bool = False


@dataclass(frozen=True, kw_only=True)
class Board:
    """One board. `uid` is for ever: links and pushes go by it.

    `modern`: its SQL reads the catalogue's values, which need ClickHouse 24.8. `one_group`: its
    variable chooses one group, not several.
    """

    uid: str
    title: str
    description: str
    tags: Sequence[str]
    rows: Sequence[Row]
    span: str = "now-6h"
    modern: bool = False
    one_group: bool = False

    @property
    def file(self) -> str:
        """Name of its JSON file."""
        return f"{self.uid.removeprefix('community-')}.json"

    def json(self) -> dict[str, Any]:
        """The board as Grafana reads it."""
        panels = list(_placed(self.rows))
        return {
            "__comment": "Generated from grafana/ by `python -m deploy.render`. DO NOT EDIT.",
            "id": None,
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": list(self.tags),
            "schemaVersion": SCHEMA,
            "version": 0,
            "editable": False,
            "fiscalYearStartMonth": 0,
            "graphTooltip": 1,
            "liveNow": False,
            "refresh": "30s",
            "style": "dark",
            "time": {"from": self.span, "to": "now"},
            "timepicker": {},
            "timezone": "browser",
            "weekStart": "",
            "links": [_board_links()],
            "templating": {"list": list(_variables(self.one_group, panels))},
            "annotations": {"list": marks(self.modern)},
            "panels": panels,
        }

    def text(self) -> str:
        """The JSON file's text."""
        return as_text(self.json())


def _placed(rows: Sequence[Row]) -> Iterator[Panel]:
    """Every panel with its id and place; those of a collapsed row lie inside it."""
    number, top = 0, 0
    for row in rows:
        number += 1
        head = {
            "type": "row",
            "id": number,
            "title": row.title,
            "collapsed": row.collapsed,
            "gridPos": {"x": 0, "y": top, "w": WIDTH, "h": 1},
            "panels": [],
        }
        top += 1
        placed = []
        left, height = 0, 0
        for one in row.panels:
            if left + one.width > WIDTH:
                left, top, height = 0, top + height, 0
            number += 1
            place = {"x": left, "y": top, "w": one.width, "h": one.height}
            placed.append({**one.panel, "id": number, "gridPos": place})
            left, height = left + one.width, max(height, one.height)
        if row.collapsed:
            yield {**head, "panels": placed}
        else:
            top += height
            yield head
            yield from placed


def _variables(one_group: bool, panels: Sequence[Panel]) -> Iterator[Mapping[str, Any]]:
    """Data sources, groups, and channels where a panel shows those that are chosen."""
    yield from map(_source_variable, Source)
    yield _choice(
        "group",
        f"Groups with a chat, join, leave or order in the last {GROUP_DAYS} days, the busiest"
        f" {MOST_GROUPS} at most.",
        GROUP_QUERY,
        {"multi": False, "includeAll": False, "current": {}}
        if one_group
        else _several(allValue=".*"),
    )
    if any("$channel" in text for _, text in sql({"panels": panels})):
        yield _choice(
            "channel",
            f"Channels through which anybody joined, the largest {MOST_CHANNELS} at most; it"
            " narrows what is shown by channel.",
            CHANNEL_QUERY,
            _several(),
        )


def _several(**more: str) -> Mapping[str, Any]:
    """Any number may be chosen; at first all are."""
    all_of_them = {"selected": True, "text": ["All"], "value": ["$__all"]}
    return {"multi": True, "includeAll": True, **more, "current": all_of_them}


def _choice(name: str, description: str, query: str, how: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "query",
        "name": name,
        "label": name.capitalize(),
        "description": description,
        "datasource": datasource(Source.CLICKHOUSE),
        "query": query,
        "definition": query,
        "refresh": 2,
        "regex": "",
        "sort": 0,
        **how,
        "options": [],
        "hide": 0,
        "skipUrlSync": False,
    }


def _source_variable(source: Source) -> Mapping[str, Any]:
    uid, name = PROVISIONED[source]
    return {
        "type": "datasource",
        "name": source.value,
        "label": "ClickHouse" if source is Source.CLICKHOUSE else "Prometheus",
        "query": PLUGINS[source],
        "current": {"selected": False, "text": name, "value": uid},
        "refresh": 1,
        "regex": "",
        "multi": False,
        "includeAll": False,
        "options": [],
        "hide": 0,
        "skipUrlSync": False,
    }


def _board_links() -> Mapping[str, Any]:
    return {
        "type": "dashboards",
        "title": "Community boards",
        "tags": ["community"],
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    }


def as_text(board: Mapping[str, Any]) -> str:
    """A board's JSON as its file holds it."""
    return json.dumps(board, ensure_ascii=False, indent=2) + "\n"


def checked(boards: Sequence[Board]) -> Sequence[Board]:
    """The boards; CatalogError when two would be pushed over each other."""
    uids = [board.uid for board in boards]
    if len(set(uids)) != len(uids):
        raise CatalogError(f"Two boards have one uid: {', '.join(uids)}")
    return boards
