"""The picture: power over the expected numerator, a line a depth, a panel a signal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

from tests.benchmarks.alerts.power import Power
from tests.benchmarks.chart import FAINT, FONT, TEXT, short

WIDTH, HEIGHT = 430, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 60, 40, 44
COLORS = {0.2: "#8b949e", 0.4: "#d29922", 0.6: "#2f81f7", 0.8: "#3fb950"}
TICKS = (30, 100, 300, 1_000, 3_000)
FIRST, LAST = 28, 6_000


def svg(panels: Mapping[str, Sequence[Power]], *, least: int = 10) -> str:
    """Panels beside each other; points of fewer than `least` drops are left out."""
    width = WIDTH * len(panels)
    title = "Drops seen within two closed windows, by how many persons were expected"
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{HEIGHT}'"
        f" viewBox='0 0 {width} {HEIGHT}' role='img' aria-label='{escape(title, quote=True)}'>",
        f"<g {FONT} fill='{TEXT}'>",
    ]
    for place, (name, found) in enumerate(panels.items()):
        parts.append(f"<g transform='translate({place * WIDTH} 0)'>")
        parts += _frame(name)
        for depth, color in COLORS.items():
            points = [
                (_x(one.low), _y(one.share))
                for one in found
                if one.depth == depth and one.n >= least
            ]
            if points:
                parts += _line(points, color, f"-{depth:.0%}")
        parts.append("</g>")
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _x(expected: float) -> float:
    share = log10(expected / FIRST) / log10(LAST / FIRST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)


def _frame(name: str) -> list[str]:
    right = WIDTH - RIGHT
    lines = [f"<text x='{LEFT}' y='18' font-weight='bold'>{escape(name)}</text>"]
    for percent in (0, 25, 50, 75, 90, 100):
        y = _y(percent / 100)
        lines.append(
            f"<line x1='{LEFT}' y1='{y:.1f}' x2='{right}' y2='{y:.1f}' stroke='{FAINT}'/>"
            f"<text x='{LEFT - 6}' y='{y + 4:.1f}' text-anchor='end'>{percent} %</text>"
        )
    lines += [
        f"<text x='{_x(tick):.1f}' y='{HEIGHT - BOTTOM + 18}' text-anchor='middle'>"
        f"{short(tick)}</text>"
        for tick in TICKS
    ]
    middle = (LEFT + right) / 2
    lines.append(
        f"<text x='{middle:.0f}' y='{HEIGHT - 6}' text-anchor='middle'>persons expected</text>"
    )
    return lines


def _line(points: Sequence[tuple[float, float]], color: str, label: str) -> list[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return [
        f"<polyline points='{path}' fill='none' stroke='{color}' stroke-width='2'/>",
        *(f"<circle cx='{px:.1f}' cy='{py:.1f}' r='3' fill='{color}'/>" for px, py in points),
        f"<text x='{x + 8:.1f}' y='{y + 4:.1f}' fill='{color}'>{escape(label)}</text>",
    ]
