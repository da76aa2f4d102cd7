"""Charts without an axis of time: bars by a word, shares of a whole, a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from grafana.page import colour
from grafana.page.drawn import Drawn, Json, Scene, escaped, nothing, shown, ticks
from grafana.page.field import Field, field_of
from grafana.page.frame import Column, Frame
from grafana.page.lines import COUNTS, GRID

STEPS = ("@heat0", "@heat1", "@heat2", "@heat3")


def barchart(panel: Json, frames: Sequence[Frame], scene: Scene) -> Drawn:
    """A bar for each row and column of numbers; the first other column says whose it is."""
    if not frames or not frames[0].height or not frames[0].values:
        return nothing(panel)
    frame, options = frames[0], panel.get("options") or {}
    names = _names(panel, frame, scene, str(options.get("xField") or ""))
    across = options.get("orientation") == "horizontal"
    stacked = options.get("stacking") in ("normal", "percent")
    # What names the rows may be a number itself, such as an hour.
    columns = [one for one in frame.values if one.name != options.get("xField")]
    fields = [field_of(panel, one, scene.zone) for one in columns]
    sides = ["left" if across else _side(field) for field in fields]
    bars = list(zip(columns, fields, sides, strict=True))
    places = list(dict.fromkeys(sides))
    axes = [
        _numbers(
            [(column, field) for column, field, at in bars if at == side], side, stacked=stacked
        )
        for side in places
    ]
    words = {"type": "category", "data": names, "axisTick": {"show": False}, **_label(across)}
    words |= {"inverse": across, "axisLine": {"lineStyle": {"color": "@line"}}}
    series = [
        {
            "type": "bar",
            "name": str(number),
            "title": field.title,
            "data": list(column.values),
            "texts": [field.text(value) for value in column.values],
            "itemStyle": {"color": _tone(field, number), "borderRadius": 0 if stacked else 2},
            "barMaxWidth": 28,
            **({} if across else {"yAxisIndex": places.index(side)}),
            **({"stack": side} if stacked else {}),
        }
        for number, (column, field, side) in enumerate(bars)
    ]
    chart = {
        "animation": False,
        "grid": GRID,
        "tooltip": {"trigger": "axis", "confine": True, "axisPointer": {"type": "shadow"}},
        "xAxis": {**axes[0], "position": "bottom"} if across else words,
        "yAxis": words if across else axes,
        "series": series,
        "legend": {"show": False},
    }
    return Drawn(_keys(fields) + '<div class="chart"></div>', chart)


def _side(field: Field) -> str:
    return "right" if field.custom("axisPlacement") == "right" else "left"


def _numbers(bars: Sequence[tuple[Column, Field]], side: str, *, stacked: bool) -> dict[str, Any]:
    """The axis of some columns."""
    values = [value for column, _ in bars for value in column.values if value is not None]
    if stacked:
        rows = zip(*(column.values for column, _ in bars), strict=True)
        values = [sum(value or 0 for value in row) for row in rows]
    field = bars[0][1]
    counted = field.unit in COUNTS and all(float(value).is_integer() for value in values)
    places = ticks(min([0, *values]), max([0, *values]), 4, field.unit, whole=counted)
    return {
        "type": "value",
        "position": side,
        "min": places[0],
        "max": places[-1],
        "interval": places[1] - places[0],
        "axisLabel": {
            "color": "@muted",
            "customValues": places,
            "texts": [[at, field.text(at)] for at in places],
            "hideOverlap": True,
        },
        "axisLine": {"show": False},
        "splitLine": {"show": side == "left", "lineStyle": {"color": "@grid"}},
    }


def piechart(panel: Json, frames: Sequence[Frame], scene: Scene) -> Drawn:
    """Each value's share of their sum."""
    values = [(column, field) for column, field in shown(panel, frames, scene) if column.last]
    if not values:
        return nothing(panel)
    data = [
        {
            "name": field.title,
            "value": column.last,
            "text": field.text(column.last),
            "itemStyle": {"color": _tone(field, number)},
        }
        for number, (column, field) in enumerate(values)
    ]
    pie = {
        "type": "pie",
        "radius": ["38%", "68%"],
        "data": data,
        "label": {"color": "@text"},
        "itemStyle": {"borderColor": "@panel", "borderWidth": 2},
    }
    chart = {"animation": False, "tooltip": {"trigger": "item", "confine": True}, "series": [pie]}
    return Drawn('<div class="chart"></div>', chart)


