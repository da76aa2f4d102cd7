"""64-bit hashes of rows, by one compiled loop over the memory of a frame's own columns.

Two words of a text, or one and a constant, are multiplied to 128 bits, whose halves are folded into
the next state. Equal values have equal hashes in every process, wherever they lie. Two of n rows
that differ share one with a probability of n^2 / 2^65, unless somebody wants them to: it is no
secret how they are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from llvmlite import ir
from numba import carray, types
from numba.extending import intrinsic

from pipeline.core.pairs import Hashes
from schemas.arrow import arrays
from schemas.compiled import byte_at, compiled, fetch_ahead, inlined, pointer, word_at

Columns = tuple[str, ...]
"""What is hashed together, in this order."""
Plan = npt.NDArray[np.int64]
"""Rows of (column of the frame, bytes of a number or TEXT, which hash it is a part of)."""

TEXT = 0

_WIDTHS: Mapping[pl.DataType, int] = {
    pl.String(): TEXT,
    pl.UInt8(): 1,
    pl.UInt16(): 2,
    pl.UInt32(): 4,
    pl.UInt64(): 8,
    pl.Int64(): 8,
}
_NULL_COUNT, _OFFSET, _BUFFERS, _CHILDREN = 1, 2, 5, 6  # words of struct ArrowArray
_VALUES, _TEXTS = 1, 2  # buffers of an array
_VIEW = 16  # bytes of a view
_INLINE = np.uint64(12)  # bytes of a string that lie in its view, and zeros behind it
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_AHEAD = 16
_START = np.uint64(0x8F5B2E8DC3A1F74B)
_STEP = np.uint64(0xFFB7E15162A93C6D)  # no word of a text is this one: UTF-8 has no byte 255
_SIZE = np.uint64(0xD6E8FEB86659FD93)
_END = np.uint64(0xB492B66FBE98F273)


def hashed(frame: pl.DataFrame, *keys: Columns) -> Hashes:
    """Hashes of all rows for each of `keys`: of what the columns that it names hold, in order.

    The shape is (keys, rows). Columns are texts and integers; of these the number counts, however
    wide its column is. ValueError where one is anything else, or holds a null: in facts none does.
    """
    columns = pl.DataFrame([_readable(frame[name]) for name in _names(keys)])
    found: Hashes = np.empty((len(keys), frame.height), np.uint64)
    if frame.height:
        with arrays(columns) as root:
            if not _hash(root, _plan(keys, tuple(columns.dtypes)), found):
                raise ValueError(f"a null among {', '.join(columns.columns)}")
    return found


def _readable(column: pl.Series) -> pl.Series:
    if column.dtype in _WIDTHS:
        return column
    if not column.dtype.is_integer():
        raise ValueError(f"{column.name} is {column.dtype}: no text and no integer")
    return column.cast(pl.Int64)


@lru_cache
def _names(keys: tuple[Columns, ...]) -> Columns:
    """Each column that a key names, once."""
    return tuple(dict.fromkeys(chain.from_iterable(keys)))


@lru_cache
def _plan(keys: tuple[Columns, ...], dtypes: tuple[pl.DataType, ...]) -> Plan:
    """The plan of keys; `dtypes` are those of all columns that they name."""
    places = {name: place for place, name in enumerate(_names(keys))}
    steps = [
        (places[name], _WIDTHS[dtypes[places[name]]], number)
        for number, columns in enumerate(keys)
        for name in columns
    ]
    return np.array(steps, np.int64)


@intrinsic  # type: ignore[untyped-decorator]  # numba has no types
def _folded(_: Any, one: Any, other: Any) -> Any:
    """The exclusive or of the high and the low half of a product of 128 bits."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        half, whole = ir.IntType(64), ir.IntType(128)
        product = builder.mul(*(builder.zext(each, whole) for each in arguments))
        high = builder.lshr(product, ir.Constant(whole, 64))
        return builder.xor(builder.trunc(high, half), builder.trunc(product, half))

    return types.uint64(types.uint64, types.uint64), codegen


@compiled
def _hash(root: int, plan: Plan, found: Hashes) -> bool:
    """Fill in the hashes of each row; False if a column has a null.

    `root` is the address of the struct ArrowArray of a frame. All of a row is read at once, since
    the texts of an event mostly lie side by side.
    """
    keys, rows = found.shape
    values, texts = np.empty(len(plan), np.int64), np.empty(len(plan), np.int64)
    for step in range(len(plan)):
        column, width, _ = plan[step]
        array = _at(_at(root, _CHILDREN), column)
        if _at(array, _NULL_COUNT) != 0:
            return False
        buffers = _at(array, _BUFFERS)
        size = _VIEW if width == TEXT else width
        values[step] = _at(buffers, _VALUES) + size * _at(array, _OFFSET)
        texts[step] = buffers + 8 * _TEXTS
    for row in range(rows):
        step = 0
        for key in range(keys):
            state = _START
            while step < len(plan) and plan[step, 2] == key:
                width = plan[step, 1]
                if width == TEXT:
                    view = values[step] + _VIEW * row
                    if row + _AHEAD < rows:
                        _fetch_text(view + _VIEW * _AHEAD, texts[step])
                    state = _with_text(state, view, texts[step])
                else:
                    state = _folded(state ^ _number(values[step] + width * row, width), _STEP)
                step += 1
            found[key, row] = _folded(state ^ _END, _STEP)
    return True


@inlined
def _with_text(state: Any, view: int, texts: int) -> Any:
    """The state after the text of a view: of its words, and of those of the view if it is there."""
    low, high = word_at(view), word_at(view + 8)
    size = low & _LOW
    if size > _INLINE:
        at = _begin(high, texts)
        last = at + np.int64(size) - 16
        low, high = (
            word_at(max(at, last)),
            word_at(last + 8),
        )  # of less than 16 bytes some come twice
        state ^= size * _SIZE
        while at < last:
            state = _folded(state ^ word_at(at), word_at(at + 8) ^ _STEP)
            at += 16
    return _folded(state ^ low, high ^ _STEP)


@inlined
def _fetch_text(view: int, texts: int) -> None:
    """Have the first and the last byte of a text come near."""
    size = word_at(view) & _LOW
    if size > _INLINE:
        begin = _begin(word_at(view + 8), texts)
        fetch_ahead(begin)
        fetch_ahead(begin + np.int64(size) - 1)


@inlined
def _begin(high: Any, texts: int) -> Any:
    """The address of a text by the second word of its view: the number of a buffer, and where."""
    return _at(texts, np.int64(high & _LOW)) + np.int64(high >> _HALF)


@inlined
def _number(address: int, width: int) -> Any:
    if width == 2:
        return np.uint64(carray(pointer(address), (1,), np.uint16)[0])
    if width == 4:
        return np.uint64(carray(pointer(address), (1,), np.uint32)[0])
    if width == 1:
        return np.uint64(byte_at(address))
    return word_at(address)


@inlined
def _at(address: int, number: Any) -> Any:
    """One of the words at an address, as another address or a count."""
    return np.int64(word_at(address + 8 * number))
