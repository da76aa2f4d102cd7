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

from schemas.decode import MAX_EVENT_BYTES
from schemas.event_type import EventType
from schemas.facts import EVENT_COLUMNS, SHAPES, column_name, part_name
from schemas.scan import Cursor, Ints, Literal, Mask, Page, Spans
from schemas.shape import Objects, Shape, Value

_MOST_ELEMENTS = 64
_ROW = pl.col("row")
_NO_OWNER = pl.lit("").alias("owner")
_OWNER = (
    pl.when(pl.col("group_id") == "").then(pl.col("user_id")).otherwise(_NO_OWNER).alias("owner")
)
_COMMA, _BRACKET, _BRACE = Literal(","), Literal("]"), Literal("}")


class _Field:
    """A value: what comes before it, and the expressions that make its column."""

    def __init__(self, key: str, value: Value, column: str) -> None:
        self.column = column
        self.required = value.required
        self.quoted = value.kind.quoted
        self.before = Literal(key + '"' * self.quoted)
        self.at, self.size = f"{column} at", f"{column} size"
        place = pl.col("record").bin.slice(pl.col(self.at), pl.col(self.size))
        self.text = place.cast(pl.String).alias(column)
        self.value = value.kind.read(pl.col(column)).alias(column)
        default = pl.lit(value.default, dtype=value.kind.dtype)
        self._nowhere = default.alias(column)
        self._everywhere = pl.col(column)
        self._somewhere = self._everywhere.fill_null(default)
        no_array = pl.lit([], dtype=pl.List(value.kind.dtype))
        self._no_arrays = no_array.alias(column)
        self._arrays = self._everywhere.fill_null(no_array)

    def column_of(self, present: Mask) -> pl.Expr:
        """Its column in the end, where `present` says which rows have a value."""
        if not present.any():
            return self._nowhere
        return self._everywhere if present.all() else self._somewhere

    def arrays(self, *, present: bool) -> pl.Expr:
        """Its column of arrays in the end, where the list is `present` in a row, or in none."""
        return self._arrays if present else self._no_arrays


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
                _Field(key, part, part_name(shape, part))
                for key, part in zip(keys, shape.parts, strict=True)
            )
            return _List(opening, tuple(fields), _BRACE)
        case Value(many=True):
            element = replace(shape, many=False, required=True)
            return _List(opening, (_Field("", element, column_name(shape)),), None)
        case Value():
            return _Field(f',"{shape.name}":', shape, column_name(shape))


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

    def within(self, clean: Mask) -> _Found:
        """What was found in `clean` records; in others a place means nothing."""
        its_own = clean[self.rows]
        if its_own.all():
            return self
        kept = np.flatnonzero(its_own)
        return _Found(self.rows[kept], self.fields, [spans[kept] for spans in self.spans])


def read_columns(
    event_type: EventType, values: Sequence[bytes], max_bytes: int = MAX_EVENT_BYTES
) -> tuple[pl.DataFrame, Ints]:
    """The clean events among `values`, and the indices of the values that are not clean.

    One of more than `max_bytes` is not clean. The frame has the columns of
    `schemas.facts.frame_of`; its `row` is the index into `values`.
    """
    page = Page(values)
    records = page.records()
    single, lists, clean = _scan(event_type, page, max_bytes)
    frame = _read(records, page, single, clean)
    columns = {
        field.column: field.column_of(spans.present)
        for field, spans in zip(single.fields, single.spans, strict=True)
    }
    for elements in lists:
        present = elements.rows.size > 0
        if present:
            arrays = _arrays(_read(records, page, elements, clean), elements)
            frame = frame.join(arrays, on="row", how="left", maintain_order="left")
        columns |= {field.column: field.arrays(present=present) for field in elements.fields}
    columns["owner"] = _NO_OWNER
    frame = frame.select([*(columns[column.name] for column in EVENT_COLUMNS[event_type]), _ROW])
    if (frame["group_id"] == "").any():
        frame = frame.with_columns(_OWNER)
    kept = clean[single.rows]
    return frame if kept.all() else frame.filter(kept), np.flatnonzero(~clean)


def _scan(event_type: EventType, page: Page, max_bytes: int) -> tuple[_Found, list[_Found], Mask]:
    """Where the single values lie, where those in lists, and which records are in form."""
    cursor = Cursor.at_start(page)
    cursor.good &= page.sizes <= max_bytes
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
    single = _Found(np.arange(len(clean)), fields, spans).within(clean)
    return single, [elements.within(clean) for elements in lists], clean


def _pass_field(cursor: Cursor, field: _Field) -> Spans:
    present = cursor.literal(field.before)
    if field.required:
        cursor.good &= present
    return cursor.value(present, quoted=field.quoted)


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
    """The values of `found` as far as there are any, null where there is none, and `row`.

    A record with a value that is not in canonical form is taken out of `clean`.
    """
    origin = page.starts[found.rows]
    there = [
        (field, spans)
        for field, spans in zip(found.fields, found.spans, strict=True)
        if spans.present.any()
    ]
    places = {"record": records.gather(found.rows)}
    for field, spans in there:
        places[field.at] = pl.Series(spans.start - origin)
        places[field.size] = pl.Series(spans.size)
    rows = pl.Series("row", found.rows, dtype=pl.UInt32)
    texts = pl.DataFrame(places).select(rows, *(field.text for field, _ in there))
    values = texts.select("row", *(field.value for field, _ in there))
    for field, spans in there:
        column = values[field.column]
        if column.null_count():
            clean[found.rows[spans.present & column.is_null().to_numpy()]] = False
    return values


def _arrays(values: pl.DataFrame, found: _Found) -> pl.DataFrame:
    """One array per field and record, from values in the order in which they come in a record."""
    columns = (
        field.column_of(spans.present).alias(field.column)
        for field, spans in zip(found.fields, found.spans, strict=True)
    )
    return values.select("row", *columns).group_by("row", maintain_order=True).all()
