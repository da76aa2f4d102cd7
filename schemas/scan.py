"""Reads canonical JSON records into columns: one compiled pass over the bytes of a batch.

It needs no parser: a canonical record is known but for its values, and holds no escape, so that
the next quote ends a string. A record that is anything else is found out on the way. A text becomes
a view as Arrow's string views are: its size (4 bytes), then all of it if it has at most 12 bytes,
else its first 4, the number of its buffer and its place there (4 bytes each).
https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import carray
from numba.core import cgutils
from numba.extending import intrinsic

from schemas.compiled import compiled, inlined, pointer

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint32]
Steps = npt.NDArray[np.void]
Numbers = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

PLAIN: Final = 0
"""Text without quotes."""
QUOTED: Final = 1
"""A string."""
INTEGER: Final = 2
LIST: Final = 3

STEP: Final = np.dtype(
    [
        ("literal", np.int32), ("literal_size", np.int32), ("kind", np.int32), ("column", np.int32),
        ("required", np.int32), ("least", np.uint64), ("most", np.uint64), ("default", np.uint64),
        ("first", np.int32), ("behind", np.int32),
        ("closing", np.int32), ("closing_size", np.int32),
    ]
)  # fmt: skip
"""What comes before a value, what the value is, and which column of its kind takes it.