def heatmap(panel: Json, frames: Sequence[Frame], scene: Scene) -> Drawn:
    """A cell for each row and column of numbers, darker the more it is."""
    if not frames or not any(frame.values for frame in frames):
        return nothing(panel)
    frame = frames[0] if len(frames) == 1 else _beside(frames)
    names = _names(panel, frame, scene, "")
    columns = [(column, field_of(panel, column, scene.zone)) for column in frame.values]
    cells = [
        {"value": [place, row, value], "text": field.text(value)}
        for row, (column, field) in enumerate(columns)
        for place, value in enumerate(column.values)
        if value is not None
    ]
    if not cells:
        return nothing(panel)
    values = [value for column, _ in columns for value in column.values if value is not None]
    axis = {"axisTick": {"show": False}, "axisLine": {"show": False}, "splitArea": {"show": False}}
    chart = {
        "animation": False,
        "grid": GRID,
        "tooltip": {"trigger": "item", "confine": True},
        "xAxis": {"type": "category", "data": names, **axis, **_label(across=False)},
        "yAxis": {
            "type": "category",
            "data": [field.title for _, field in columns],
            "inverse": bool(((panel.get("options") or {}).get("yAxis") or {}).get("reverse")),
            **axis,
            **_label(across=True),
        },
        "visualMap": {
            "show": False,
            "min": min(0, *values) if len(values) > 1 else 0,
            "max": max(values) or 1,
            "inRange": {"color": list(STEPS)},
        },
        "series": [
            {
                "type": "heatmap",
                "data": cells,
                "itemStyle": {"borderColor": "@panel", "borderWidth": 1},
            }
        ],
    }
    return Drawn('<div class="chart"></div>', chart)


def _beside(frames: Sequence[Frame]) -> Frame:
    """Series of one query, which share their moments, as one frame."""
    first = next(frame for frame in frames if frame.columns)
    height = first.height
    rest = [one for frame in frames for one in frame.values if len(one.values) == height]
    time = [first.time] if first.time else []
    return Frame([*time, *rest])


def _names(panel: Json, frame: Frame, scene: Scene, wanted: str) -> list[str]:
    """What each row is called: by the column `wanted`, else by the first that is no number."""
    by = next((one for one in frame.columns if one.name == wanted), None) or next(
        (one for one in frame.columns if not one.is_number), None
    )
    if by is None:
        return [str(number + 1) for number in range(frame.height)]
    if by.is_time:
        return [f"{datetime.fromtimestamp(at, scene.zone):%m-%d %H:%M}" for at in by.values]
    field = field_of(panel, by, scene.zone)
    return [field.text(value) for value in by.values]


def _label(across: bool) -> dict[str, Any]:
    long = {"width": 150, "overflow": "truncate"} if across else {}
    return {"axisLabel": {"color": "@muted", "hideOverlap": True, **long}}


def _tone(field: Field, number: int) -> str:
    fixed = (field.options.get("color") or {}).get("mode") == "fixed"
    return colour.chart(field.colour(None) if fixed else colour.series(number))


def _keys(fields: Sequence[Field]) -> str:
    if len(fields) < 2:
        return ""
    items = "".join(
        f'<button type="button" class="key" data-series="{number}" aria-pressed="true" '
        f'style="--tone:{_css(field, number)}">{escaped(field.title)}</button>'
        for number, field in enumerate(fields)
    )
    return f'<div class="legend">{items}</div>'


def _css(field: Field, number: int) -> str:
    fixed = (field.options.get("color") or {}).get("mode") == "fixed"
    return colour.css(field.colour(None) if fixed else colour.series(number))
