"""A panel of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafana.page.colour import css
from grafana.page.drawn import Drawn, Json, Scene, escaped, nothing
from grafana.page.field import Field, field_of
from grafana.page.frame import Column, Frame, Value
from grafana.page.link import address
from grafana.page.transform import ordered

SCALES: Mapping[str, str] = {
    "RdYlGr": "green",
    "GrYlRd": "red",
    "reds": "red",
    "greens": "green",
    "purples": "purple",
    "BlPu": "purple",
}
"""Grafana's continuous colours: the one that the highest value has; blue for any other."""


def table(panel: Json, frames: Sequence[Frame], scene: Scene) -> Drawn:
    """Columns and rows of the first frame, sorted as the panel says."""
    if not frames or not frames[0].height:
        return nothing(panel)
    frame = frames[0]
    named = {field_of(panel, one, scene.zone).title: one.name for one in frame.columns}
    for by in (panel.get("options") or {}).get("sortBy") or ():
        name = named.get(by["displayName"], by["displayName"])
        frame = ordered(frame, name, down=bool(by.get("desc")))
    columns = [
        (column, field)
        for column in frame.columns
        if not (field := field_of(panel, column, scene.zone)).custom("hidden")
    ]
    head = "".join(
        f'<th scope="col"{_side(column)}>{escaped(field.title)}</th>' for column, field in columns
    )
    peak = _peak(columns)
    rows = []
    for place in range(frame.height):
        row = {column.name: column.values[place] for column in frame.columns}
        cells = "".join(
            f"<td{_side(column)}{_look(column, field, place, peak)}>"
            f"{_inside(column, field, row, scene)}</td>"
            for column, field in columns
        )
        rows.append(f"<tr>{cells}</tr>")
    return Drawn(
        f'<div class="rows" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _side(column: Column) -> str:
    return ' class="number"' if column.is_number else ""


def _inside(column: Column, field: Field, row: Mapping[str, Value], scene: Scene) -> str:
    """The value as text, and as a link where it is one."""
    value = row[column.name]
    text = escaped(field.text(value, is_time=column.is_time))
    for link in field.options.get("links") or ():
        if to := address(str(link.get("url", "")), value, row, scene.view, scene.grafana):
            title = escaped(link.get("title") or "")
            return f'<a href="{escaped(to)}" title="{title}" rel="noreferrer">{text}</a>'
    return text


def _look(column: Column, field: Field, place: int, peak: float) -> str:
    """Attributes of the cell: what it is sorted by, and its colour."""
    value = column.values[place]
    key = f' data-key="{value!r}"' if column.is_number and value is not None else ""
    return key + _painted(column, field, value, peak)


def _peak(columns: Sequence[tuple[Column, Field]]) -> float:
    """The greatest value of all columns whose colour grows with it: they share one scale."""
    return max(
        (
            value
            for column, field in columns
            if column.is_number and _mode(field).startswith("continuous-")
            for value in column.values
            if value is not None
        ),
        default=0.0,
    )


def _mode(field: Field) -> str:
    return str((field.options.get("color") or {}).get("mode") or "thresholds")


def _painted(column: Column, field: Field, value: Value, peak: float) -> str:
    options = field.custom("cellOptions") or {}
    mode = str(options.get("type") or field.custom("displayMode") or "auto")
    if value is None or mode not in ("color-text", "color-background", "color-background-solid"):
        return f' style="color:{css(field.colour(value))}"' if _mode(field) == "fixed" else ""
    if mode == "color-text":
        return f' style="color:{css(field.colour(value))}"'
    colour, share = _background(column, field, value, peak)
    return f' style="background:color-mix(in srgb,{css(colour)} {share:.0%},transparent)"'


def _background(column: Column, field: Field, value: Value, peak: float) -> tuple[str, float]:
    """The cell's colour and how strong it is."""
    if not _mode(field).startswith("continuous-") or not column.is_number:
        colour = field.colour(value)
        return colour, 0.0 if colour == "text" else 0.35
    low, high = field.options.get("min") or 0.0, field.options.get("max") or peak
    share = 0.0 if high <= low else min(1.0, max(0.0, (value - low) / (high - low)))
    return SCALES.get(_mode(field).removeprefix("continuous-"), "blue"), 0.66 * share