`least` and `most`: bytes of a text; or what an integer may be at most behind a minus, and without
one. `default` is the integer where there is none. A list has the steps of an element, from `first`
to before `behind`, and the literal `closing` that ends an element. Of a text that has
few values they are the literals from `first` to before `behind`, a quote behind each.
"""

MOST_ELEMENTS: Final = 64
_INLINE: Final = 12
_QUOTE, _BACKSLASH, _SPACE, _COMMA, _BRACKET, _BRACE, _MINUS, _ZERO, _NINE = b'"\\ ,]}-09'
_BAD: Final = -1
_FULL: Final = -2


class Plan(NamedTuple):
    """The records of a type, value after value.

    Of `steps` the first `whole` are those of a record, the others those in its lists. `literals`
    holds every text that is known, but for the record's last byte. `widths`: the columns of
    numbers and of texts of a record, and of the elements of its lists.
    """

    steps: Steps
    literals: Bytes
    whole: int
    widths: tuple[int, int, int, int]


class Values(NamedTuple):
    """Where records lie, as `schemas.texts` has them: the addresses of buffers in their place."""

    addresses: Ints
    ends: Ints
    starts: Ints
    sizes: Ints


class Columns(NamedTuple):
    """What was read, by column and row: `numbers` of integers, `views` of texts.

    `counts`: by step, in how many rows there is a value. Where there is none the view has no
    bytes, and the number is the step's default, in two's complement as all of them. The views of a
    step without a value anywhere are not written at all: most have none.
    """

    numbers: Numbers
    views: Words
    counts: Ints

    @classmethod
    def empty(cls, plan: Plan, rows: int) -> Columns:
        """Room for `rows` records."""
        numbers, texts, _, _ = plan.widths
        return cls(
            np.empty((numbers, rows), np.uint64),
            np.empty((texts, rows, 4), np.uint32),
            np.zeros(len(plan.steps), np.int64),
        )

    def uncounted(self) -> Columns:
        """The same columns for a part of the rows, of which nothing is counted yet."""
        return self._replace(counts=np.zeros_like(self.counts))


class Elements(NamedTuple):
    """What was read of lists, an element a row, and which record each belongs to.

    `ends` says by step how many rows there are.
    """

    columns: Columns
    owners: npt.NDArray[np.int64]
    ends: Ints

    @classmethod
    def empty(cls, plan: Plan, rows: int) -> Elements:
        """Room for `rows` elements of each list."""
        _, _, numbers, texts = plan.widths
        steps = len(plan.steps)
        columns = Columns(
            np.empty((numbers, rows), np.uint64),
            np.empty((texts, rows, 4), np.uint32),
            np.zeros(steps, np.int64),
        )
        owners = np.empty((steps - plan.whole, rows), np.int64)
        return cls(columns, owners, np.zeros(steps, np.int64))


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
    steps, literals = _borrowed(plan.steps), _borrowed(plan.literals)
    numbers, views = _borrowed(columns.numbers), _borrowed(columns.views)
    counts = _borrowed(columns.counts)
    whole = plan.whole
    clean = np.zeros(behind_last - first, np.bool_)
    buffer = 0
    for row in range(first, behind_last):
        while values.ends[buffer] <= row:
            buffer += 1
        at = values.starts[row]
        end = at + values.sizes[row]
        data = carray(pointer(values.addresses[buffer]), (max(end, 0),), np.uint8)
        for place in range(whole):
            step = steps[place]
            behind = _behind(data, at, end, literals, step.literal, step.literal_size)
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
                at = _read_list(data, buffer, behind, end, plan, step, elements, row)
            else:
                at = _read_value(data, buffer, behind, end, step, literals, numbers, views, row)
            if at < 0:
                break
            if counts[place] == 0 and step.kind in (PLAIN, QUOTED):
                for earlier in range(first, row):
                    _write_nothing(views, step.column, earlier)
            counts[place] += 1
        if at == _FULL:
            return clean, False
        clean[row - first] = at >= 0 and at + 1 == end and data[at] == _BRACE
        if at < 0:
            for column in range(len(views)):
                _write_nothing(views, column, row)
    return clean, True


@compiled
def _read_list(
    data: Bytes,
    buffer: int,
    at: int,
    end: int,
    plan: Plan,
    the_list: Any,
    elements: Elements,
    owner: int,
) -> int:
    """Put the elements that come next behind those of other records; the place behind the list."""
    steps, literals, whole, _ = plan
    (numbers, views, counts), owners, ends = elements
    for _ in range(MOST_ELEMENTS):
        for place in range(the_list.first, the_list.behind):
            row = ends[place]
            if row == owners.shape[1]:
                return _FULL
            ends[place] += 1
            owners[place - whole, row] = owner
            step = steps[place]
            behind = _behind(data, at, end, literals, step.literal, step.literal_size)
            if behind == _BAD:
                if step.required:
                    return _BAD
                if step.kind == INTEGER:
                    numbers[step.column, row] = step.default
                else:
                    _write_nothing(views, step.column, row)
                continue
            at = _read_value(data, buffer, behind, end, step, literals, numbers, views, row)
            if at == _BAD:
                return _BAD
            counts[place] += 1
        at = _behind(data, at, end, literals, the_list.closing, the_list.closing_size)
        if at in (_BAD, end):
            return _BAD
        if data[at] == _BRACKET:
            return at + 1
        if data[at] != _COMMA:
            return _BAD
        at += 1
    return _BAD


@inlined
def _behind(data: Bytes, at: int, end: int, literals: Bytes, literal: int, size: int) -> int:
    """The place behind a literal, if it comes next."""
    if at + size > end:
        return _BAD
    for place in range(size):
        if data[at + place] != literals[literal + place]:
            return _BAD
    return at + size


@inlined
def _read_value(
    data: Bytes,
    buffer: int,
    at: int,
    end: int,
    step: Any,
    literals: Bytes,
    numbers: Numbers,
    views: Words,
    row: int,
) -> int:
    """Put the value that comes next into its row; the place behind it and its quote."""
    if step.kind == INTEGER:
        return _read_integer(data, at, end, step, numbers, row)
    behind = _string_end(data, at, end) if step.kind == QUOTED else _plain_end(data, at, end)
    if behind == _BAD or not step.least <= np.uint64(behind - at) <= step.most:
        return _BAD
    if step.first < step.behind and not _is_chosen(data, at, behind, step, literals):
        return _BAD
    _write_view(data, buffer, at, behind - at, views, step.column, row)
    return behind + 1 if step.kind == QUOTED else behind


@inlined
def _is_chosen(data: Bytes, at: int, end: int, step: Any, literals: Bytes) -> bool:
    choice = step.first
    while choice < step.behind:
        same = 0
        while at + same < end and literals[choice + same] == data[at + same]:
            same += 1
        if at + same == end and literals[choice + same] == _QUOTE:
            return True
        while literals[choice] != _QUOTE:
            choice += 1
        choice += 1
    return False


@inlined
def _read_integer(data: Bytes, at: int, end: int, step: Any, numbers: Numbers, row: int) -> int:
    """Read digits; none is written with a zero in front, a plus, or a minus before 0."""
    negative = at < end and data[at] == _MINUS
    if negative:
        at += 1
    first = at
    most = step.least if negative else step.most
    number = np.uint64(0)
    while at < end and _ZERO <= data[at] <= _NINE:
        digit = np.uint64(data[at] - _ZERO)
        if digit > most or number > (most - digit) // np.uint64(10):
            return _BAD
        number = number * np.uint64(10) + digit
        at += 1
    if at == first or (data[first] == _ZERO and (negative or at > first + 1)):
        return _BAD
    numbers[step.column, row] = np.uint64(0) - number if negative else number
    return at


@inlined
def _plain_end(data: Bytes, at: int, end: int) -> int:
    """The place behind a value that has no quotes."""
    while at < end and data[at] != _COMMA and data[at] != _BRACE and data[at] != _BRACKET:
        if not _SPACE < data[at] < 0x80:
            return _BAD
        at += 1
    return at


@inlined
def _string_end(data: Bytes, at: int, end: int) -> int:
    """The place of the quote that ends a string of UTF-8 without escape or control character."""
    while at < end:
        byte = data[at]
        if byte == _QUOTE:
            return at
        if byte < _SPACE or byte == _BACKSLASH:
            return _BAD
        if byte < 0x80:
            at += 1
            continue
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
        if more == 0 or at + more >= end or not lowest <= data[at + 1] <= highest:
            return _BAD
        for place in range(at + 2, at + more + 1):
            if not 0x80 <= data[place] <= 0xBF:
                return _BAD
        at += more + 1
    return _BAD


@inlined
def _write_view(
    data: Bytes, buffer: int, at: int, size: int, views: Words, column: int, row: int
) -> None:
    _write_nothing(views, column, row)
    views[column, row, 0] = size
    if size > _INLINE:
        views[column, row, 1] = _word(data, at, 4)
        views[column, row, 2] = buffer
        views[column, row, 3] = at
    else:
        for word in range(-(-size // 4)):
            there = at + 4 * word
            views[column, row, 1 + word] = _word(data, there, min(4, at + size - there))


@inlined
def _write_nothing(views: Words, column: int, row: int) -> None:
    for word in range(4):
        views[column, row, word] = 0


@inlined
def _word(data: Bytes, at: int, size: int) -> np.uint32:
    word = np.uint32(0)
    for place in range(size):
        word |= np.uint32(data[at + place]) << np.uint32(8 * place)
    return word
