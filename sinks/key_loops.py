"""The loops that find the order in which a table's key has the rows of a frame (see key_order).

Arrow's memory is read by address, as in native_loops, whose smallest loops are here once more: a
compiled function calls those of its own module only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import carray

from schemas.compiled import compiled, lowest_bit, pointer

Rows = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Key = npt.NDArray[np.int64]
"""A row for each column of a key: the number of the column in the frame, and two more.

Those are, of the moment, what of it is one unit of the key, and the units of a day; of what comes
behind it, the bytes of an unsigned number, or TEXT, and nothing.
"""
TEXT = 0

_DAY, _TEXT, _MOMENT = 0, 1, 2
_LENGTH, _OFFSET, _BUFFERS, _CHILDREN, _ARRAY_WORDS = 0, 2, 5, 6, 10  # of struct ArrowArray
_VALUES, _TEXTS = 1, 2  # buffers of an array
_INLINE = 12  # bytes of a string that lie in its view, and zeros behind it
_LOW = 0xFFFFFFFF
_RANK_BITS, _MOMENT_BITS = 20, 27  # the milliseconds of a day are 27 bits
MAX_ROWS = 1 << _RANK_BITS
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_BYTES, _SHORTS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
_DIGIT_BITS = np.uint64(11)
_DIGITS = 1 << 11
_DIGIT = np.uint64(_DIGITS - 1)
_8, _16, _32 = np.uint64(8), np.uint64(16), np.uint64(32)


@compiled
def numbered(root: int, column: int) -> tuple[Rows, Rows]:
    """The number of each row's text among the distinct ones, and the first row of each of them."""
    rows = _words(root, _ARRAY_WORDS)[_LENGTH]
    values, texts = _found(root, column, 16)
    views = _words(values, 2 * rows)
    bits = 4
    while 3 << bits < 4 * rows:  # a quarter of the slots stays free
        bits += 1
    slots = np.zeros(1 << bits, np.int32)
    numbers, firsts, count = np.empty(rows, np.int64), np.empty(rows, np.int64), 0
    for row in range(rows):
        low, high = views[2 * row], views[2 * row + 1]
        slot = np.int64(_hash(low, high, texts) >> np.uint64(64 - bits))
        while slots[slot] > 0:
            first = firsts[slots[slot] - 1]
            if _compare_texts(low, high, views[2 * first], views[2 * first + 1], texts) == 0:
                break
            slot = (slot + 1) & ((1 << bits) - 1)
        if slots[slot] == 0:
            firsts[count] = row
            count += 1
            slots[slot] = count
        numbers[row] = slots[slot] - 1
    return numbers, firsts[:count].copy()


@compiled
def words_of(root: int, column: int, rows: Rows) -> Words:
    """Of the texts of some rows eight bytes each, behind what all of them begin with.

    Where two differ, the texts differ alike; where they do not, the texts still may.
    """
    values, texts = _found(root, column, 16)
    begin = _common(values, texts, rows)
    words = np.empty(len(rows), np.uint64)
    for at in range(len(rows)):
        low, high = _view(values, rows[at])
        words[at] = _word(low, high, texts, begin)
    return words


@compiled
def key_words(root: int, key: Key, numbers: Rows, ranked: Rows) -> tuple[Words, bool]:
    """Day, rank of the text and moment of each row as one number, and whether that can be.

    `ranked` has a row of each text, in their order. It cannot be where a day is not its moment's.
    """
    ranks = np.empty(len(ranked), np.int64)
    for rank in range(len(ranked)):
        ranks[numbers[ranked[rank]]] = rank
    rows = len(numbers)
    days = _numbers(_found(root, key[_DAY, 0], 4)[0], rows)
    column, unit, units_of_a_day = key[_MOMENT]
    moments = _words(_found(root, column, 8)[0], rows)
    words = np.empty(rows, np.uint64)
    fit = True
    for row in range(rows):
        moment, day = moments[row] // unit, np.int64(days[row])
        fit &= 0 <= moment - day * units_of_a_day < units_of_a_day
        high = day << _RANK_BITS | ranks[numbers[row]]
        words[row] = np.uint64(high << _MOMENT_BITS | moment - day * units_of_a_day)
    return words, fit


@compiled
def in_order(words: Words) -> Rows:
    """The places of the words from the least to the greatest, of equal ones from the first on.

    By one digit after the other, from the lowest on; of bits that all have alike there is none.
    """
    rows = len(words)
    order, spare = np.arange(rows), np.empty(rows, np.int64)
    places = np.empty(_DIGITS, np.int64)
    different = np.uint64(0)
    for word in words:
        different |= word ^ words[0]
    digit = np.uint64(0)
    while different != 0:
        skipped = np.uint64(lowest_bit(different))
        digit += skipped
        different = different >> skipped >> _DIGIT_BITS
        places[:] = 0
        for word in words:
            places[word >> digit & _DIGIT] += 1
        place = 0
        for at in range(_DIGITS):
            places[at], place = place, place + places[at]
        for row in order:
            its = words[row] >> digit & _DIGIT
            spare[places[its]] = row
            places[its] += 1
        order, spare = spare, order
        digit += _DIGIT_BITS
    return order


@compiled
def settle(root: int, words: Words, order: Rows, key: Key) -> None:
    """Put `order` right where words of neighbours are equal: by the columns of `key`."""
    columns = np.empty((len(key), 3), np.int64)
    for at in range(len(key)):
        width = key[at, 1]
        values, texts = _found(root, key[at, 0], 16 if width == TEXT else width)
        columns[at, 0], columns[at, 1], columns[at, 2] = width, values, texts
    first, end = _equal(words, 0)
    if first < end:
        spare = np.empty(len(order), np.int64)
    while first < end:
        _merge_sort(order, spare, first, end, columns)
        first, end = _equal(words, end)


