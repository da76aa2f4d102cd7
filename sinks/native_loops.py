"""The loops that write columns in ClickHouse's Native format, from Arrow's memory into one buffer.

A plan has a step for each column or part of one. Arrow's structs and buffers are read by address,
as the Arrow C Data Interface lays them out (64 bits, little end first).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import carray

from schemas.compiled import compiled, fetch_ahead, pointer

Sizes = npt.NDArray[np.int64]
Order = npt.NDArray[np.int64]
"""The rows of a frame in the order in which they are written, or none: as they are."""
Plan = npt.NDArray[np.int64]
"""Rows of (column of the frame, `Step`, lists around it, parameter, address and size of a head)."""
HEAD_SIZE = 5
"""Its place in such a row."""

SPARE = 16
"""So many bytes must follow those of a block: short strings are written as whole words."""

HAS_NULLS = -1
OUT_OF_RANGE = -2


class Step(IntEnum):
    """What is written; the parameter is the bytes of a number, or what a second is of."""

    AS_IT_IS = 0
    STRINGS = 1
    DAYS = 2
    SECONDS = 3
    DECIMALS = 4
    ENDS = 5


_STRINGS, _DAYS, _SECONDS, _DECIMALS, _ENDS = map(int, list(Step)[1:])
_LENGTH, _NULL_COUNT, _OFFSET, _BUFFERS, _CHILDREN, _ARRAY_WORDS = 0, 1, 2, 5, 6, 10
# words of struct ArrowArray
_VALIDITY, _VALUES, _TEXTS = 0, 1, 2  # buffers of an array
_INLINE = 12  # bytes of a string that lie in its view
_LOW = 0xFFFFFFFF
_AHEAD = 16
_DAYS_END, _SECONDS_END = 1 << 16, 1 << 32


@compiled
def measure(root: int, plan: Plan) -> Sizes:
    """The bytes of each step without its head, or why it cannot be written.

    `root` is the address of the struct ArrowArray of a frame.
    """
    sizes = np.empty(len(plan), np.int64)
    for step in range(len(plan)):
        column, kind, lists, parameter, _, _ = plan[step]
        array, first, count = _found(root, column, lists)
        values = _buffer(array, _VALUES)
        if _has_nulls(array, first, count):
            sizes[step] = HAS_NULLS
        elif kind == _STRINGS:
            sizes[step] = _size_of_strings(_words(values + 16 * first, 2 * count))
        elif kind == _DAYS:
            fit = _all_within(_numbers(values + 4 * first, count), _DAYS_END)
            sizes[step] = 2 * count if fit else OUT_OF_RANGE
        elif kind == _SECONDS:
            fit = _all_within(_words(values + 8 * first, count), _SECONDS_END * parameter)
            sizes[step] = 4 * count if fit else OUT_OF_RANGE
        elif kind == _DECIMALS:
            fit = _fits_in(_words(values + 16 * first, 2 * count), 8 * parameter)
            sizes[step] = parameter * count if fit else OUT_OF_RANGE
        elif kind == _ENDS:
            sizes[step] = 8 * count
        else:
            sizes[step] = parameter * count
    return sizes


@compiled
def write(root: int, plan: Plan, sizes: Sizes, order: Order, to: int) -> None:
    """Write all steps, each behind its head, to the address `to`; `sizes` as measured."""
    for step in range(len(plan)):
        column, kind, lists, parameter, head, head_size = plan[step]
        _copy(head, to, head_size)
        to += head_size
        array, first, count = _found(root, column, lists)
        its_order = order if lists == 0 else _order_within(root, column, lists, order)
        values = _buffer(array, _VALUES)
        if kind == _STRINGS:
            texts = _buffers(array) + 8 * _TEXTS
            views = _words(values + 16 * first, 2 * count)
            _write_strings(views, texts, its_order, to, sizes[step])
        elif kind == _DAYS:
            _write_days(_numbers(values + 4 * first, count), its_order, _shorts(to, count))
        elif kind == _SECONDS:
            moments = _words(values + 8 * first, count)
            _write_seconds(moments, parameter, its_order, _numbers(to, count))
        elif kind == _DECIMALS:
            _write_decimals(_words(values + 16 * first, 2 * count), parameter, its_order, to)
        elif kind == _ENDS:
            _write_ends(_words(values + 8 * first, count + 1), its_order, _words(to, count))
        elif len(its_order):
            _take(values + parameter * first, parameter, its_order, to)
        else:
            _copy(values + parameter * first, to, sizes[step])
        to += sizes[step]


@compiled
def _words(address: int, count: int) -> Any:
    return carray(pointer(address), (count,), np.int64)


@compiled
def _numbers(address: int, count: int) -> Any:
    return carray(pointer(address), (count,), np.int32)


@compiled
def _shorts(address: int, count: int) -> Any:
    return carray(pointer(address), (count,), np.uint16)


@compiled
def _bytes(address: int, count: int) -> Any:
    return carray(pointer(address), (count,), np.uint8)


@compiled
def _buffers(array: int) -> Any:
    return _words(array, _ARRAY_WORDS)[_BUFFERS]


@compiled
def _buffer(array: int, number: int) -> Any:
    return _words(_buffers(array), number + 1)[number]


@compiled
def _found(root: int, column: int, lists: int) -> tuple[int, int, int]:
    """The array of a column, within so many lists, and its values: the first, and how many."""
    array = _words(_words(root, _ARRAY_WORDS)[_CHILDREN], column + 1)[column]
    first, count = _words(array, _ARRAY_WORDS)[_OFFSET], _words(root, _ARRAY_WORDS)[_LENGTH]
    for _ in range(lists):
        ends = _words(_buffer(array, _VALUES) + 8 * first, count + 1)
        array = _words(_words(array, _ARRAY_WORDS)[_CHILDREN], 1)[0]
        first, count = ends[0] + _words(array, _ARRAY_WORDS)[_OFFSET], ends[count] - ends[0]
    return array, first, count


@compiled
def _order_within(root: int, column: int, lists: int, order: Order) -> Order:
    """The order of the values within so many lists of a column, where that of its rows is given."""
    array = _words(_words(root, _ARRAY_WORDS)[_CHILDREN], column + 1)[column]
    first, count = _words(array, _ARRAY_WORDS)[_OFFSET], len(order)
    for _ in range(lists if count else 0):
        ends = _words(_buffer(array, _VALUES) + 8 * first, count + 1)
        array = _words(_words(array, _ARRAY_WORDS)[_CHILDREN], 1)[0]
        first, count = ends[0] + _words(array, _ARRAY_WORDS)[_OFFSET], ends[count] - ends[0]
        within, filled = np.empty(count, np.int64), 0
        for at in order:
            for value in range(ends[at] - ends[0], ends[at + 1] - ends[0]):
                within[filled] = value
                filled += 1
        order = within
    return order


@compiled
def _has_nulls(array: int, first: int, count: int) -> bool:
    validity = _buffer(array, _VALIDITY)
    if _words(array, _ARRAY_WORDS)[_NULL_COUNT] == 0 or validity == 0:
        return False
    bits = _bytes(validity, (first + count + 7) // 8)
    present = 0
    for at in range(first, first + count):
        present += bits[at >> 3] >> (at & 7) & 1
    return present < count


@compiled
def _all_within(numbers: Any, end: int) -> bool:
    fit = True
    for at in range(len(numbers)):
        fit &= 0 <= numbers[at] < end
    return fit


@compiled
def _fits_in(halves: Any, bits: int) -> bool:
    """Whether 128-bit numbers fit in so many bits."""
    fit = True
    for at in range(0, len(halves), 2):
        low, spare = halves[at], 64 - bits
        fit &= halves[at + 1] == low >> 63 and low << spare >> spare == low
    return fit


@compiled
def _copy(source: int, to: int, size: int) -> None:
    """Copy bytes to where they are not read."""
    whole = size >> 3
    from_words, to_words = _words(source, whole), _words(to, whole)
    for at in range(whole):
        to_words[at] = from_words[at]
    from_bytes, to_bytes = _bytes(source, size), _bytes(to, size)
    for at in range(8 * whole, size):
        to_bytes[at] = from_bytes[at]


@compiled
def _take(source: int, width: int, order: Order, to: int) -> None:
    """Copy numbers of so many bytes in an order."""
    count = len(order)
    if width == 8:
        words, out_words = _words(source, count), _words(to, count)
        for at in range(count):
            out_words[at] = words[order[at]]
    elif width == 4:
        numbers, out_numbers = _numbers(source, count), _numbers(to, count)
        for at in range(count):
            out_numbers[at] = numbers[order[at]]
    elif width == 2:
        shorts, out_shorts = _shorts(source, count), _shorts(to, count)
        for at in range(count):
            out_shorts[at] = shorts[order[at]]
    else:
        its_bytes, out_bytes = _bytes(source, count), _bytes(to, count)
        for at in range(count):
            out_bytes[at] = its_bytes[order[at]]


@compiled
def _varint_size(number: int) -> int:
    size = 1
    while number >= 128:
        number >>= 7
        size += 1
    return size


@compiled
def _all_equal(views: Any) -> Any:
    """Whether all strings are one, by their views; they may be and not seem so."""
    low, high = views[0], views[1]
    different = np.int64(0)
    for at in range(0, len(views), 2):
        different |= (views[at] ^ low) | (views[at + 1] ^ high)
    return different == 0


@compiled
def _size_of_strings(views: Any) -> Any:
    size, longest = np.int64(len(views) // 2), np.int64(0)
    for at in range(0, len(views), 2):
        length = views[at] & _LOW
        size += length
        longest |= length
    if longest >= 128:
        for at in range(0, len(views), 2):
            size += _varint_size(views[at] & _LOW) - 1
    return size


@compiled
def _write_days(days: Any, order: Order, out: Any) -> None:
    for at in range(len(days)):
        out[at] = days[order[at] if len(order) else at]


@compiled
def _write_seconds(moments: Any, a_second: int, order: Order, out: Any) -> None:
    if a_second == 1000:  # a divisor that is known costs a third
        for at in range(len(moments)):
            out[at] = moments[order[at] if len(order) else at] // 1000
    else:
        for at in range(len(moments)):
            out[at] = moments[order[at] if len(order) else at] // a_second


@compiled
def _write_decimals(halves: Any, width: int, order: Order, to: int) -> None:
    count = len(halves) // 2
    wide, narrow = _words(to, count), _numbers(to, count)
    for at in range(count):
        low = halves[2 * (order[at] if len(order) else at)]
        if width == 8:
            wide[at] = low
        else:
            narrow[at] = low


@compiled
def _write_ends(ends: Any, order: Order, out: Any) -> None:
    end = np.int64(0)
    for at in range(len(out)):
        row = order[at] if len(order) else at
        end += ends[row + 1] - ends[row]
        out[at] = end


@compiled
def _write_strings(views: Any, texts: int, order: Order, to: int, size: int) -> None:
    if size == len(views) // 2:  # all are empty
        zeros = _bytes(to, size)
        for at in range(size):
            zeros[at] = 0
    elif len(views) and _all_equal(views):
        done = _write_string(views[0], views[1], texts, to) - to
        while done < size:
            more = min(done, size - done)
            _copy(to, to + done, more)
            done += more
    else:
        rows = len(views) // 2
        for at in range(rows):
            ahead = min(at + _AHEAD, rows - 1)
            later = order[ahead] if len(order) else ahead
            if views[2 * later] & _LOW > _INLINE:
                fetch_ahead(_place_of(views[2 * later + 1], texts))
            row = order[at] if len(order) else at
            to = _write_string(views[2 * row], views[2 * row + 1], texts, to)


@compiled
def _write_string(low: int, high: int, texts: int, to: int) -> int:
    """Write the string of a view behind its length; where the next one goes."""
    length = left = low & _LOW
    while left >= 128:
        _bytes(to, 1)[0] = left & 127 | 128
        left >>= 7
        to += 1
    _bytes(to, 1)[0] = left
    to += 1
    if length <= _INLINE:
        out = _words(to, 2)
        out[0], out[1] = low >> 32 & _LOW | high << 32, high >> 32
    else:
        source = _place_of(high, texts)
        for at in range(0, length - 8, 8):
            _words(to + at, 1)[0] = _words(source + at, 1)[0]
        last = length - 8  # the last eight, some of them once more
        _words(to + last, 1)[0] = _words(source + last, 1)[0]
    return to + length


@compiled
def _place_of(high: int, texts: int) -> Any:
    """Where the string of a view lies that has it in a buffer."""
    number, start = high & _LOW, high >> 32 & _LOW
    return _words(texts, number + 1)[number] + start
