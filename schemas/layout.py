"""What the records of each type look like to `schemas.scan`, and how its columns are made.

Made from the models once, when this is loaded: the literals between the values, how each value is
scanned, and what its column holds where it is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from schemas.constants import Constant
from schemas.event_type import EventType
from schemas.facts import SHAPES, column_name, part_name
from schemas.plan import STEP, Columns, Ints, Plan
from schemas.scan import INTEGER, LIST, PLAIN, QUOTED
from schemas.shape import Objects, Shape, Value

Buffers = Sequence[pa.Buffer]
"""What records lie in."""


class Field:
    """A value of a record, or of an element of a list: how it was scanned, and its column."""

    def __init__(self, place: int, scanned: int, value: Value, column: str) -> None:
        kind = value.kind
        self.place = place
        self._scanned = scanned
        self.column = column
        self._nothing = Constant.of(value.default, kind.dtype)
        self._no_list = Constant.of((), pl.List(kind.dtype))
        self._number_type = _numpy_type(kind.dtype) if kind.is_integer else None
        self._read: pl.Expr | None = None
        text = pl.col(column)
        if kind.read is not None or (not kind.is_integer and value.default != ""):
            given = kind.read(text) if kind.read else text
            nothing = pl.lit(value.default, dtype=kind.dtype)
            self._read = pl.when(text == "").then(nothing).otherwise(given).alias(column)

    def series(self, columns: Columns, buffers: Buffers, rows: slice | Ints) -> pl.Series:
        """The values in `rows`; null where one is not canonical. Texts stay where they lie."""
        if self._number_type is not None:
            numbers = columns.numbers[self._scanned, rows].view(np.int64)
            return pl.Series(self.column, numbers.astype(self._number_type))
        views = np.ascontiguousarray(columns.views[self._scanned, rows])
        its_buffers = [None, pa.py_buffer(views), *buffers]
        texts = pa.Array.from_buffers(pa.string_view(), len(views), its_buffers)
        series = pl.Series(self.column, texts)
        return series if self._read is None else series.to_frame().select(self._read).to_series()

    def nothing(self, count: int) -> pl.Series:
        """As many defaults."""
        return self._nothing.column(self.column, count)

    def empty_lists(self, count: int) -> pl.Series:
        """As many lists without an element."""
        return self._no_list.column(self.column, count)


@dataclass(frozen=True)
class Layout:
    """The plan of a type, the fields of a record, and those of the elements of its lists.

    `group` is the step of the group_id.
    """

    plan: Plan
    group: int
    fields: tuple[Field, ...]
    elements: tuple[Field, ...]


class _Draft:
    """A plan in the making."""

    def __init__(self) -> None:
        self._literals = bytearray()
        self._numbers = self._texts = 0
        self.steps: list[tuple[int, ...]] = []

    def literal(self, text: str) -> tuple[int, int]:
        at = len(self._literals)
        self._literals += text.encode()
        return at, len(text)

    def widths(self) -> tuple[int, int]:
        """How many columns of numbers and of texts there were; the next is the first again."""
        widths = self._numbers, self._texts
        self._numbers = self._texts = 0
        return widths

    def value(self, key: str, value: Value) -> int:
        """Add the step of a value; the number of its column among those of its kind."""
        kind = value.kind
        default = 0
        if kind.is_integer:
            form, bounds = INTEGER, np.iinfo(_numpy_type(kind.dtype))
            least, most = -int(bounds.min), int(bounds.max)
            default = int(str(value.default)) % 2**64
        else:
            form, (least, most) = QUOTED if kind.quoted else PLAIN, kind.sizes
        column = self._numbers if form == INTEGER else self._texts
        self._numbers += form == INTEGER
        self._texts += form != INTEGER
        before = self.literal(key + '"' * kind.quoted)
        first, size = self.literal("".join(f'{text}"' for text in kind.values))
        self.steps.append(
            (*before, form, column, value.required, least, most, default, first, first + size, 0, 0)
        )
        return column

    def plan(self, whole: int, widths: tuple[int, int]) -> Plan:
        literals = np.frombuffer(bytes(self._literals), np.uint8)
        return Plan(np.array(self.steps, STEP), literals, whole, (*widths, *self.widths()))


def _layout(event_type: EventType, shapes: tuple[Shape, ...]) -> Layout:
    draft = _Draft()
    opening = f'{{"event_type":"{event_type}"'
    fields: list[Field] = []
    elements: list[Field] = []
    inner = len(shapes)
    for place, shape in enumerate(shapes):
        key = f'{opening},"{shape.name}":'
        opening = ""
        if isinstance(shape, Value) and not shape.many:
            fields.append(Field(place, draft.value(key, shape), shape, column_name(shape)))
            continue
        parts = shape.parts if isinstance(shape, Objects) else (shape,)
        closing = draft.literal("}" if isinstance(shape, Objects) else "")
        draft.steps.append(
            (*draft.literal(key + "["), LIST, 0, 0, 0, 0, 0, inner, inner + len(parts), *closing)
        )
        inner += len(parts)
    widths = draft.widths()
    for shape in shapes:
        for key, part, column in _parts(shape):
            place = len(draft.steps)
            elements.append(Field(place, draft.value(key, part), part, column))
    group = next(field.place for field in fields if field.column == "group_id")
    return Layout(draft.plan(len(shapes), widths), group, tuple(fields), tuple(elements))


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


LAYOUTS: Mapping[EventType, Layout] = MappingProxyType(
    {event_type: _layout(event_type, shapes) for event_type, shapes in SHAPES.items()}
)
"""By the type of event."""
