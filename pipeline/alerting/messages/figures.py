"""Numbers and moments of a message, as people read them."""

from __future__ import annotations

from datetime import datetime, tzinfo

from pipeline.alerting.messages.wording import Wording

MINUTES = (1, 60, 1_440)


def number(value: float) -> str:
    """A count or a plain value: whole, or three digits."""
    if abs(value - round(value)) < 1e-9:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def percent(share: float) -> str:
    """A share of one as a percentage of three digits at most."""
    hundredths = 100 * share
    return f"{hundredths:,.0f}%" if abs(hundredths) >= 100 else f"{hundredths:.3g}%"


def signed_points(share: float) -> str:
    """A part of a change in percentage points, with its sign."""
    points = 100 * share
    size = f"{abs(points):.1f}" if abs(points) >= 0.05 else f"{abs(points):.2g}"
    return f"{'−' if points < 0 else '+'}{size}"


def moment(ms: int, zone: tzinfo) -> str:
    """A moment to the minute."""
    return f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M}"


def length(ms: int, wording: Wording) -> str:
    """A span in its two largest units."""
    minutes = max(0, ms // 60_000)
    counts = (minutes % 60, minutes // 60 % 24, minutes // 1_440)
    told = [
        unit.format(n=n) for unit, n in zip(reversed(wording.units), reversed(counts), strict=True)
        if n
    ][:2]  # fmt: skip
    return " ".join(told) or wording.units[0].format(n=0)
