"""A small board of every kind of panel, and answers for it: plain values, no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grafana.chinese import Language
from grafana.macros import View
from grafana.page.drawn import Answered, Drawn, Event, Scene
from grafana.page.frame import Column, Frame
from grafana.page.kinds import KINDS, drawn
from grafana.page.words import WORDS

HOSTILE = "<script>alert('\"&x')</script>"

NOON = 1_800_000_000
VIEW = View(NOON, NOON + 3_600, interval_s=600, groups=("readers", HOSTILE))
SCENE = Scene(
    VIEW,
    WORDS[Language.ENGLISH],
    grafana="http://grafana.example",
    events=(Event(NOON + 600, NOON + 1_200, f"CommunityDrop {HOSTILE}"),),
)

TIMES = [NOON + step * 600 for step in range(7)]
COURSE = Frame(
    [
        Column("Time", TIMES, is_time=True),
        Column(HOSTILE, [1, 2, None, 4, None, 6, 7]),
        Column("past", [2, 2, 2, 2, 2, 2, 2]),
    ]
)
WEEK = Frame(
    [
        Column("day", ["Mon", HOSTILE, "Wed"]),
        Column("08", [1.0, 2.0, 3.0]),
        Column("09", [0.5, None, 9.0]),
    ]
)
NUMBERS = [Frame([Column("now", [0.25]), Column("n", [1_200]), Column(HOSTILE, [3])])]
ROWS = Frame(
    [
        Column("group", ["readers", HOSTILE, None]),
        Column("change", [-0.4, 0.1, None]),
        Column("heat", [1, 2, 3]),
    ]
)

ANSWERS: Mapping[str, Sequence[Frame]] = {
    "barchart": [WEEK],
    "bargauge": NUMBERS,
    "gauge": NUMBERS,
    "heatmap": [WEEK],
    "piechart": NUMBERS,
    "stat": NUMBERS,
    "table": [ROWS],
    "text": [],
    "timeseries": [COURSE],
}

RED_BELOW = {"steps": [{"color": "red", "value": None}, {"color": "green", "value": -0.3}]}
OVERRIDES: Sequence[tuple[str, Sequence[tuple[str, Any]]]] = (
    ("n", [("unit", "short"), ("custom.axisPlacement", "right")]),
    (
        "past",
        [
            ("color", {"mode": "fixed", "fixedColor": "#8e8e8e"}),
            ("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
            ("custom.axisPlacement", "right"),
        ],
    ),
    (
        "change",
        [
            ("unit", "percentunit"),
            ("decimals", 1),
            ("thresholds", RED_BELOW),
            ("custom.displayMode", "color-text"),
        ],
    ),
    (
        "heat",
        [("custom.displayMode", "color-background"), ("color", {"mode": "continuous-BlPu"})],
    ),
    (
        "group",
        [("links", [{"title": "Show", "url": "/d/community-group?var-group=${__value.raw}"}])],
    ),
)


def panel(kind: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """A panel of the kind, with a title and a description that mean harm."""
    return {
        "type": kind,
        "id": number,
        "title": f"The {kind} {HOSTILE}",
        "description": f"What it means {HOSTILE}",
        "gridPos": {"x": 0, "y": number * 8, "w": 12, "h": 8},
        "targets": [],
        "fieldConfig": {
            "defaults": {
                "unit": "short",
                "noValue": "No live value",
                "min": 0,
                "color": {"mode": "palette-classic"},
                "custom": {"fillOpacity": 8, "lineWidth": 1},
            },
            "overrides": [
                {
                    "matcher": {"id": "byName", "options": name},
                    "properties": [{"id": id_, "value": value} for id_, value in properties],
                }
                for name, properties in OVERRIDES
            ],
        },
        "options": {
            "textMode": "value_and_name",
            "content": f"**Bold** {HOSTILE}",
            "mode": "markdown",
        },
        **more,
    }


def board() -> dict[str, Any]:
    """Two rows, one of them collapsed."""
    kinds = list(KINDS)
    open_, closed = kinds[:5], kinds[5:]
    place = {"x": 0, "y": 0, "w": 24, "h": 1}
    head = {"type": "row", "title": f"Open {HOSTILE}", "collapsed": False, "panels": []}
    inner = [panel(kind, number) for number, kind in enumerate(closed, start=21)]
    return {
        "title": f"Small {HOSTILE}",
        "description": f"A small board {HOSTILE}",
        "panels": [
            {**head, "id": 100, "gridPos": place},
            *(panel(kind, number) for number, kind in enumerate(open_, start=1)),
            {**head, "id": 101, "gridPos": place, "collapsed": True, "panels": inner},
        ],
    }


def every_panel() -> list[dict[str, Any]]:
    """The panels of that board."""
    found: list[dict[str, Any]] = []
    for one in board()["panels"]:
        found += one["panels"] if one["type"] == "row" else [one]
    return found


def inside() -> dict[int, Drawn]:
    """Each of them drawn, by its id."""
    return {
        one["id"]: drawn(one, Answered(VIEW, ANSWERS[one["type"]]), SCENE) for one in every_panel()
    }
