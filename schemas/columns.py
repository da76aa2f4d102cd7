"""The fast way: a batch of records read as columns, where they are clean.

Clean is a record exactly as `schemas.event.to_wire` writes it: no whitespace, keys in the order of
the model and each once, no escape, every value in its canonical form. That cannot be seen behind a
parser that forgives (one that drops the second of two equal keys, or makes '123' of 123): here
each byte between the values is compared, and each value is read and checked. Whatever is not clean
is left to `schemas.decode`; nothing is rejected here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa

from schemas.constants import Constant
from schemas.decode import MAX_EVENT_BYTES
from schemas.event_type import EventType
from schemas.facts import EVENT_COLUMNS
from schemas.layout import LAYOUTS, Buffers, Field
from schemas.plan import Columns, Elements, Ints, Mask, Plan, Values
from schemas.scan import PLAIN, QUOTED, scan
from schemas.texts import Texts

T = TypeVar("T")


class InParts(Protocol):
    """Has rows read in parts, of any sizes, at the same time if it likes."""

    def __call__(self, read: Callable[[int, int], T], rows: int) -> list[T]:
        """What `read` says of the rows from one to before another: of all parts, in order."""


_NO_TEXT = Constant.of("", pl.String())
_OWNER = (
    pl.when(pl.col("group_id") == "").then(pl.col("user_id")).otherwise(pl.lit("")).alias("owner")
)


def at_once(read: Callable[[int, int], T], rows: int) -> list[T]:
    """See InParts: in one part."""
    return [read(0, rows)]


def read_columns(
    event_type: EventType,
    values: Texts,
    max_bytes: int = MAX_EVENT_BYTES,
    in_parts: InParts = at_once,
) -> tuple[pl.DataFrame, Ints]:
    """The clean events among `values`, and the indices of the values that are not clean.

    One of more than `max_bytes` is not clean. The frame has the columns of
    `schemas.facts.frame_of`; its `row` is the index into `values`.
    """
    layout = LAYOUTS[event_type]
    columns, elements, clean = _scanned(layout.plan, values, in_parts)
    clean &= values.sizes <= max_bytes
    count = len(values)
    buffers = [pa.py_buffer(buffer) for buffer in values.buffers]
    made = {field.column: _single(field, columns, buffers, clean) for field in layout.fields}
    for field in layout.elements:
        made[field.column] = _arrays(field, layout.plan, elements, buffers, clean)
    made["owner"] = _NO_TEXT.column("owner", count)
    rows = pl.Series("row", np.arange(count, dtype=np.uint32))
    frame = pl.DataFrame([*(made[column.name] for column in EVENT_COLUMNS[event_type]), rows])
    if columns.counts[layout.group] < count:
        frame = frame.with_columns(_OWNER)
    return frame if clean.all() else frame.filter(clean), np.flatnonzero(~clean)


def _single(field: Field, columns: Columns, buffers: Buffers, clean: Mask) -> pl.Series:
    """The value of every record; one that is not canonical takes its record out of `clean`."""
    if not columns.counts[field.place]:
        return field.nothing(len(clean))
    series = field.series(columns, buffers, slice(None))
    if series.null_count():
        clean &= series.is_not_null().to_numpy()
    return series


@dataclass(frozen=True)
class _Part:
    """What was read of the records from `first` to before `behind`, and which are clean."""

    first: int
    behind: int
    columns: Columns
    elements: Elements
    clean: Mask


def _scanned(plan: Plan, values: Texts, in_parts: InParts) -> tuple[Columns, list[Elements], Mask]:
    """What `values` hold, and which of them are clean but for what is only text so far."""
    columns = Columns.empty(plan, len(values))
    addresses = [buffer.__array_interface__["data"][0] for buffer in values.buffers]
    places = Values(np.array(addresses), values.ends, values.starts, values.sizes)

    def read(first: int, behind: int) -> _Part:
        room = max(2 * (behind - first), 64)
        while True:
            its = columns.uncounted()
            elements = Elements.empty(plan, room)
            clean, is_whole = scan(places, first, behind, plan, its, elements)
            if is_whole:
                return _Part(first, behind, its, elements, clean)
            room *= 4

    parts = in_parts(read, len(values))
    for part in parts:
        np.add(columns.counts, part.columns.counts, out=columns.counts)
    if len(parts) > 1:
        _blank(plan, columns, parts)
    return columns, [part.elements for part in parts], np.concatenate([it.clean for it in parts])


def _blank(plan: Plan, columns: Columns, parts: Sequence[_Part]) -> None:
    """Write the texts of a step into parts that have none: other parts do, so they are read."""
    for part in parts:
        missing = (columns.counts > 0) & (part.columns.counts == 0)
        for step in plan.steps[: plan.whole][missing[: plan.whole]]:
            if step["kind"] in (PLAIN, QUOTED):
                columns.views[step["column"], part.first : part.behind] = 0


def _arrays(
    field: Field, plan: Plan, elements: Sequence[Elements], buffers: Buffers, clean: Mask
) -> pl.Series:
    """The values of a list's elements as one array per record; none where it is not clean.

    A record with an element that is not canonical is taken out of `clean`.
    """
    place = field.place
    parts = [part for part in elements if part.ends[place]]
    if not parts:
        return field.empty_lists(len(clean))
    owners_of, values_of = [], []
    for part in parts:
        its_owners = part.owners[place - plan.whole, : part.ends[place]]
        rows = np.flatnonzero(clean[its_owners])
        owners_of.append(its_owners[rows])
        values_of.append(field.series(part.columns, buffers, rows))
    owners, values = np.concatenate(owners_of), pl.concat(values_of, rechunk=True)
    if values.null_count():
        clean[owners[values.is_null().to_numpy()]] = False
    ends = np.cumsum(np.bincount(owners, minlength=len(clean)))
    offsets = pa.array(np.concatenate([np.zeros(1, np.int64), ends]))
    return pl.Series(field.column, pa.LargeListArray.from_arrays(offsets, values.to_arrow()))
