"""Windows computed anew from stored facts: the fold over what the store holds, up to an offset."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.core.fold import apply, look, state
from pipeline.core.hashes import hashed
from pipeline.core.measures import PLACE, Measures, minute
from pipeline.core.readback import KEY, put
from pipeline.core.windows import Windows


def rebuilt(
    stored: pl.DataFrame,
    facts: pl.DataFrame,
    measures: Measures,
    *,
    epoch: int,
    partition: int,
    offset: int,
) -> pl.DataFrame:
    """The windows of `epoch` and `partition` as the facts before `offset` make them.

    `facts`: every stored occurrence in the minutes of interest, of any epoch and partition, with
    the columns that `measures` need. `stored`: group_id and minute (UInt32) of windows that have a
    row; one without a fact becomes empty. All get the version offset + 1, so each replaces its row
    wherever that was written. Gives partition, group_id, minute, version and every measure.
    """
    own = facts.filter(
        (pl.col("epoch") == epoch)
        & (pl.col("partition") == partition)
        & (pl.col("offset") < offset)
    ).sort("offset")
    keys = pl.concat([stored.select(KEY), own.select("group_id", minute())]).unique()
    earlier = facts.filter(pl.col("epoch") < epoch).with_columns(minute())
    windows = Windows(measures, floor=0)
    put(
        windows,
        keys,
        keys.clear().with_columns(version=pl.lit(0, pl.UInt64)),
        earlier.join(keys, on=KEY, how="semi"),
        measures,
        epoch=epoch,
        partition=partition,
    )
    apply(look(own, measures), windows, measures, commit=1)
    keys = keys.with_columns(pl.lit(partition, pl.UInt16).alias("partition"))
    rows = windows.find(hashed(keys, PLACE)[0], keys["minute"].to_numpy())
    found = state(keys, np.arange(len(rows)), windows, measures, rows)
    return found.with_columns(version=pl.lit(offset + 1, pl.UInt64))
