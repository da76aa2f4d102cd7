"""What a push would change: a board beside Grafana's copy of it, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from grafana.walk import Json, name_of

GRAFANAS_OWN = frozenset({"id", "version", "iteration"})
"""Keys of a board that Grafana writes."""

MARK = "__comment"
"""Key of the mark in a generated file; it is not pushed."""

LONGEST = 60


def pushed(board: Json) -> dict[str, Any]:
    """The board as it is sent."""
    return {key: value for key, value in board.items() if key != MARK}


def differences(ours: Json, theirs: Json) -> list[str]:
    """One line for each place where the copy is not what would be pushed.

    A copy of a later schemaVersion was migrated by Grafana, which adds keys: those are no change.
    """
    migrated = theirs.get("schemaVersion", 0) > ours.get("schemaVersion", 0)
    left_out = GRAFANAS_OWN | {MARK} | ({"schemaVersion"} if migrated else set())
    mine, copy = (
        {key: value for key, value in board.items() if key not in left_out}
        for board in (ours, theirs)
    )
    return list(_differ("", _by_name(mine), _by_name(copy), adds=migrated))


def _by_name(board: dict[str, Any]) -> dict[str, Any]:
    """The board with its panels by id and title, so that one more does not change all others."""
    if not isinstance(board.get("panels"), list):
        return board
    return {**board, "panels": _panels(board["panels"])}


def _panels(panels: list[Any]) -> dict[str, Any]:
    named = {}
    for panel in panels:
        inner = {**panel, "panels": _panels(panel.get("panels") or [])}
        named[f"{panel.get('id')} ({name_of(panel)})"] = inner
    return named


def _differ(place: str, ours: Any, theirs: Any, *, adds: bool) -> Iterator[str]:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for key in (*ours, *(key for key in theirs if key not in ours)):
            inner = f"{place}.{key}" if place else str(key)
            if key not in theirs:
                yield f"{inner}: added"
            elif key not in ours:
                # A whole panel more is somebody's work, also on a migrated copy.
                if not adds or place.endswith("panels"):
                    yield f"{inner}: removed"
            else:
                yield from _differ(inner, ours[key], theirs[key], adds=adds)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (mine, copy) in enumerate(zip(ours, theirs, strict=True)):
            yield from _differ(f"{place}[{number}]", mine, copy, adds=adds)
    elif ours != theirs:
        yield f"{place}: {_short(theirs)} -> {_short(ours)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
