"""PURE: how many of what, in words: "1 row", "2,000 rows"."""

from __future__ import annotations


def counted(count: int, one: str, several: str = "") -> str:
    """`count` with its noun: `one`, or `several` (by default `one` with an s)."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
