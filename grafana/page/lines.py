"""A panel over time, as options of ECharts. Every number in it is written here, not in the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grafana.page import colour
from grafana.page.drawn import Drawn, Json, Scene, escaped, moments, nothing, ticks
from grafana.page.field import Field, field_of
from grafana.page.frame import Column, Frame, Value

GRID = {"left": 6, "right": 10, "top": 12, "bottom": 2, "containLabel": True}
FEW = 40
"""So many points of a line are each shown as one."""


COUNTS = ("", "none", "short", "locale")


@dataclass(frozen=True)
class Line:
    """One series: its moments, values and look."""

    times: Sequence[float]
    column: Column
    field: Field
    tone: str

    @property
    def right(self) -> bool:
        """Whether it has the axis on the right."""
        return bool(self.field.custom("axisPlacement") == "right")


def timeseries(panel: Json, frames: Sequence[Frame], scene: Scene) -> Drawn:
    """Lines (or bars) over the board's range, with a legend that also says the last value."""
    lines = _lines(panel, frames, scene)
    if not any(line.column.last is not None for line in lines):
        return nothing(panel)
    first = [line for line in lines if not line.right] or lines
    second = [line for line in lines if line.right and line not in first]
    axes = [_value_axis(first, "left"), *([_value_axis(second, "right")] if second else ())]
    series = [_series(line, number, line in second) for number, line in enumerate(lines)]
    series[0] |= _marks(scene)
    times = sorted({time for line in lines for time in line.times})
    option = {
        **_frame(scene, times),
        "yAxis": axes,
        "series": series,
        "legend": {"show": False},
    }
    return Drawn(_legend(lines) + '<div class="chart"></div>', option)


def _lines(panel: Json, frames: Sequence[Frame], scene: Scene) -> list[Line]:
    found, taken = [], 0
    for frame in frames:
        if (time := frame.time) is None:
            continue
        for column in frame.values:
            field = field_of(panel, column, scene.zone)
            mode = (field.options.get("color") or {}).get("mode")
            if mode == "fixed":
                tone = field.colour(None)
            else:
                tone, taken = colour.series(taken), taken + 1
            found.append(Line(time.values, column, field, tone))
    return found


def _frame(scene: Scene, times: Sequence[float]) -> dict[str, Any]:
    """Axis of time, grid and pointer."""
    view = scene.view
    places = moments(view.from_s, view.to_s, scene.zone, about=6)
    return {
        "animation": False,
        "grid": GRID,
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {
            "type": "value",
            "min": view.from_s,
            "max": view.to_s,
            "axisLine": {"lineStyle": {"color": "@line"}},
            "axisLabel": {
                "color": "@muted",
                "customValues": [at for at, _ in places],
                "texts": [[at, text] for at, text in places],
                "hideOverlap": True,
            },
            "axisTick": {"customValues": [at for at, _ in places], "lineStyle": {"color": "@line"}},
            "splitLine": {"show": False},
        },
        "times": [[at, f"{datetime.fromtimestamp(at, scene.zone):%m-%d %H:%M:%S}"] for at in times],
    }


def _value_axis(lines: Sequence[Line], side: str) -> dict[str, Any]:
    field = lines[0].field
    values = [value for line in lines for value in line.column.values if value is not None]
    if any(_stacked(line) for line in lines):
        values += _sums(lines)
    low = field.options.get("min")
    high = field.options.get("max")
    low = min(values, default=0) if low is None else min(low, min(values, default=low))
    high = max(values, default=1) if high is None else high
    counted = field.unit in COUNTS and all(float(value).is_integer() for value in values)
    places = ticks(low, high, 4, field.unit, whole=counted)
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
        },
        "axisTick": {"show": False},
        "axisLine": {"show": False},
        "splitLine": {"show": side == "left", "lineStyle": {"color": "@grid"}},
    }


def _stacked(line: Line) -> bool:
    return (line.field.custom("stacking") or {}).get("mode") in ("normal", "percent")


def _sums(lines: Sequence[Line]) -> list[float]:
    totals: dict[float, float] = {}
    for line in lines:
        for at, value in zip(line.times, line.column.values, strict=True):
            totals[at] = totals.get(at, 0) + (value or 0)
    return list(totals.values())


def _series(line: Line, number: int, right: bool) -> dict[str, Any]:
    field, values = line.field, line.column.values
    tone = colour.chart(line.tone)
    style = field.custom("lineStyle") or {}
    opacity = float(field.custom("fillOpacity") or 0) / 100
    few = sum(value is not None for value in values) <= FEW
    found: dict[str, Any] = {
        "type": "bar" if field.custom("drawStyle") == "bars" else "line",
        # Two series may have one name; ECharts tells them apart by it.
        "name": str(number),
        "title": field.title,
        "yAxisIndex": int(right),
        "data": [_point(values, place, at, few=few) for place, at in enumerate(line.times)],
        "texts": [None if value is None else field.text(value) for value in values],
        "itemStyle": {"color": tone},
        "lineStyle": {
            "color": tone,
            "width": max(1.5, float(field.custom("lineWidth") or 1)),
            "type": list(style.get("dash") or (6, 4)) if style.get("fill") == "dash" else "solid",
        },
        "symbol": "none",
        "connectNulls": field.custom("spanNulls") is True,
    }
    if field.custom("lineInterpolation") in ("stepAfter", "stepBefore"):
        found["step"] = "end" if field.custom("lineInterpolation") == "stepAfter" else "start"
    if opacity:
        found["areaStyle"] = {"color": tone, "opacity": opacity}
    if _stacked(line):
        found["stack"] = "all"
    return found


def _point(values: Sequence[Value], place: int, at: float, *, few: bool) -> object:
    """A point of the line; one that has no neighbour is seen only as a dot."""
    value = values[place]
    alone = value is not None and not any(
        0 <= beside < len(values) and values[beside] is not None
        for beside in (place - 1, place + 1)
    )
    if alone or (few and value is not None):
        return {"value": [at, value], "symbol": "circle", "symbolSize": 4}
    return [at, value]


def _marks(scene: Scene) -> Mapping[str, Any]:
    """What happened, as bands of the axis; the names stand in the page's list of them."""
    view = scene.view
    bands = [
        [{"xAxis": max(event.from_s, view.from_s)}, {"xAxis": min(event.to_s, view.to_s)}]
        for event in scene.events
        if event.from_s <= view.to_s and event.to_s >= view.from_s
    ]
    if not bands:
        return {}
    return {
        "markArea": {
            "silent": True,
            "itemStyle": {"color": "@red", "opacity": 0.07},
            "data": bands,
        }
    }


def _legend(lines: Sequence[Line]) -> str:
    keys = (_key(line, number) for number, line in enumerate(lines))
    return f'<div class="legend">{"".join(keys)}</div>'


def _key(line: Line, number: int) -> str:
    field = line.field
    dashed = (field.custom("lineStyle") or {}).get("fill") == "dash"
    return (
        f'<button type="button" class="key{" dashed" if dashed else ""}" data-series="{number}" '
        f'aria-pressed="true" style="--tone:{colour.css(line.tone)}">'
        f"{escaped(field.title)}<b>{escaped(field.text(line.column.last))}</b></button>"
    )
