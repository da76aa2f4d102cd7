"""The fast way: a batch of records read as columns, where they are clean.

Clean is a record exactly as `schemas.event.to_wire` writes it: no whitespace, keys in the order of
the model and each once, no escape, every value in its canonical form. That cannot be seen behind a
parser that forgives (one that drops the second of two equal keys, or makes '123' of 123): here
each byte between the values is compared, and each value is read and checked. Whatever is not clean
is left to `schemas.decode`; nothing is rejected here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import polars as pl

from schemas.event_type import EventType
from schemas.facts import EVENT_COLUMNS, SHAPES, column_name, part_name
from schemas.scan import Cursor, Ints, Literal, Mask, Page, Spans
from schemas.shape import Objects, Shape, Value

_MOST_ELEMENTS = 64
_COMMA, _BRACKET, _BRACE = Literal(","), Literal("]"), Literal("}")


_OUTSIDE_ANY_GROUP = pl.col("group_id") == ""
_OWNER = pl.when(_OUTSIDE_ANY_GROUP).then(pl.col("user_id")).otherwise(pl.lit("")).alias("owner")


@dataclass(frozen=True)
class _Field:
    """A value: what comes before it, and the column it goes to."""

    before: Literal
    value: Value
    column: str


@dataclass(frozen=True)
class _List:
    """A list: what comes before it, the fields of an element, what comes after an element."""

    before: Literal
    fields: tuple[_Field, ...]
    after: Literal | None


def _planned(shape: Shape) -> _Field | _List:
    opening = Literal(f',"{shape.name}":[')
    match shape:
        case Objects():
            keys = (f'{"," if place else "{"}"{p.name}":' for place, p in enumerate(shape.parts))
            fields = (
                _field(key, part, part_name(shape, part))
                for key, part in zip(keys, shape.parts, strict=True)
            )
            return _List(opening, tuple(fields), _BRACE)
        case Value(many=True):
            element = replace(shape, many=False, required=True)
            return _List(opening, (_field("", element, column_name(shape)),), None)
        case Value():
            return _field(f',"{shape.name}":', shape, column_name(shape))


def _field(key: str, value: Value, column: str) -> _Field:
    quote = '"' if value.kind.quoted else ""
    return _Field(Literal(key + quote), value, column)


_OPENINGS: Mapping[EventType, Literal] = MappingProxyType(
    {event_type: Literal(f'{{"event_type":"{event_type}"') for event_type in SHAPES}
)
_PLANS: Mapping[EventType, tuple[_Field | _List, ...]] = MappingProxyType(
    {event_type: tuple(map(_planned, shapes)) for event_type, shapes in SHAPES.items()}
)


@dataclass(frozen=True)
class _Found:
    """Where the values of `fields` lie in the records `rows`; a list has one row per element."""

    rows: Ints
    fields: Sequence[_Field]
    spans: Sequence[Spans]


def read_columns(event_type: EventType, values: Sequence[bytes]) -> tuple[pl.DataFrame, Ints]:
    """The clean events among `values`, and the indices of the values that are not clean.

    The frame has the columns of `schemas.facts.frame_of`; its `row` is the index into `values`.
    """
    page = Page(values)
    records = pl.Series(values, dtype=pl.Binary)
    fields, lists, clean = _scan(event_type, page)
    frame = _read(records, page, fields, clean)
    for elements in lists:
        frame = _with_arrays(frame, _read(records, page, elements, clean))
    if not clean[fields.rows].all():
        frame = frame.filter(clean[fields.rows])
    names = (column.name for column in EVENT_COLUMNS[event_type])
    return frame.with_columns(_OWNER).select(*names, "row"), np.flatnonzero(~clean)


def _scan(event_type: EventType, page: Page) -> tuple[_Found, list[_Found], Mask]:
    """Where the single values lie, where those in lists, and which records are in form."""
    cursor = Cursor.at_start(page)
    cursor.good &= cursor.literal(_OPENINGS[event_type])
    fields: list[_Field] = []
    spans: list[Spans] = []
    lists: list[_Found] = []
    for step in _PLANS[event_type]:
        match step:
            case _Field():
                fields.append(step)
                spans.append(_pass_field(cursor, step))
            case _List():
                lists.append(_pass_list(cursor, step))
    cursor.good &= cursor.literal(_BRACE)
    clean = cursor.at_end()
    rows = np.flatnonzero(clean)
    return _Found(rows, fields, [span[rows] for span in spans]), lists, clean


def _pass_field(cursor: Cursor, field: _Field) -> Spans:
    present = cursor.literal(field.before)
    if field.value.required:
        cursor.good &= present
    return cursor.value(present, quoted=field.value.kind.quoted)


def _pass_list(cursor: Cursor, wanted: _List) -> _Found:
    """The elements of a list in all records: every first one, then every second one, ..."""
    rows = np.flatnonzero(cursor.literal(wanted.before) & cursor.good)
    inside = cursor.only(rows)
    turns: list[tuple[Ints, list[Spans]]] = []
    while rows.size and len(turns) < _MOST_ELEMENTS:
        turns.append((rows, [_pass_field(inside, field) for field in wanted.fields]))
        if wanted.after:
            inside.good &= inside.literal(wanted.after)
        more = inside.literal(_COMMA)
        inside.good &= more ^ inside.literal(_BRACKET)
        cursor.follow(inside, rows)
        going_on = np.flatnonzero(more & inside.good)
        rows, inside = rows[going_on], inside.only(going_on)
    cursor.good[rows] = False
    return _Found(
        np.concatenate([np.empty(0, np.int64), *(rows for rows, _ in turns)]),
        wanted.fields,
        [Spans.joined([spans[n] for _, spans in turns]) for n in range(len(wanted.fields))],
    )


def _read(records: pl.Series, page: Page, found: _Found, clean: Mask) -> pl.DataFrame:
    """The values of `found`, and `row`. Takes records with a value out of form from `clean`."""
    origin = page.starts[found.rows]
    fields = list(zip(found.fields, found.spans, strict=True))
    there = [(field, spans) for field, spans in fields if spans.present.any()]
    places = pl.DataFrame(
        {
            "record": records.gather(found.rows),
            **{f"{field.column} at": spans.start - origin for field, spans in there},
            **{f"{field.column} size": spans.size for field, spans in there},
        }
    )
    texts = places.select(_text(field.column) for field, _ in there)
    values = texts.select(
        field.value.kind.read(pl.col(field.column)).alias(field.column) for field, _ in there
    )
    for field, spans in there:
        column = values[field.column]
        if column.null_count():
            clean[found.rows[spans.present & column.is_null().to_numpy()]] = False
    return values.with_columns(
        pl.Series("row", found.rows, dtype=pl.UInt32),
        *(_default(f).alias(f.column) for f, spans in fields if not spans.present.any()),
        *(pl.col(f.column).fill_null(_default(f)) for f, spans in there if not spans.present.all()),
    )


def _text(column: str) -> pl.Expr:
    """The text of a value; null if it is not UTF-8."""
    place = pl.col("record").bin.slice(pl.col(f"{column} at"), pl.col(f"{column} size"))
    return place.cast(pl.String, strict=False).alias(column)


def _default(field: _Field) -> pl.Expr:
    return pl.lit(field.value.default, dtype=field.value.kind.dtype)


def _with_arrays(frame: pl.DataFrame, elements: pl.DataFrame) -> pl.DataFrame:
    """`frame` with one array for each column of `elements`, empty where it has none."""
    names = [name for name in elements.columns if name != "row"]
    empty = {name: pl.lit([], dtype=pl.List(elements.schema[name])).alias(name) for name in names}
    if elements.is_empty():
        return frame.with_columns(*empty.values())
    arrays = elements.group_by("row", maintain_order=True).agg(names)
    return frame.join(arrays, on="row", how="left", maintain_order="left").with_columns(
        pl.col(name).fill_null(nothing) for name, nothing in empty.items()
    )
