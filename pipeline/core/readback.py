"""Windows as the store has them: rebuilt from their newest row and the facts below its version.

Facts at or above the version are left out: their replay counts them. Facts of earlier epochs
give their identities and persons, which this epoch must not count again.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pipeline.core.measures import MINUTE_MS, MONEY, Measures, identity, person
from pipeline.core.windows import Window, WindowKey

FACT_COLUMNS = (
    "epoch", "partition", "offset", "group_id", "event_ms", "event_id", "owner", "user_id",
)  # fmt: skip
"""What a readback needs of facts, besides the columns its measures look at."""


def windows_from(
    keys: Iterable[WindowKey],
    rows: pl.DataFrame,
    facts: pl.DataFrame,
    measures: Measures,
    *,
    epoch: int,
    partition: int,
) -> dict[WindowKey, Window]:
    """One window per key; an empty one where the store has none.

    `rows`: newest group_minute rows of this epoch, topic and partition (group_id, minute as whole
    minutes, version, measure columns). `facts`: every stored occurrence in those minutes.
    """
    windows = {key: Window([0] * len(measures.sums)) for key in keys}
    for row in rows.iter_rows(named=True):
        window = windows[row["group_id"], row["minute"]]
        window.sums = [
            int(row[name] * 100) if name in MONEY else row[name] for name in measures.sums
        ]
        window.distinct = row[measures.people] if measures.people else 0
        window.version = row["version"]
    if facts.is_empty():
        return windows
    seen = facts.select(
        "epoch",
        "partition",
        "offset",
        "group_id",
        (pl.col("event_ms") // MINUTE_MS).alias("minute"),
        identity().alias("id"),
        person(measures).alias("person"),
    )
    for its_epoch, its_partition, offset, group_id, minute, id_hash, person_hash in seen.rows():
        window = windows[group_id, minute]
        if its_epoch < epoch or (
            its_epoch == epoch and its_partition == partition and offset < window.version
        ):
            window.ids.add(id_hash)
            if person_hash is not None:
                window.people.add(person_hash)
    return windows
