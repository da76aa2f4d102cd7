"""Windows computed anew from stored facts: the fold over what the store holds, up to an offset."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pipeline.core.fold import apply, group
from pipeline.core.measures import MINUTE_MS, Measures
from pipeline.core.readback import windows_from
from pipeline.core.windows import PartitionWindows, Window, WindowKey


def rebuilt(
    stored: Iterable[WindowKey],
    facts: pl.DataFrame,
    measures: Measures,
    *,
    epoch: int,
    partition: int,
    offset: int,
) -> dict[WindowKey, Window]:
    """The windows of `epoch` and `partition` as the facts before `offset` make them.

    `facts`: every stored occurrence in the minutes of interest, of any epoch and partition, with
    the columns that `measures` need. `stored`: windows that have a row; one without a fact becomes
    empty. All get the version offset + 1, so each replaces its row wherever that was written.
    """
    own = facts.filter(
        (pl.col("epoch") == epoch)
        & (pl.col("partition") == partition)
        & (pl.col("offset") < offset)
    ).sort("offset")
    minutes = (own["event_ms"] // MINUTE_MS).to_list()
    keys = {*stored, *zip(own["group_id"].to_list(), minutes, strict=True)}
    earlier = facts.filter(pl.col("epoch") < epoch)
    known = windows_from(
        keys,
        pl.DataFrame(),
        earlier.filter(_within(earlier, keys)),
        measures,
        epoch=epoch,
        partition=partition,
    )
    windows = PartitionWindows(known_above=0)
    for key, window in known.items():
        windows.put(key, window)
    apply(group(own, measures), {partition: windows}, commit=1)
    for window in known.values():
        window.version = offset + 1
    return known


def _within(facts: pl.DataFrame, keys: set[WindowKey]) -> pl.Series:
    minutes = (facts["event_ms"] // MINUTE_MS).to_list()
    pairs = zip(facts["group_id"].to_list(), minutes, strict=True)
    return pl.Series([pair in keys for pair in pairs], dtype=pl.Boolean)
