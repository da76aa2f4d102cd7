"""Transformations of a panel's frames, those that our boards use and their nearest kin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from grafana.page.frame import Frame
from pipeline.errors import NotABoard

Json = Mapping[str, Any]


def transformed(frames: Sequence[Frame], panel: Json) -> Sequence[Frame]:
    """The frames as the panel wants them; NotABoard for a transformation that is not known here."""
    for step in panel.get("transformations") or ():
        if step.get("disabled"):
            continue
        if (apply := _KINDS.get(str(step.get("id")))) is None:
            raise NotABoard(
                f"The transformation {step.get('id')} is not known here",
                where=str(panel.get("title")),
                remedy=f"Known are {', '.join(sorted(_KINDS))}.",
            )
        frames = apply(frames, step.get("options") or {})
    return frames


def _merge(frames: Sequence[Frame], options: Json) -> Sequence[Frame]:
    """One table: rows that agree in every column they share become one."""
    names = list(dict.fromkeys(column.name for frame in frames for column in frame.columns))
    shapes = {column.name: column for frame in frames for column in frame.columns}
    shared = [
        name
        for name in names
        if not shapes[name].is_time
        and sum(any(column.name == name for column in frame.columns) for frame in frames) > 1
    ]
    rows: dict[object, dict[str, Any]] = {}
    for number, frame in enumerate(frames):
        for place in range(frame.height):
            row = {column.name: column.values[place] for column in frame.columns}
            key = tuple(row.get(name) for name in shared) if shared else (number, place)
            rows.setdefault(key, {}).update(row)
    columns = [
        replace(shapes[name], values=[row.get(name) for row in rows.values()]) for name in names
    ]
    return [Frame(columns)] if columns else []


def _organize(frames: Sequence[Frame], options: Json) -> Sequence[Frame]:
    """Columns left out, put in order and renamed."""
    hidden = {name for name, out in (options.get("excludeByName") or {}).items() if out}
    order = options.get("indexByName") or {}
    names = options.get("renameByName") or {}
    return [
        Frame(
            [
                replace(column, name=names.get(column.name) or column.name)
                for column in sorted(
                    (one for one in frame.columns if one.name not in hidden),
                    key=lambda one: order.get(one.name, len(order)),
                )
            ]
        )
        for frame in frames
    ]


def _sort(frames: Sequence[Frame], options: Json) -> Sequence[Frame]:
    for by in reversed(options.get("sort") or ()):
        frames = [
            ordered(frame, str(by.get("field")), down=bool(by.get("desc"))) for frame in frames
        ]
    return frames


def ordered(frame: Frame, name: str, *, down: bool) -> Frame:
    """Its rows by one column, those without a value last; as it is if it has no such column."""
    by = next((column for column in frame.columns if column.name == name), None)
    if by is None:
        return frame
    filled = [place for place in range(frame.height) if by.values[place] is not None]
    filled.sort(key=lambda place: by.values[place], reverse=down)
    places = filled + [place for place in range(frame.height) if by.values[place] is None]
    return Frame(
        [replace(one, values=[one.values[place] for place in places]) for one in frame.columns]
    )


def _limit(frames: Sequence[Frame], options: Json) -> Sequence[Frame]:
    most = int(options.get("limitField") or 10)
    return [
        Frame([replace(one, values=one.values[:most]) for one in frame.columns]) for frame in frames
    ]


def _filter(frames: Sequence[Frame], options: Json) -> Sequence[Frame]:
    """Only, or without, columns by name."""
    only = (options.get("include") or {}).get("names")
    out = (options.get("exclude") or {}).get("names") or ()
    return [
        Frame(
            [
                one
                for one in frame.columns
                if (only is None or one.name in only) and one.name not in out
            ]
        )
        for frame in frames
    ]


_KINDS: Mapping[str, Callable[[Sequence[Frame], Json], Sequence[Frame]]] = {
    "merge": _merge,
    "joinByField": _merge,
    "organize": _organize,
    "sortBy": _sort,
    "limit": _limit,
    "filterFieldsByName": _filter,
}
