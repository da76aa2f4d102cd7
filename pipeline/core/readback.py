"""Windows as the store has them: put in from their newest row and the facts below its version.

Facts at or above the version are left out: their replay counts them. Facts of earlier epochs
give their identities and persons, which this epoch must not count again.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.core.hashes import hashed
from pipeline.core.measures import IDENTITY, MONEY, PERSON, PLACE, Measures, minute
from pipeline.core.pairs import ABSENT
from pipeline.core.windows import Windows

FACT_COLUMNS = (
    "epoch", "partition", "offset", "group_id", "event_ms", "event_id", "owner", "user_id",
)  # fmt: skip
"""What a readback needs of facts, besides the columns its measures look at."""

KEY = ("group_id", "minute")
"""What tells the windows of one partition apart."""

_SEEN = {
    "group_id": pl.String, "minute": pl.UInt32, "event_ms": pl.Int64, "event_id": pl.String,
    "owner": pl.String, "user_id": pl.String, "counts": pl.Boolean,
}  # fmt: skip


def put(
    windows: Windows,
    keys: pl.DataFrame,
    rows: pl.DataFrame,
    facts: pl.DataFrame,
    measures: Measures,
    *,
    epoch: int,
    partition: int,
) -> None:
    """Put in those windows of `partition` that are not here; one that the store lacks is empty.

    `keys`: group_id and minute (UInt32). `rows`: these, version and measures of the newest
    group_minute rows of this epoch, topic and partition. `facts`: every stored occurrence there.
    """
    seen = _seen(rows, facts, measures, epoch=epoch, partition=partition)
    fresh = (
        pl.concat([each.select(KEY) for each in (keys, rows, seen)])
        .unique(maintain_order=True)
        .with_columns(pl.lit(partition, pl.UInt16).alias("partition"))
    )
    places, minutes = hashed(fresh, PLACE)[0], fresh["minute"].to_numpy()
    absent = windows.find(places, minutes) == ABSENT
    partitions = np.full(int(absent.sum()), partition, np.uint16)
    numbers = windows.rows(partitions, places[absent], minutes[absent])
    fresh = fresh.filter(absent).select(*KEY, pl.Series("row", numbers))
    if rows.height:
        _take_values(windows, rows.join(fresh, on=KEY), measures)
    its = seen.join(fresh, on=KEY)
    ids, persons = hashed(its, IDENTITY, PERSON)
    numbers, counts = its["row"].to_numpy(), its["counts"].to_numpy()
    windows.note_ids(ids, numbers)
    windows.note_people(persons[counts], numbers[counts])


def _take_values(windows: Windows, held: pl.DataFrame, measures: Measures) -> None:
    at = held["row"].to_numpy()
    windows.version[at] = held["version"].to_numpy()
    for name in measures.sums:
        value = pl.col(name) * 100 if name in MONEY else pl.col(name)
        windows.sums[name][at] = held.select(value.cast(pl.Int64)).to_series().to_numpy()
    if measures.people:
        windows.distinct[at] = held[measures.people].to_numpy()


def _seen(
    rows: pl.DataFrame, facts: pl.DataFrame, measures: Measures, *, epoch: int, partition: int
) -> pl.DataFrame:
    """The events that the windows have seen, and whether each counts for a person."""
    if facts.is_empty():
        return pl.DataFrame(schema=_SEEN)
    looked_at = facts.select(*FACT_COLUMNS, minute(), measures.counts())
    own = (pl.col("epoch") == epoch) & (pl.col("partition") == partition)
    return (
        looked_at.join(rows.select(*KEY, "version"), on=KEY, how="left")
        .filter((pl.col("epoch") < epoch) | (own & (pl.col("offset") < pl.col("version"))))
        .select(list(_SEEN))
    )
