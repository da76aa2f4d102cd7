"""Reads canonical JSON records into columns: one compiled pass over the bytes of a batch.

It needs no parser: a canonical record is known but for its values, and holds no escape, so that
the next quote ends a string. A record that is anything else is found out on the way. All places
are addresses, and eight bytes are looked at together where that many are left of a record.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba.core import cgutils
from numba.extending import intrinsic

from schemas.compiled import byte_at, compiled, inlined, lowest_bit, word_at
from schemas.plan import Columns, Elements, Mask, Plan, Values, Words

PLAIN: Final = 0
"""Text without quotes."""
QUOTED: Final = 1
"""A string."""
INTEGER: Final = 2
LIST: Final = 3

MOST_ELEMENTS: Final = 64
_INLINE: Final = 12
_QUOTE, _BACKSLASH, _SPACE, _COMMA, _BRACKET, _BRACE, _MINUS, _ZERO, _NINE = b'"\\ ,]}-09'
_BAD: Final = -1
_FULL: Final = -2
_ONES: Final = np.uint64(0x0101010101010101)
_HIGH: Final = np.uint64(0x8080808080808080)
_SPACES: Final = np.uint64(_SPACE) * _ONES
_QUOTES: Final = np.uint64(_QUOTE) * _ONES
_BACKSLASHES: Final = np.uint64(_BACKSLASH) * _ONES
_ALL: Final = np.uint64(2**64 - 1)
_LOW: Final = np.uint64(2**32 - 1)
_HALF: Final = np.uint64(32)
_TEN: Final = np.uint64(10)
_A_TENTH: Final = np.uint64((2**64 - 1) // 10)


@intrinsic  # type: ignore[untyped-decorator]  # numba has no types
def _borrowed(_: Any, array: Any) -> Any:
    """An array that the caller keeps alive, without its count of users.

    Handed on for each value, raising and lowering that count took half of the time.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(array)(context, builder, arguments[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()

    return array(array), codegen


@compiled
def scan(
    values: Values,
    first: int,
    behind_last: int,
    plan: Plan,
    columns: Columns,
    elements: Elements,
) -> tuple[Mask, bool]:
    """Read the records from `first` to before `behind_last` into their rows; which of them are
    canonical, and whether `elements` had room for all.

    What stands in the row of another record, or belongs to it, means nothing.
    """
    steps, literals = _borrowed(plan.steps), plan.literals.ctypes.data
    numbers, views = _borrowed(columns.numbers), _borrowed(columns.views)
    counts = _borrowed(columns.counts)
    whole = plan.whole
    clean = np.zeros(behind_last - first, np.bool_)
    buffer = 0
    for row in range(first, behind_last):
        while values.ends[buffer] <= row:
            buffer += 1
        lies = (buffer, values.addresses[buffer])
        at = lies[1] + values.starts[row]
        end = at + values.sizes[row]
        for place in range(whole):
            step = steps[place]
            behind = _behind(at, end, literals + step.literal, step.literal_size)
            if behind == _BAD:
                if step.required:
                    at = _BAD
                    break
                if step.kind == INTEGER:
                    numbers[step.column, row] = step.default
                elif counts[place] and step.kind != LIST:
                    _write_nothing(views, step.column, row)
                continue
            if step.kind == LIST:
                at = _read_list(lies, behind, end, plan, step, elements, row)
            else:
                at = _read_value(lies, behind, end, step, literals, numbers, views, row)
            if at < 0:
                break
            if counts[place] == 0 and step.kind in (PLAIN, QUOTED):
                for earlier in range(first, row):
                    _write_nothing(views, step.column, earlier)
            counts[place] += 1
        if at == _FULL:
            return clean, False
        clean[row - first] = at >= 0 and at + 1 == end and byte_at(at) == _BRACE
        if at < 0:
            for column in range(len(views)):
                _write_nothing(views, column, row)
    return clean, True


@compiled
def _read_list(
    lies: tuple[int, int],
    at: int,
    end: int,
    plan: Plan,
    the_list: Any,
    elements: Elements,
    owner: int,
) -> int:
    """Put the elements that come next behind those of other records; the place behind the list."""
    steps, literals, whole = plan.steps, plan.literals.ctypes.data, plan.whole
    (numbers, views, counts), owners, ends = elements
    for _ in range(MOST_ELEMENTS):
        for place in range(the_list.first, the_list.behind):
            row = ends[place]
            if row == owners.shape[1]:
                return _FULL
            ends[place] += 1
            owners[place - whole, row] = owner
            step = steps[place]
            behind = _behind(at, end, literals + step.literal, step.literal_size)
            if behind == _BAD:
                if step.required:
                    return _BAD
                if step.kind == INTEGER:
                    numbers[step.column, row] = step.default
                else:
                    _write_nothing(views, step.column, row)
                continue
            at = _read_value(lies, behind, end, step, literals, numbers, views, row)
            if at == _BAD:
                return _BAD
            counts[place] += 1
        at = _behind(at, end, literals + the_list.closing, the_list.closing_size)
        if at in (_BAD, end):
            return _BAD
        if byte_at(at) == _BRACKET:
            return at + 1
        if byte_at(at) != _COMMA:
            return _BAD
        at += 1
    return _BAD


@inlined
def _behind(at: int, end: int, literal: int, size: int) -> int:
    """The place behind a literal of so many bytes, if it comes next."""
    if at + size > end:
        return _BAD
    done = 0
    while done + 8 <= size:
        if word_at(at + done) != word_at(literal + done):
            return _BAD
        done += 8
    if done < size and size >= 8:  # the last eight, some of them once more
        return at + size if word_at(at + size - 8) == word_at(literal + size - 8) else _BAD
    while done < size:
        if byte_at(at + done) != byte_at(literal + done):
            return _BAD
        done += 1
    return at + size


@inlined
def _read_value(
    lies: tuple[int, int],
    at: int,
    end: int,
    step: Any,
    literals: int,
    numbers: Words,
    views: Words,
    row: int,
) -> int:
    """Put the value that comes next into its row; the place behind it and its quote."""
    if step.kind == INTEGER:
        return _read_integer(at, end, step, numbers, row)
    behind = _string_end(at, end) if step.kind == QUOTED else _plain_end(at, end)
    if behind == _BAD or not step.least <= np.uint64(behind - at) <= step.most:
        return _BAD
    if step.first < step.behind and not _is_chosen(at, behind, step, literals):
        return _BAD
    _write_view(lies, at, behind - at, end, views, step.column, row)
    return behind + 1 if step.kind == QUOTED else behind


@inlined
def _is_chosen(at: int, end: int, step: Any, literals: int) -> bool:
    choice, behind = literals + step.first, literals + step.behind
    while choice < behind:
        same = 0
        while at + same < end and byte_at(choice + same) == byte_at(at + same):
            same += 1
        if at + same == end and byte_at(choice + same) == _QUOTE:
            return True
        while byte_at(choice) != _QUOTE:
            choice += 1
        choice += 1
    return False


@inlined
def _read_integer(at: int, end: int, step: Any, numbers: Words, row: int) -> int:
    """Read digits; none is written with a zero in front, a plus, or a minus before 0."""
    negative = at < end and byte_at(at) == _MINUS
    if negative:
        at += 1
    first = at
    number = np.uint64(0)
    while at < end and _ZERO <= byte_at(at) <= _NINE:
        digit = np.uint64(byte_at(at) - _ZERO)
        if number > _A_TENTH or (number == _A_TENTH and digit > 5):
            return _BAD
        number = number * _TEN + digit
        at += 1
    if number > (step.least if negative else step.most):
        return _BAD
    if at == first or (byte_at(first) == _ZERO and (negative or at > first + 1)):
        return _BAD
    numbers[step.column, row] = np.uint64(0) - number if negative else number
    return at


@inlined
def _plain_end(at: int, end: int) -> int:
    """The place behind a value that has no quotes."""
    while at < end and byte_at(at) not in (_COMMA, _BRACE, _BRACKET):
        if not _SPACE < byte_at(at) < 0x80:
            return _BAD
        at += 1
    return at


@inlined
def _string_end(at: int, end: int) -> int:
    """The place of the quote that ends a string of UTF-8 without escape or control character."""
    while at < end:
        at = _behind_ascii(at, end)
        if at == end:
            break
        byte = byte_at(at)
        if byte == _QUOTE:
            return at
        if byte < _SPACE or byte == _BACKSLASH:
            return _BAD
        while byte >= 0x80:
            at = _behind_character(byte, at, end)
            if at in (_BAD, end):
                return _BAD
            byte = byte_at(at)
    return _BAD


@inlined
def _behind_ascii(at: int, end: int) -> int:
    """The place of the first byte that is no plain ASCII character of a string, or the end."""
    while at + 8 <= end:
        word = word_at(at)
        quote, backslash = word ^ _QUOTES, word ^ _BACKSLASHES
        # A byte less 1, or less a space, borrows where it is less; only above it that may be wrong.
        stops = (
            word
            | ((word - _SPACES) & ~word)
            | ((quote - _ONES) & ~quote)
            | ((backslash - _ONES) & ~backslash)
        ) & _HIGH
        if stops:
            return at + int(lowest_bit(stops) >> 3)
        at += 8
    while at < end:
        byte = byte_at(at)
        if byte < _SPACE or byte in (_QUOTE, _BACKSLASH) or byte >= 0x80:
            break
        at += 1
    return at


@inlined
def _behind_character(byte: int, at: int, end: int) -> int:
    """The place behind a character of UTF-8 that begins with this byte, if it is one."""
    more, lowest, highest = 0, 0x80, 0xBF  # how many bytes follow, and what the next may be
    if 0xC2 <= byte < 0xE0:
        more = 1
    elif 0xE0 <= byte < 0xF0:
        more = 2
        lowest = 0xA0 if byte == 0xE0 else 0x80
        highest = 0x9F if byte == 0xED else 0xBF
    elif 0xF0 <= byte < 0xF5:
        more = 3
        lowest = 0x90 if byte == 0xF0 else 0x80
        highest = 0x8F if byte == 0xF4 else 0xBF
    if more == 0 or at + more >= end or not lowest <= byte_at(at + 1) <= highest:
        return _BAD
    for place in range(at + 2, at + more + 1):
        if not 0x80 <= byte_at(place) <= 0xBF:
            return _BAD
    return at + more + 1


@inlined
def _write_view(
    lies: tuple[int, int], at: int, size: int, end: int, views: Words, column: int, row: int
) -> None:
    buffer, address = lies
    if size > _INLINE:
        rest = np.uint64(at - address) << _HALF | np.uint64(buffer)
        views[column, row, 0] = word_at(at) << _HALF | np.uint64(size)
        views[column, row, 1] = rest
        return
    first, second = _bytes_of(at, min(size, 8), end), _bytes_of(at + 8, max(size - 8, 0), end)
    views[column, row, 0] = first << _HALF | np.uint64(size)
    views[column, row, 1] = first >> _HALF | second << _HALF


@inlined
def _write_nothing(views: Words, column: int, row: int) -> None:
    views[column, row, 0] = 0
    views[column, row, 1] = 0


@inlined
def _bytes_of(at: int, size: int, end: int) -> np.uint64:
    """At most eight bytes, the first lowest, as a word."""
    if size == 0:
        return np.uint64(0)
    if at + 8 <= end:
        return np.uint64(word_at(at) & (_ALL >> np.uint64(64 - 8 * size)))
    word = np.uint64(0)
    for place in range(size):
        word |= np.uint64(byte_at(at + place)) << np.uint64(8 * place)
    return word
