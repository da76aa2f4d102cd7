"""Which partition many events belong in: routing.py for columns, by one compiled loop."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.compiled import compiled

Homes = npt.NDArray[np.uint16]

_M: Final = np.uint64(0x5BD1E995)
_SEED: Final = np.uint64(0x9747B28C)
_MASK: Final = np.uint64(0xFFFFFFFF)
_POSITIVE: Final = np.uint64(0x7FFFFFFF)
_NO_BYTES = np.empty(0, np.uint8)
_KEY = (
    pl.when(pl.col("group_id") != "")
    .then(pl.col("group_id"))
    .when(pl.col("user_id") != "")
    .then(pl.col("user_id"))
    .otherwise(pl.col("event_id"))
)


def homes(events: pl.DataFrame, partitions: int) -> Homes:
    """The partition number that the record of each event belongs in, among `partitions`.

    By columns group_id, user_id and event_id: `routing.partition_for` of its `routing_key`.
    """
    keys = events["group_id"]
    if (keys == "").any():
        keys = events.select(_KEY).to_series()
    found: Homes = np.empty(len(keys), np.uint16)
    if len(keys):
        texts = keys.to_arrow(compat_level=pl.CompatLevel.oldest())  # one after the other, no views
        _, ends, data = texts.buffers()
        places = np.frombuffer(ends, np.int64)[texts.offset :]
        _find(places, np.frombuffer(data, np.uint8) if data else _NO_BYTES, partitions, found)
    return found


@compiled
def _find(
    places: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], count: int, found: Homes
) -> None:
    """Kafka's murmur2 of the keys that lie in `data` from one of `places` to the next."""
    for row in range(len(found)):
        at, end = places[row], places[row + 1]
        h = _SEED ^ np.uint64(end - at)
        while at < end:
            size = min(4, end - at)
            k = np.uint64(0)
            for place in range(size):
                k |= np.uint64(data[at + place]) << np.uint64(8 * place)
            at += size
            if size == 4:
                k = k * _M & _MASK
                k = (k ^ (k >> np.uint64(24))) * _M & _MASK
                h = (h * _M & _MASK) ^ k
            else:
                h = (h ^ k) * _M & _MASK
        h = (h ^ (h >> np.uint64(13))) * _M & _MASK
        h ^= h >> np.uint64(15)
        found[row] = (h & _POSITIVE) % np.uint64(count)
