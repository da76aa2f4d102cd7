"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Told what is being done, how much of it is done, and how much there is (None: not known)."""


def unwatched(what: str, done: int, total: int | None) -> None:
    """A progress that nobody watches."""
