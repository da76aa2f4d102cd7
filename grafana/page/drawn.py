"""What a panel is drawn with, and what comes of it."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from grafana.macros import View
from grafana.page.field import Field, field_of
from grafana.page.frame import Column, Frame
from grafana.page.words import Words

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """Something that happened on the board's axis of wall time: an annotation."""

    from_s: float
    to_s: float
    title: str


@dataclass(frozen=True)
class Scene:
    """What all panels of a page share. `grafana`: where links to other boards lead, if anywhere."""

    view: View
    words: Words
    zone: tzinfo = UTC
    grafana: str = ""
    events: Sequence[Event] = ()


@dataclass(frozen=True)
class Drawn:
    """A panel's inside: HTML, and the options of the chart in it, if it is one.

    `fault`: what went wrong, where the panel could not be drawn; the HTML says it too.
    """

    html: str
    chart: Json | None = None
    fault: str = ""


@dataclass(frozen=True)
class Answered:
    """What a panel's queries gave, asked for what `view` is of.

    `fault`: what went wrong; `offline`: nobody was there to ask.
    """

    view: View
    frames: Sequence[Frame] = ()
    fault: str = ""
    offline: bool = False


def escaped(text: object) -> str:
    """Text of anybody, safe in HTML and in an attribute between double quotes."""
    return html.escape(str(text), quote=True)


def shown(panel: Json, frames: Sequence[Frame], scene: Scene) -> list[tuple[Column, Field]]:
    """Every column of numbers with its look."""
    return [
        (column, field_of(panel, column, scene.zone))
        for frame in frames
        if frame.height
        for column in frame.values
    ]


def nothing(panel: Json) -> Drawn:
    """What the panel says where there is nothing to show."""
    defaults = (panel.get("fieldConfig") or {}).get("defaults") or {}
    return Drawn(f'<p class="none">{escaped(defaults.get("noValue") or "No data")}</p>')


def ticks(
    low: float, high: float, about: int = 4, unit: str = "short", *, whole: bool = False
) -> list[float]:
    """Round values from at most `low` to at least `high`, evenly, about so many steps.

    `whole`: only whole numbers, as of things that are counted.
    """
    if high <= low:
        high = low + (abs(low) or 1)
    raw = (high - low) / about
    size = 10.0 ** math.floor(math.log10(raw))
    if unit in ("s", "ms") and raw >= 1:
        step = next((s for s in _CLOCK_STEPS if s >= raw), raw)
    else:
        factors = (1, 2, 5, 10) if whole else (1, 2, 2.5, 5, 10)
        step = next(factor * size for factor in factors if factor * size >= raw * 0.999)
        step = max(step, 1.0) if whole else step
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


_CLOCK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200)
_TIME_STEPS = (
    *(60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400),
    *(2 * 86_400, 7 * 86_400, 14 * 86_400, 28 * 86_400, 91 * 86_400, 365 * 86_400),
)


def moments(from_s: float, to_s: float, zone: tzinfo, about: int) -> list[tuple[float, str]]:
    """Round moments of the range in the zone's own time, and how each is written."""
    step = next((s for s in _TIME_STEPS if s >= (to_s - from_s) / about), _TIME_STEPS[-1])
    offset = datetime.fromtimestamp(from_s, zone).utcoffset()
    shift = offset.total_seconds() if offset else 0
    first = math.ceil((from_s + shift) / step) * step - shift
    form = "%m-%d" if step >= 86_400 else "%m-%d %H:%M" if to_s - from_s > 129_600 else "%H:%M"
    found = []
    # A label at the very edge would be cut.
    edge = (to_s - from_s) * 0.025
    while first <= to_s - edge:
        if first >= from_s + edge:
            found.append((first, f"{datetime.fromtimestamp(first, zone):{form}}"))
        first += step
    return found
