"""Panels of single numbers: a stat, and bars of one value each."""

from __future__ import annotations

from collections.abc import Sequence

from grafana.page.colour import css
from grafana.page.drawn import Drawn, Json, Scene, escaped, nothing, shown
from grafana.page.field import NOTHING, Field
from grafana.page.frame import Column, Frame


def stat(panel: Json, frames: Sequence[Frame], scene: Scene) -> Drawn:
    """Each value as a number, large; one that has a look of its own stands small beside it.

    Where no value is one, the panel says so once.
    """
    values = shown(panel, frames, scene)
    if all(column.last is None and field.text(None) == field.nothing for column, field in values):
        return nothing(panel)
    mode = (panel.get("options") or {}).get("textMode", "auto")
    named = mode in ("value_and_name", "name") or (mode == "auto" and len(values) > 1)
    empty = ((panel.get("fieldConfig") or {}).get("defaults") or {}).get("noValue")
    blocks: list[list[str]] = []
    for column, field in values:
        small = field.own and bool(blocks)
        if not small:
            blocks.append([])
        blocks[-1].append(_number(column, field, named=named, small=small, empty=empty))
    inside = "".join(_block(block) for block in blocks)
    return Drawn(f'<div class="stat n{min(len(blocks), 6)}">{inside}</div>')


def _block(numbers: Sequence[str]) -> str:
    head, *rest = numbers
    beside = f'<div class="beside">{"".join(rest)}</div>' if rest else ""
    return f'<div class="block">{head}{beside}</div>'


def _number(column: Column, field: Field, *, named: bool, small: bool, empty: object) -> str:
    """A value below its name. A small one does not repeat what the panel says of `empty` ones."""
    value = column.last
    text = NOTHING if small and field.text(value) == empty else field.text(value)
    name = f'<span class="name">{escaped(field.title)}</span>' if named else ""
    return (
        f'<div class="{"small" if small else "big"}">{name}'
        f'<span class="value" style="color:{css(field.colour(value))}">'
        f"{escaped(text)}</span></div>"
    )


def bargauge(panel: Json, frames: Sequence[Frame], scene: Scene) -> Drawn:
    """Each value as a bar, as long as its share of the greatest (or of the panel's `max`)."""
    values = shown(panel, frames, scene)
    if not values:
        return nothing(panel)
    greatest = max((abs(column.last or 0) for column, _ in values), default=0)
    bars = "".join(_bar(column, field, greatest) for column, field in values)
    return Drawn(f'<div class="bars">{bars}</div>')


def _bar(column: Column, field: Field, greatest: float) -> str:
    value, top = column.last, field.options.get("max") or greatest
    share = min(1.0, max(0.0, (value or 0) / top)) if top else 0.0
    colour = field.colour(value)
    fill = "blue" if colour == "text" else colour
    return (
        f'<div class="bar"><span class="name">{escaped(field.title)}</span>'
        f'<span class="track"><span class="fill" style="width:{share:.2%};'
        f'background:{css(fill)}"></span></span>'
        f'<span class="value" style="color:{css(colour)}">{escaped(field.text(value))}</span></div>'
    )
