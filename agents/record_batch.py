"""Kafka's record batch, message format 2, read as columns: no object per record.

https://kafka.apache.org/documentation/#messageformat. Where each record begins is told only by the
length of the one before; values stay where they were unpacked.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import lz4.frame
import numpy as np
import numpy.typing as npt
from aiokafka.codec import gzip_decode, snappy_decode, zstd_decode

from pipeline.core.records import Records
from schemas.compiled import compiled
from schemas.texts import NULL_SIZE, Texts

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

FORMAT = 2
OVERHEAD = 12
"""Bytes of any batch before those that its length counts."""
_HEADER = struct.Struct(">q8xB4xh4xqq8x2x4xi")
_CODEC, _LOG_APPEND_TIME = 0x07, 0x08
_NOWHERE = -(2**63)
_DECODED: Mapping[int, Callable[[memoryview], bytes]] = MappingProxyType(
    {0: bytes, 1: gzip_decode, 2: snappy_decode, 3: lz4.frame.decompress, 4: zstd_decode}
)


class _Head(NamedTuple):
    """What a batch says before its records."""

    offset: int
    format: int
    attributes: int
    first_ms: int
    most_ms: int
    records: int


def length(data: memoryview, at: int) -> int:
    """Bytes of the batch that begins `at` a place of `data`, of whatever format."""
    return OVERHEAD + int.from_bytes(data[at + 8 : at + OVERHEAD], "big")


def plain_records(batch: memoryview) -> Records | None:
    """The records of one batch, if it has any, none has a header, and nothing is strange.

    None otherwise; then it is for a reader that knows everything and says what is wrong.
    """
    if len(batch) < _HEADER.size:
        return None
    head = _Head(*_HEADER.unpack_from(batch))
    decode = _DECODED.get(head.attributes & _CODEC)
    if head.format != FORMAT or decode is None or head.records < 1:
        return None
    data = np.frombuffer(decode(batch[_HEADER.size :]), np.uint8)
    if head.records > len(data):
        return None
    since_ms, distances, starts, sizes = np.empty((4, head.records), np.int64)
    if not _found(data, since_ms, distances, starts, sizes):
        return None
    if head.attributes & _LOG_APPEND_TIME:
        timestamps = np.full(head.records, head.most_ms, np.int64)
    else:
        timestamps = since_ms + head.first_ms
    offsets = (distances + head.offset).astype(np.uint64)
    return Records(offsets, timestamps, Texts.within(data, starts, sizes))


@compiled
def _found(data: Bytes, since_ms: Ints, distances: Ints, starts: Ints, sizes: Ints) -> bool:
    """Find each record's time and offset, from the batch's on, and its value as in `Texts`.

    False if not all records are there, or one has a header.
    """
    at = 0
    for row in range(len(starts)):
        size, at = _varint(data, at)
        if at < 0 or not 0 <= size <= len(data) - at:
            return False
        end = at + size
        since_ms[row], at = _varint(data, at + 1)  # behind the record's attributes
        distances[row], at = _varint(data, at)
        key, at = _varint(data, at)
        sizes[row], at = _varint(data, at + max(key, 0))
        if sizes[row] > end - at:
            return False
        sizes[row] = max(sizes[row], NULL_SIZE)
        starts[row] = at
        at += max(sizes[row], 0)
        # The last byte of a record without headers is their count.
        if at + 1 != end or data[at] != 0:
            return False
        at = end
    return True


@compiled
def _varint(data: Bytes, at: int) -> tuple[Any, int]:
    """The number, zigzag and of 7 bits a byte, at a place, and the place behind it.

    Where there is none, that place is _NOWHERE, which no size leads back from.
    """
    found = np.uint64(0)
    for shift in range(0, 70, 7):
        if not 0 <= at < len(data):
            break
        octet = data[at]
        at += 1
        found |= np.uint64(octet & 0x7F) << np.uint64(shift)
        if octet < 0x80:
            half = np.int64(found >> np.uint64(1))
            return (-half - 1 if found & np.uint64(1) else half), at
    return np.int64(0), _NOWHERE
