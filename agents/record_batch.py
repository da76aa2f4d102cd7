"""Kafka's record batch, message format 2, read as columns: no object per record but its value.

https://kafka.apache.org/documentation/#messageformat. Where each record begins is told only by the
length of the one before, so that is walked; everything else is found for all records at once.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import lz4.frame
import numpy as np
import numpy.typing as npt
from aiokafka.codec import gzip_decode, snappy_decode, zstd_decode

from pipeline.core.records import Records

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

FORMAT = 2
OVERHEAD = 12
"""Bytes of any batch before those that its length counts."""
_HEADER = struct.Struct(">q8xB4xh4xqq8x2x4xi")
_CODEC, _LOG_APPEND_TIME = 0x07, 0x08
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


class _Strange(Exception):
    pass


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
    data = decode(batch[_HEADER.size :])
    try:
        return _read(head, data, *_walked(data, head.records))
    except (IndexError, _Strange):
        return None


def _walked(data: bytes, count: int) -> tuple[Ints, Ints]:
    """Where each record begins behind its length, and where it ends."""
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for _ in range(count):
        size = data[at]
        at += 1
        if size >= 0x80:
            more = data[at]
            at += 1
            size += (more - 1) << 7
            if more >= 0x80:
                more = data[at]
                at += 1
                size += (more - 1) << 14
                if more >= 0x80:
                    raise _Strange  # a megabyte
        starts.append(at)
        at += size >> 1
        ends.append(at)
    return np.array(starts), np.array(ends)


def _read(head: _Head, data: bytes, starts: Ints, ends: Ints) -> Records:
    octets = np.frombuffer(data, np.uint8)
    since_ms, at = _varints(octets, starts + 1)  # behind the record's attributes
    distances, at = _varints(octets, at)
    keys, at = _varints(octets, at)
    sizes, at = _varints(octets, at + np.maximum(keys, 0))
    behind = at + np.maximum(sizes, 0)
    # The last byte of a record without headers is their count.
    if (behind + 1 != ends).any() or octets[behind].any():
        raise _Strange
    values: list[bytes | None] = [
        data[start:end] for start, end in zip(at.tolist(), behind.tolist(), strict=True)
    ]
    for row in np.flatnonzero(sizes < 0).tolist():
        values[row] = None
    if head.attributes & _LOG_APPEND_TIME:
        timestamps = np.full(head.records, head.most_ms, np.int64)
    else:
        timestamps = since_ms + head.first_ms
    return Records((distances + head.offset).astype(np.uint64), timestamps, values)


def _varints(octets: Bytes, at: Ints) -> tuple[Ints, Ints]:
    """The number, zigzag and of 7 bits a byte, that begins at each place, and the place behind."""
    octet = octets[at]
    found = (octet & 0x7F).astype(np.uint64)
    at = at + 1
    shift = 7
    rows = np.flatnonzero(octet >= 0x80)
    while rows.size:
        if shift > 63:
            raise _Strange
        octet = octets[at[rows]]
        found[rows] |= (octet & 0x7F).astype(np.uint64) << np.uint64(shift)
        at[rows] += 1
        shift += 7
        rows = rows[octet >= 0x80]
    half = (found >> np.uint64(1)).astype(np.int64)
    return half ^ -(found & np.uint64(1)).astype(np.int64), at
