"""The facts: one row per event, in one table per event type. Columns follow from the models.

A column holds what the field says, or the empty value ('' or 0) where the event does not say it;
nothing is nullable. Lists of objects lie in parallel arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from schemas.event import MODELS, Event
from schemas.event_type import EventType
from schemas.kinds import INSTANT
from schemas.shape import Objects, Shape, Value, shapes_of


@dataclass(frozen=True)
class Column:
    """One column: as polars has it, as ClickHouse declares it, and what it means."""

    name: str
    dtype: pl.DataType
    clickhouse: str
    comment: str


FACT_TYPES: tuple[EventType, ...] = tuple(t for t in EventType if t is not EventType.HEARTBEAT)
"""The event types that leave facts: all but the heartbeat."""

SHAPES: Mapping[EventType, tuple[Shape, ...]] = MappingProxyType(
    {event_type: shapes_of(MODELS[event_type]) for event_type in FACT_TYPES}
)
"""The stored fields of each type, in the order of the wire and of the columns."""

DEFAULTS: Mapping[EventType, Mapping[str, object]] = MappingProxyType(
    {
        event_type: {shape.name: shape.default for shape in shapes if isinstance(shape, Value)}
        for event_type, shapes in SHAPES.items()
    }
)
"""What the column of each field holds where an event does not have it."""

_DERIVED = (
    Column("event_date", pl.Date(), "Date", "Day of event_ms in UTC"),
    Column("event_time", pl.Datetime("ms", "UTC"), "DateTime('UTC')", "Second of event_ms"),
)
_OWNER = Column("owner", pl.String(), "String", "user_id where group_id is empty, else empty")
_POSITION = (
    Column("topic", pl.String(), "String", "Kafka topic it was read from"),
    Column("partition", pl.UInt16(), "UInt16", "Partition it was read from"),
    Column("offset", pl.UInt64(), "UInt64", "Offset it was read at"),
    Column("epoch", pl.UInt16(), "UInt16", "Incarnation of the topic; rises when it is recreated"),
    Column("ingest_ms", pl.Int64(), "Int64", "Epoch milliseconds when Kafka appended it"),
    Column(
        "version_inverse",
        pl.UInt64(),
        "UInt64",
        "2^64 - 1 - (epoch * 2^48 + offset): of copies of an event the first wins",
    ),
)


def column_name(value: Value) -> str:
    """Name of the column of a field: its own, but that of a moment tells its unit."""
    return f"{value.name.removesuffix('_time')}_ms" if value.kind is INSTANT else value.name


def part_name(objects: Objects, part: Value) -> str:
    """Name of the array of one field of every object in a list: `items` has `item_qty`."""
    return f"{objects.name.removesuffix('s')}_{part.name}"


def _columns_of(shape: Shape) -> Iterator[Column]:
    match shape:
        case Objects():
            for part in shape.parts:
                yield _column(part_name(shape, part), part, many=True)
        case Value():
            yield _column(column_name(shape), shape, many=shape.many)
            if shape.name == "user_id":
                yield _OWNER


def _column(name: str, value: Value, *, many: bool) -> Column:
    dtype, clickhouse = value.kind.dtype, value.kind.clickhouse
    if many:
        return Column(name, pl.List(dtype), f"Array({clickhouse})", value.comment)
    return Column(name, dtype, clickhouse, value.comment)


EVENT_COLUMNS: Mapping[EventType, tuple[Column, ...]] = MappingProxyType(
    {
        event_type: tuple(column for shape in shapes for column in _columns_of(shape))
        for event_type, shapes in SHAPES.items()
    }
)
"""What an event itself says: the columns of `frame_of`."""

FACTS: Mapping[EventType, tuple[Column, ...]] = MappingProxyType(
    {event_type: (*_DERIVED, *columns, *_POSITION) for event_type, columns in EVENT_COLUMNS.items()}
)
"""Every column of each fact table, in order."""

KEY: tuple[str, ...] = ("event_date", "group_id", "event_ms", "event_id", "owner")
"""What every fact table is ordered by; rows that are equal in it are one event."""

TABLE_COMMENTS: Mapping[EventType, str] = MappingProxyType(
    {event_type: (MODELS[event_type].__doc__ or "").strip() for event_type in FACT_TYPES}
)
"""What a row of each fact table is."""


def empty_frame(event_type: EventType) -> pl.DataFrame:
    """A frame in the shape of `frame_of` without a row."""
    schema = {column.name: column.dtype for column in EVENT_COLUMNS[event_type]}
    return pl.DataFrame(schema={**schema, "row": pl.UInt32()})


def frame_of(events: Sequence[Event], rows: Sequence[int]) -> pl.DataFrame:
    """The event columns of `events`, at least one and all of one type, and `row` beside them.

    `rows` says where each event stood in what was read.
    """
    event_type = events[0].event_type
    data = {
        name: values for shape in SHAPES[event_type] for name, values in _values_of(shape, events)
    }
    data["owner"] = ["" if event.group_id else event.user_id or "" for event in events]
    schema = dict(empty_frame(event_type).schema)
    return pl.DataFrame({**data, "row": rows}, schema=schema)


def _values_of(shape: Shape, events: Sequence[Event]) -> Iterator[tuple[str, list[object]]]:
    values = [getattr(event, shape.name) for event in events]
    match shape:
        case Objects():
            for part in shape.parts:
                yield (
                    part_name(shape, part),
                    [[_stored(part, getattr(it, part.name)) for it in value] for value in values],
                )
        case Value(many=True):
            yield column_name(shape), [list(value) for value in values]
        case Value():
            yield column_name(shape), [_stored(shape, value) for value in values]


def _stored(field: Value, value: object) -> object:
    return field.kind.absent if value is None else value
