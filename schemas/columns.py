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

_NO_OWNER = pl.Series("owner", [""])
_OWNER = (
    pl.when(pl.col("group_id") == "").then(pl.col("user_id")).otherwise(pl.lit("")).alias("owner")
)


class _Field:
    """A value of a record, or of an element of a list: how it was scanned, and its column."""

    def __init__(self, place: int, value: Value, column: str) -> None:
        kind = value.kind
        self.place = place
        self.column = column
        self._nothing = pl.Series(column, [value.default], kind.dtype)
        self._no_list = pl.Series(column, [[]], pl.List(kind.dtype))
        self._number_type = _numpy_type(kind.dtype) if kind.is_integer else None
        self._read: pl.Expr | None = None
        text = pl.col(column)
        if kind.read is not None or (not kind.is_integer and value.default != ""):
            given = kind.read(text) if kind.read else text
            nothing = pl.lit(value.default, dtype=kind.dtype)
            self._read = pl.when(text == "").then(nothing).otherwise(given).alias(column)

    def series(self, columns: Columns, data: Bytes, rows: slice | Ints) -> pl.Series:
        """The values in `rows`; null where one is not canonical."""
        if self._number_type is not None:
            numbers = columns.numbers[self.place, rows].view(np.int64)
            return pl.Series(self.column, numbers.astype(self._number_type))
        views = np.ascontiguousarray(columns.views[self.place, rows])
        buffers = [None, pa.py_buffer(views), pa.py_buffer(data)]
        texts = pa.Array.from_buffers(pa.string_view(), len(views), buffers)
        series = pl.Series(self.column, texts)
        return series if self._read is None else series.to_frame().select(self._read).to_series()

    def nothing(self, count: int) -> pl.Series:
        """As many defaults."""
        return self._nothing.new_from_index(0, count)

    def empty_lists(self, count: int) -> pl.Series:
        """As many lists without an element."""
        return self._no_list.new_from_index(0, count)


@dataclass(frozen=True)
class _Layout:
    """The plan of a type, the fields of a record, and those of the elements of its lists.

    `group` is the step of the group_id.
    """

    plan: Plan
    group: int
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
        if kind.is_integer:
            form, bounds = INTEGER, np.iinfo(_numpy_type(kind.dtype))
            least, most = -int(bounds.min), int(bounds.max)
            default = int(str(value.default)) % 2**64
        else:
            form, (least, most) = QUOTED if kind.quoted else PLAIN, kind.sizes
        before = self.literal(key + '"' * kind.quoted)
        first, size = self.literal("".join(f'{text}"' for text in kind.values))
        self.steps.append(
            (*before, form, value.required, least, most, default, first, first + size, 0, 0)
        )

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
    group = next(field.place for field in fields if field.column == "group_id")
    return _Layout(draft.plan(len(shapes)), group, tuple(fields), tuple(elements))


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
    made = {field.column: _single(field, columns, values.data, clean) for field in layout.fields}
    for field in layout.elements:
        made[field.column] = _arrays(field, elements, values.data, clean)
    made["owner"] = _NO_OWNER.new_from_index(0, count)
    rows = pl.Series("row", np.arange(count, dtype=np.uint32))
    frame = pl.DataFrame([*(made[column.name] for column in EVENT_COLUMNS[event_type]), rows])
    if columns.counts[layout.group] < count:
        frame = frame.with_columns(_OWNER)
    return frame if clean.all() else frame.filter(clean), np.flatnonzero(~clean)


def _single(field: _Field, columns: Columns, data: Bytes, clean: Mask) -> pl.Series:
    """The value of every record; one that is not canonical takes its record out of `clean`."""
    if not columns.counts[field.place]:
        return field.nothing(len(clean))
    series = field.series(columns, data, slice(None))
    if series.null_count():
        clean &= series.is_not_null().to_numpy()
    return series


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
    if not elements.ends[place]:
        return field.empty_lists(len(clean))
    owners = elements.owners[place, : elements.ends[place]]
    rows = np.flatnonzero(clean[owners])
    owners = owners[rows]
    values = field.series(elements.columns, data, rows)
    if values.null_count():
        clean[owners[values.is_null().to_numpy()]] = False
    ends = np.cumsum(np.bincount(owners, minlength=len(clean)))
    offsets = pa.array(np.concatenate([np.zeros(1, np.int64), ends]))
    return pl.Series(field.column, pa.LargeListArray.from_arrays(offsets, values.to_arrow()))
