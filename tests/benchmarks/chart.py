"""A horizontal bar chart as SVG, readable on a white and on a dark page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 880
LABEL = 350
RIGHT = 90
ROW = 26
TOP = 44
TEXT = "#78808a"
OURS = "#2f81f7"
THEIRS = "#8b949e"
FAINT = "#8b949e55"
FONT = "font-family='system-ui,sans-serif' font-size='12'"


@dataclass(frozen=True)
class Bar:
    """One bar: its length, and the least and the most that were measured."""

    label: str
    value: float
    low: float
    high: float
    ours: bool = False


def svg(title: str, bars: Sequence[Bar]) -> str:
    """The chart, longest bar at the top."""
    most = max((bar.high for bar in bars), default=1.0)
    step = tick_step(most)
    height = TOP + ROW * len(bars) + 10
    scale = (WIDTH - LABEL - RIGHT) / most
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height}'"
        f" viewBox='0 0 {WIDTH} {height}' role='img' aria-label='{escape(title, quote=True)}'>",
        f"<g {FONT} fill='{TEXT}'>",
        f"<text x='4' y='16' font-weight='bold'>{escape(title)}</text>",
    ]
    tick = 0.0
    while tick <= most:
        x = LABEL + tick * scale
        parts.append(
            f"<line x1='{x:.1f}' y1='{TOP - 6}' x2='{x:.1f}' y2='{height - 6}' stroke='{FAINT}'/>"
            f"<text x='{x:.1f}' y='{TOP - 10}' text-anchor='middle'>{short(tick)}</text>"
        )
        tick += step
    ordered = sorted(bars, key=lambda bar: -bar.value)
    for row, bar in enumerate(ordered):
        parts += _bar(bar, TOP + row * ROW, scale)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _bar(bar: Bar, y: int, scale: float) -> list[str]:
    middle = y + ROW / 2 - 3
    start, end = LABEL + bar.low * scale, LABEL + bar.high * scale
    weight = " font-weight='bold'" if bar.ours else ""
    return [
        f"<text x='{LABEL - 8}' y='{middle + 4:.1f}' text-anchor='end'{weight}>"
        f"{escape(bar.label)}</text>",
        f"<rect x='{LABEL}' y='{y}' width='{max(1.0, bar.value * scale):.1f}' height='{ROW - 7}'"
        f" rx='2' fill='{OURS if bar.ours else THEIRS}'/>",
        f"<path d='M{start:.1f} {middle - 4:.1f}v8M{start:.1f} {middle:.1f}H{end:.1f}"
        f"M{end:.1f} {middle - 4:.1f}v8' stroke='{TEXT}' stroke-width='1.5' fill='none'/>",
        f"<text x='{end + 8:.1f}' y='{middle + 4:.1f}'{weight}>{bar.value:,.0f}</text>",
    ]


def tick_step(most: float) -> float:
    """A round step that gives between four and ten ticks up to `most`."""
    step = 1.0
    while most / step > 10:
        step *= 2.5 if f"{step:g}"[0] == "2" else 2.0
    return step


def short(value: float) -> str:
    """A tick's label: 200k, 1.5M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
