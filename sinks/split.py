"""One INSERT, one block: how a frame is cut so that each part is stored whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

MAX_ROWS = 1_000_000
"""Below the 1,048,576 rows at which clients and servers cut an insert into several blocks."""

MAX_PARTITIONS = 50
"""Half of what a server takes in one block (max_partitions_per_insert_block)."""

PARTITION_OF: dict[str, pl.Expr] = {
    **{
        name: pl.col(name).dt.year().cast(pl.Int32) * 12 + pl.col(name).dt.month()
        for name in ("event_date", "ingest_date", "window_start")
    },
    "window_end_ms": pl.col("window_end_ms") // 86_400_000,
}
"""The first of these columns a table has is the one that partitions it: by month, or by day."""


def blocks(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Cut into blocks of at most MAX_ROWS rows in at most MAX_PARTITIONS table partitions."""
    for part in _by_partition(frame):
        yield from part.iter_slices(MAX_ROWS)


def _by_partition(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    dated = next((name for name in PARTITION_OF if name in frame.columns), None)
    if dated is None or frame.height <= MAX_PARTITIONS:
        yield frame
        return
    if frame[dated].n_unique() <= MAX_PARTITIONS:  # few values, few partitions
        yield frame
        return
    partition = frame.select(PARTITION_OF[dated]).to_series()
    if partition.n_unique() <= MAX_PARTITIONS:
        yield frame
        return
    batch = (partition.rank("dense") - 1) // MAX_PARTITIONS
    for _, part in frame.group_by(batch, maintain_order=True):
        yield part
