"""The fast way: a batch of records read as columns, where they are clean.

Clean is a record exactly as `schemas.event.to_wire` writes it: no whitespace, keys in the order of
the model and each once, no escape, every value in its canonical form. That cannot be seen behind a
parser that forgives (one that drops the second of two equal keys, or makes '123' of 123): here
each byte between the values is compared, and each value is read and checked. Whatever is not clean
is left to `schemas.decode`; nothing is rejected here.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from schemas.decode import MAX_EVENT_BYTES
from schemas.event_type import EventType
from schemas.facts import EVENT_COLUMNS
from schemas.layout import LAYOUTS, Field
from schemas.scan import Bytes, Columns, Elements, Ints, Mask, Plan, scan
from schemas.texts import Texts

_NO_OWNER = pl.Series("owner", [""])
_OWNER = (
    pl.when(pl.col("group_id") == "").then(pl.col("user_id")).otherwise(pl.lit("")).alias("owner")
)


def read_columns(
    event_type: EventType, values: Texts, max_bytes: int = MAX_EVENT_BYTES
) -> tuple[pl.DataFrame, Ints]:
    """The clean events among `values`, and the indices of the values that are not clean.

    One of more than `max_bytes` is not clean. The frame has the columns of
    `schemas.facts.frame_of`; its `row` is the index into `values`.
    """
    layout = LAYOUTS[event_type]
    columns, elements, clean = _scanned(layout.plan, values)
    clean &= values.sizes <= max_bytes
    count = len(values)
    made = {field.column: _single(field, columns, values.data, clean) for field in layout.fields}
    for field in layout.elements:
        made[field.column] = _arrays(field, layout.plan, elements, values.data, clean)
    made["owner"] = _NO_OWNER.new_from_index(0, count)
    rows = pl.Series("row", np.arange(count, dtype=np.uint32))
    frame = pl.DataFrame([*(made[column.name] for column in EVENT_COLUMNS[event_type]), rows])
    if columns.counts[layout.group] < count:
        frame = frame.with_columns(_OWNER)
    return frame if clean.all() else frame.filter(clean), np.flatnonzero(~clean)


def _single(field: Field, columns: Columns, data: Bytes, clean: Mask) -> pl.Series:
    """The value of every record; one that is not canonical takes its record out of `clean`."""
    if not columns.counts[field.place]:
        return field.nothing(len(clean))
    series = field.series(columns, data, slice(None))
    if series.null_count():
        clean &= series.is_not_null().to_numpy()
    return series


def _scanned(plan: Plan, values: Texts) -> tuple[Columns, Elements, Mask]:
    """What `values` hold, and which of them are clean but for what is only text so far."""
    room = max(2 * len(values), 64)
    while True:
        columns = Columns.empty(plan, len(values))
        elements = Elements.empty(plan, room)
        clean, is_whole = scan(values.data, values.starts, values.sizes, plan, columns, elements)
        if is_whole:
            return columns, elements, clean
        room *= 4


def _arrays(field: Field, plan: Plan, elements: Elements, data: Bytes, clean: Mask) -> pl.Series:
    """The values of a list's elements as one array per record; none where it is not clean.

    A record with an element that is not canonical is taken out of `clean`.
    """
    place = field.place
    if not elements.ends[place]:
        return field.empty_lists(len(clean))
    owners = elements.owners[place - plan.whole, : elements.ends[place]]
    rows = np.flatnonzero(clean[owners])
    owners = owners[rows]
    values = field.series(elements.columns, data, rows)
    if values.null_count():
        clean[owners[values.is_null().to_numpy()]] = False
    ends = np.cumsum(np.bincount(owners, minlength=len(clean)))
    offsets = pa.array(np.concatenate([np.zeros(1, np.int64), ends]))
    return pl.Series(field.column, pa.LargeListArray.from_arrays(offsets, values.to_arrow()))
