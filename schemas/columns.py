"""The fast way: a batch of records read as columns, where they are clean.

Clean is a record exactly as `schemas.event.to_wire` writes it: no whitespace, keys in the order of
the model and each once, no escape, every value in its canonical form. That cannot be seen behind a
parser that forgives (one that drops the second of two equal keys, or makes '123' of 123): here
each byte between the values is compared, and each value is read and checked. Whatever is not clean
is left to `schemas.decode`; nothing is rejected here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from schemas.decode import MAX_EVENT_BYTES
from schemas.event_type import EventType
from schemas.facts import EVENT_COLUMNS, SHAPES, column_name, part_name
from schemas.scan import (
    INTEGER,
    LIST,
    PLAIN,
    QUOTED,
    STEP,
    Bytes,
    Columns,
    Elements,
    Ints,
    Mask,
    Plan,
    scan,
)
from schemas.shape import Objects, Shape, Value
from schemas.texts import Texts

_NO_OWNER = pl.lit("").alias("owner")
_OWNER = (
    pl.when(pl.col("group_id") == "").then(pl.col("user_id")).otherwise(_NO_OWNER).alias("owner")
)


class _Field:
    """A value of a record, or of an element of a list: how it is scanned, and its column."""

    def __init__(self, place: int, value: Value, column: str) -> None:
        kind = value.kind
        self.place = place
        self.column = column
        self.is_integer = kind.read is None and kind.dtype.is_integer()
        self.dtype = kind.dtype
        self.default: Any = value.default
        self.nowhere = pl.lit(value.default, dtype=kind.dtype).alias(column)
        self.no_arrays = pl.lit([], dtype=pl.List(kind.dtype)).alias(column)
        text = pl.col(column)
        self.everywhere = text if kind.read is None else kind.read(text).alias(column)
        self.somewhere = text
        if not self.is_integer and (kind.read is not None or value.default != ""):
            read = pl.when(text == "").then(self.nowhere).otherwise(self.everywhere)
            self.somewhere = read.alias(column)

    def series(self, columns: Columns, data: Bytes, rows: slice | Ints) -> pl.Series:
        """What was scanned in `rows`."""
        if self.is_integer:
            numbers = columns.numbers[self.place, rows].view(np.int64)
            return pl.Series(self.column, numbers.astype(_numpy_type(self.dtype)))
        views = np.ascontiguousarray(columns.views[self.place, rows])
        buffers = [None, pa.py_buffer(views), pa.py_buffer(data)]
        return pl.Series(self.column, pa.Array.from_buffers(pa.string_view(), len(views), buffers))

    def read(self, columns: Columns, count: int) -> pl.Expr:
        """The values of `count` rows, by what was scanned; null where one is not canonical."""
        return self.everywhere if columns.counts[self.place] == count else self.somewhere


@dataclass(frozen=True)
class _Layout:
    """The plan of a type, the fields of a record, and those of the elements of its lists."""

    plan: Plan
    fields: tuple[_Field, ...]
    elements: tuple[_Field, ...]


class _Draft:
    """A plan in the making."""

    def __init__(self) -> None:
        self._literals = bytearray()
        self.steps: list[tuple[int, ...]] = []

    def literal(self, text: str) -> tuple[int, int]:
        at = len(self._literals)
        self._literals += text.encode()
        return at, len(text)

    def value(self, key: str, value: Value) -> None:
        kind = value.kind
        default = 0
        if kind.read is None and kind.dtype.is_integer():
            form, bounds = INTEGER, np.iinfo(_numpy_type(kind.dtype))
            least, most = -int(bounds.min), int(bounds.max)
            default = int(str(value.default)) % 2**64
        else:
            form, (least, most) = QUOTED if kind.quoted else PLAIN, kind.sizes
        before = self.literal(key + '"' * kind.quoted)
        self.steps.append((*before, form, value.required, least, most, default, 0, 0, 0, 0))

    def plan(self, whole: int) -> Plan:
        literals = np.frombuffer(bytes(self._literals), np.uint8)
        return Plan(np.array(self.steps, STEP), literals, whole)


def _layout(event_type: EventType, shapes: tuple[Shape, ...]) -> _Layout:
    draft = _Draft()
    opening = f'{{"event_type":"{event_type}"'
    fields: list[_Field] = []
    elements: list[_Field] = []
    inner = len(shapes)
    for place, shape in enumerate(shapes):
        key = f'{opening},"{shape.name}":'
        opening = ""
        if isinstance(shape, Value) and not shape.many:
            fields.append(_Field(place, shape, column_name(shape)))
            draft.value(key, shape)
            continue
        parts = shape.parts if isinstance(shape, Objects) else (shape,)
        closing = draft.literal("}" if isinstance(shape, Objects) else "")
        draft.steps.append(
            (*draft.literal(key + "["), LIST, 0, 0, 0, 0, inner, inner + len(parts), *closing)
        )
        inner += len(parts)
    for shape in shapes:
        for key, part, column in _parts(shape):
            elements.append(_Field(len(draft.steps), part, column))
            draft.value(key, part)
    return _Layout(draft.plan(len(shapes)), tuple(fields), tuple(elements))


def _parts(shape: Shape) -> Iterator[tuple[str, Value, str]]:
    """The values of an element of a list: what comes before one, what it is, its column."""
    match shape:
        case Objects():
            for place, part in enumerate(shape.parts):
                yield f'{"," if place else "{"}"{part.name}":', part, part_name(shape, part)
        case Value(many=True):
            yield "", replace(shape, many=False, required=True), column_name(shape)


def _numpy_type(dtype: pl.DataType) -> Any:
    return pl.Series([], dtype=dtype).to_numpy().dtype


_LAYOUTS: Mapping[EventType, _Layout] = MappingProxyType(
    {event_type: _layout(event_type, shapes) for event_type, shapes in SHAPES.items()}
)


def read_columns(
    event_type: EventType, values: Texts, max_bytes: int = MAX_EVENT_BYTES
) -> tuple[pl.DataFrame, Ints]:
    """The clean events among `values`, and the indices of the values that are not clean.

    One of more than `max_bytes` is not clean. The frame has the columns of
    `schemas.facts.frame_of`; its `row` is the index into `values`.
    """
    layout = _LAYOUTS[event_type]
    columns, elements, clean = _scanned(layout.plan, values)
    clean &= values.sizes <= max_bytes
    count = len(values)
    present = [field for field in layout.fields if columns.counts[field.place]]
    scanned = [field.series(columns, values.data, slice(None)) for field in present]
    rows = pl.Series("row", np.arange(count, dtype=np.uint32))
    frame = pl.DataFrame([rows, *scanned])
    made = {field.column: field.nowhere for field in layout.fields}
    made |= {field.column: field.read(columns, count) for field in present}
    for field in layout.elements:
        if elements.ends[field.place]:
            frame.insert_column(0, _arrays(field, elements, values.data, clean))
            made[field.column] = pl.col(field.column)
        else:
            made[field.column] = field.no_arrays
    made["owner"] = _NO_OWNER
    frame = frame.select(*(made[column.name] for column in EVENT_COLUMNS[event_type]), "row")
    for field in present:
        if frame[field.column].null_count():
            clean &= frame[field.column].is_not_null().to_numpy()
    if (frame["group_id"] == "").any():
        frame = frame.with_columns(_OWNER)
    return frame if clean.all() else frame.filter(clean), np.flatnonzero(~clean)


def _scanned(plan: Plan, values: Texts) -> tuple[Columns, Elements, Mask]:
    """What `values` hold, and which of them are clean but for what is only text so far."""
    room = max(len(values), 64)
    while True:
        columns = Columns.empty(len(plan.steps), len(values))
        elements = Elements.empty(len(plan.steps), room)
        clean, is_whole = scan(values.data, values.starts, values.sizes, plan, columns, elements)
        if is_whole:
            return columns, elements, clean
        room *= 4


def _arrays(field: _Field, elements: Elements, data: Bytes, clean: Mask) -> pl.Series:
    """The values of a list's elements as one array per record; none where it is not clean.

    A record with an element that is not canonical is taken out of `clean`.
    """
    place = field.place
    owners = elements.owners[place, : elements.ends[place]]
    rows = np.flatnonzero(clean[owners])
    owners = owners[rows]
    scanned = field.series(elements.columns, data, rows).to_frame()
    expression = field.read(elements.columns, int(elements.ends[place]))
    values = scanned.select(expression).to_series()
    if values.null_count():
        clean[owners[values.is_null().to_numpy()]] = False
    ends = np.cumsum(np.bincount(owners, minlength=len(clean)))
    offsets = pa.array(np.concatenate([np.zeros(1, np.int64), ends]))
    return pl.Series(field.column, pa.LargeListArray.from_arrays(offsets, values.to_arrow()))
