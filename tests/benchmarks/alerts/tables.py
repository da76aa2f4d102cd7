"""Markdown of the reports: tables, and numbers in their cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def tabled(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table."""
    yield "| " + " | ".join(columns) + " |"
    yield "|" + " --- |" * len(columns)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def percent(part: tuple[int, int]) -> str:
    """Part of a whole, with the whole."""
    return f"{part[0] / part[1]:.0%} of {part[1]:,}" if part[1] else "none of 0"


def from_edge(edge: int | None) -> str:
    """From how many on; None = from none."""
    return "never" if edge is None else f"{edge:,}"
