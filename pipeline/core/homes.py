"""Which partition many events belong in: routing.py for columns, by one compiled loop."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import carray

from schemas.arrow import arrays
from schemas.compiled import byte_at, compiled, fetch_ahead, inlined, pointer, word_at

Homes = npt.NDArray[np.uint16]

_KEYS = ("group_id", "user_id", "event_id")
_M: Final = np.uint64(0x5BD1E995)
_SEED: Final = np.uint64(0x9747B28C)
_LOW: Final = np.uint64(0xFFFFFFFF)
_POSITIVE: Final = np.uint64(0x7FFFFFFF)
_AHEAD: Final = 16
_HALF: Final = np.uint64(32)
_OFFSET, _BUFFERS, _CHILDREN = 2, 5, 6  # words of struct ArrowArray
_VALUES, _TEXTS = 1, 2  # buffers of an array
_VIEW, _INLINE = 16, 12  # bytes of a view, and of a string that lies in it, behind its length


def homes(events: pl.DataFrame, partitions: int) -> Homes:
    """The partition number that the record of each event belongs in, among `partitions`.

    By columns group_id, user_id and event_id: `routing.partition_for` of its `routing_key`.
    """
    found: Homes = np.empty(events.height, np.uint16)
    if len(found):
        with arrays(pl.DataFrame([events[name] for name in _KEYS])) as root:
            _find(root, partitions, found)
    return found


@compiled
def _find(root: int, count: int, found: Homes) -> None:
    """The home of each row, whose key is the first of three texts that is not empty, or the third.

    `root` is the address of the struct ArrowArray of a frame of these.
    """
    views, texts = np.empty(3, np.int64), np.empty(3, np.int64)
    for column in range(3):
        array = _at(_at(root, _CHILDREN), column)
        buffers = _at(array, _BUFFERS)
        views[column] = _at(buffers, _VALUES) + _VIEW * _at(array, _OFFSET)
        texts[column] = buffers + 8 * _TEXTS
    for row in range(len(found)):
        column = 0
        while column < 2 and _size(views[column] + _VIEW * row) == 0:
            column += 1
        view = views[column] + _VIEW * row
        if row + _AHEAD < len(found):
            fetch_ahead(_begin(view + _VIEW * _AHEAD, texts[column]))
        found[row] = _hash(view, texts[column]) % np.uint64(count)


@inlined
def _begin(view: Any, texts: Any) -> Any:
    """Where the text of a view lies: in it, behind the length, or where its second word says."""
    if _size(view) <= _INLINE:
        return view + 4
    place = word_at(view + 8)
    return _at(texts, np.int64(place & _LOW)) + np.int64(place >> _HALF)


@inlined
def _size(view: Any) -> Any:
    """The bytes of the text of a view."""
    return np.int64(word_at(view) & _LOW)


@inlined
def _hash(view: Any, texts: Any) -> Any:
    """Kafka's murmur2 of the text of a view, as a positive number."""
    at, size = _begin(view, texts), _size(view)
    end = at + size
    h = _SEED ^ np.uint64(size)
    while at + 4 <= end:
        k = np.uint64(carray(pointer(at), (1,), np.uint32)[0]) * _M & _LOW
        k = (k ^ (k >> np.uint64(24))) * _M & _LOW
        h = (h * _M & _LOW) ^ k
        at += 4
    if at < end:
        k = np.uint64(0)
        for place in range(end - at):
            k |= np.uint64(byte_at(at + place)) << np.uint64(8 * place)
        h = (h ^ k) * _M & _LOW
    h = (h ^ (h >> np.uint64(13))) * _M & _LOW
    return (h ^ (h >> np.uint64(15))) & _POSITIVE


@inlined
def _at(address: Any, number: Any) -> Any:
    """One of the words at an address, as another address or a count."""
    return np.int64(word_at(address + 8 * number))