@compiled
def _equal(words: Words, begin: int) -> tuple[int, int]:
    """The next two or more that are equal: where they begin and end; nothing if there are none."""
    for first in range(begin, len(words) - 1):
        if words[first] == words[first + 1]:
            end = first + 2
            while end < len(words) and words[end] == words[first]:
                end += 1
            return first, end
    return len(words), len(words)


@compiled
def _merge_sort(order: Rows, spare: Rows, first: int, end: int, columns: Any) -> None:
    width = 1
    while width < end - first:
        for begin in range(first, end, 2 * width):
            left, middle = begin, min(begin + width, end)
            right, behind = middle, min(begin + 2 * width, end)
            for at in range(begin, behind):
                if right == behind or (
                    left < middle and _compare(order[left], order[right], columns) < 0
                ):
                    spare[at] = order[left]
                    left += 1
                else:
                    spare[at] = order[right]
                    right += 1
        order[first:end] = spare[first:end]
        width *= 2


@compiled
def _compare(one: int, other: int, columns: Any) -> int:
    """Below or above 0: how the key has two rows, and as they were where they are equal in it."""
    for at in range(len(columns)):
        width, values, texts = columns[at]
        if width == TEXT:
            low, high = _view(values, one)
            other_low, other_high = _view(values, other)
            found = _compare_texts(low, high, other_low, other_high, texts)
        else:
            found = 0
            mine, its = _bytes(values + width * one, width), _bytes(values + width * other, width)
            for place in range(width):  # the last byte weighs most
                if mine[place] != its[place]:
                    found = -1 if mine[place] < its[place] else 1
        if found != 0:
            return found
    return one - other


@compiled
def _compare_texts(low: int, high: int, other_low: int, other_high: int, texts: int) -> int:
    """As memcmp has the bytes of two views, and where one begins with the other, as their sizes."""
    if low == other_low and high == other_high:
        return 0
    size, other_size = low & _LOW, other_low & _LOW
    for at in range(0, min(size, other_size), 8):
        word, other_word = _word(low, high, texts, at), _word(other_low, other_high, texts, at)
        if word != other_word:
            return -1 if word < other_word else 1
    return size - other_size


@compiled
def _hash(low: int, high: int, texts: int) -> Any:
    if low & _LOW <= _INLINE:
        mixed = np.uint64(low) * _SPREAD ^ np.uint64(high)
    else:
        mixed = np.uint64(low)
        for at in range(0, low & _LOW, 8):
            mixed = (mixed ^ mixed >> _32 ^ _word(low, high, texts, at)) * _SPREAD
    mixed = (mixed ^ mixed >> _32) * _SPREAD
    return (mixed ^ mixed >> _32) * _SPREAD


@compiled
def _common(values: int, texts: int, rows: Rows) -> int:
    """With how many bytes the texts of all these rows begin alike."""
    first_low, first_high = _view(values, rows[0])
    common = first_low & _LOW
    for row in rows:
        low, high = _view(values, row)
        common = min(common, low & _LOW)
        at = 0
        while at < common:
            different = _word(first_low, first_high, texts, at) ^ _word(low, high, texts, at)
            if different != 0:
                while different >> np.uint64(56) == 0:
                    different <<= _8
                    at += 1
                common = min(common, at)
            at += 8
    return common


@compiled
def _word(low: int, high: int, texts: int, at: int) -> Any:
    """Eight bytes of a view's string as a number, the first weighing most; zeros behind its end."""
    size = low & _LOW
    if size > _INLINE:
        number, start = high & _LOW, high >> 32 & _LOW
        text = _words(texts, number + 1)[number] + start
        missing = min(8, max(0, at + 8 - size))
        word = np.uint64(_words(text + at - missing, 1)[0])
        word = word >> np.uint64(8 * missing) if missing < 8 else np.uint64(0)
    elif at < 8:
        first = np.uint64(low >> 32 & _LOW | high << 32)
        last = np.uint64(high >> 32 & _LOW)
        word = first >> np.uint64(8 * at)
        if at > 0:
            word |= last << np.uint64(64 - 8 * at)
    else:
        word = np.uint64(high >> 32 & _LOW) >> np.uint64(8 * (at - 8)) if at < 12 else np.uint64(0)
    word = (word & _BYTES) << _8 | word >> _8 & _BYTES
    word = (word & _SHORTS) << _16 | word >> _16 & _SHORTS
    return word << _32 | word >> _32


@compiled
def _words(address: int, count: int) -> Any:
    return carray(pointer(address), (count,), np.int64)


@compiled
def _numbers(address: int, count: int) -> Any:
    return carray(pointer(address), (count,), np.int32)


@compiled
def _bytes(address: int, count: int) -> Any:
    return carray(pointer(address), (count,), np.uint8)


@compiled
def _view(values: int, row: int) -> tuple[int, int]:
    view = _words(values + 16 * row, 2)
    return view[0], view[1]


@compiled
def _found(root: int, column: int, width: int) -> tuple[int, int]:
    """Where the values of a column lie, and where its texts are."""
    array = _words(_words(root, _ARRAY_WORDS)[_CHILDREN], column + 1)[column]
    buffers = _words(array, _ARRAY_WORDS)[_BUFFERS]
    first = _words(array, _ARRAY_WORDS)[_OFFSET]
    return _words(buffers, _VALUES + 1)[_VALUES] + width * first, buffers + 8 * _TEXTS
