"""Which partition an event belongs to: computed from the event, never taken from the record.

The hash is Kafka's own (murmur2, as its Java and Python producers use it), so any producer that
keys by `routing_key` agrees with the worker's check.
"""

from __future__ import annotations

from functools import lru_cache

_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def routing_key(group_id: str, user_id: str, event_id: str) -> bytes:
    """Key of an event's record: its group, else its person, else itself."""
    return (group_id or user_id or event_id).encode()


@lru_cache(maxsize=500_000)
def partition_for(key: bytes, partitions: int) -> int:
    """Partition number of `key` among `partitions`."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Kafka's 32-bit murmur2 of `data`, unsigned."""
    length = len(data)
    h = (0x9747B28C ^ length) & _MASK
    whole = length - length % 4
    for start in range(0, whole, 4):
        k = int.from_bytes(data[start : start + 4], "little") * _M & _MASK
        k = (k ^ (k >> 24)) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    if length > whole:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _M & _MASK
    h = (h ^ (h >> 13)) * _M & _MASK
    return h ^ (h >> 15)
