"""ClickHouse's Native format, straight from a frame's buffers: one block, no object per value.

Both stores are written with these bytes, so both hold the same rows. The types are those our
tables use: integers, floats, String, Date, DateTime, Decimal up to 18 digits, Array of these, and
Nullable of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain
from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.arrow import arrays
from sinks.key_loops import Key
from sinks.key_order import key_plan, order_of
from sinks.native_loops import HAS_NULLS, HEAD_SIZE, SPARE, Plan, Sizes, Step, measure, write
from sinks.unfit import Unfit

NUMBERS: dict[str, pl.DataType] = {
    "Int8": pl.Int8(),
    "Int16": pl.Int16(),
    "Int32": pl.Int32(),
    "Int64": pl.Int64(),
    "UInt8": pl.UInt8(),
    "UInt16": pl.UInt16(),
    "UInt32": pl.UInt32(),
    "UInt64": pl.UInt64(),
    "Float32": pl.Float32(),
    "Float64": pl.Float64(),
}
_SECONDS = re.compile(r"DateTime(\(.*\))?")
_DECIMAL = re.compile(r"Decimal\((\d+), ?(\d+)\)")
_A_SECOND = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_ARRAY = re.compile(r"Array\((.*)\)", re.DOTALL)
_NULLABLE = re.compile(r"Nullable\((.*)\)", re.DOTALL)

PART_BYTES = 1 << 22
"""A block is written in parts of about so many bytes, of one column at least."""

Types = tuple[tuple[str, str], ...]
Schema = tuple[tuple[str, pl.DataType], ...]
_Steps = list[tuple[Step, int, int]]
"""What is written of a column, one after the other: a step, the lists around it, its parameter."""


def encode(
    frame: pl.DataFrame,
    types: Sequence[tuple[str, str]],
    *,
    key: Sequence[str] = (),
    serialization_byte: bool = False,
) -> Iterator[memoryview]:
    """One Native block of `frame`'s columns named in `types`, in that order, part after part.

    Each part is good until the next is asked for, which takes its place. The rows are in the order
    of `key`, which is none or one of `key_order.KEYS`.
    `types` are (column, ClickHouse type) as the server tells them. `serialization_byte` is what
    the wire protocol from revision 54454 on puts before each column's data; files have none.
    Raises Unfit, at once, rather than round, cut or wrap a value.
    """
    form = _form(tuple(types), tuple(frame.schema.items()), tuple(key), serialization_byte)
    parts = _encoded(frame, types, form)
    return chain((next(parts),), parts)


def _encoded(
    frame: pl.DataFrame, types: Sequence[tuple[str, str]], form: _Form
) -> Iterator[memoryview]:
    """Before the first part, which has no column yet, everything is looked at."""
    begin = _varint(len(types)) + _varint(frame.height)
    if frame.is_empty():
        yield memoryview(begin + form.heads.tobytes())
        return
    for name, type_, columns in form.casts:
        try:
            frame = frame.with_columns(columns)
        except pl.exceptions.PolarsError as error:
            raise _unfit(name, type_, error) from error
    with arrays(frame) as root:
        sizes = measure(root, form.plan)
        if sizes.min() < 0:
            step = int(sizes.argmin())
            reason = "nulls" if sizes[step] == HAS_NULLS else "a moment before 1970, or too late"
            raise _unfit(*types[form.column_of[step]], reason)
        order = order_of(root, frame.height, form.key)
        yield memoryview(begin)
        out = np.empty(0, np.uint8)
        for steps, size in _parts(sizes + form.plan[:, HEAD_SIZE]):
            if len(out) < size + SPARE:
                out = np.empty(size + SPARE, np.uint8)
            write(root, form.plan[steps], sizes[steps], order, out.ctypes.data)
            yield out.data[:size]


def _parts(sizes: Sizes) -> Iterator[tuple[slice, int]]:
    """Steps one after the other that are written together, and how many bytes they come to."""
    begin = size = 0
    for step, its in enumerate(sizes.tolist()):
        if size and size + its > PART_BYTES:
            yield slice(begin, step), size
            begin, size = step, 0
        size += its
    yield slice(begin, len(sizes)), size


@dataclass(frozen=True)
class _Form:
    """How a frame of some schema is written for a table's types.

    `casts`: a column, its type, and what first takes its place. `heads`: what comes before the
    values of each column, at addresses that `plan` has. `column_of`: the number of the column that
    each step of the plan writes. `key`: how the columns are read that the rows are sorted by.
    """

    casts: tuple[tuple[str, str, tuple[pl.Expr, ...]], ...]
    heads: npt.NDArray[np.uint8]
    column_of: tuple[int, ...]
    plan: Plan
    key: Key


@lru_cache(maxsize=256)
def _form(types: Types, schema: Schema, key: tuple[str, ...], serialization_byte: bool) -> _Form:
    held = dict(schema)
    places = {name: place for place, name in enumerate(held)}
    written = dict(held)
    casts = list[tuple[str, str, tuple[pl.Expr, ...]]]()
    heads, column_of, steps = list[bytes](), list[int](), list[tuple[int, ...]]()
    for number, (name, type_) in enumerate(types):
        if name not in held:
            raise Unfit(f"The frame has no column {name}")
        nullable = _NULLABLE.fullmatch(type_)
        try:
            dtype, its = _steps(nullable[1] if nullable else type_, held[name])
        except Unfit as error:
            raise _unfit(name, type_, error) from error
        written[name] = dtype
        its_steps = [(places[name], *step) for step in its]
        column = pl.col(name)
        if dtype != held[name]:
            column = column.cast(dtype)
        if nullable:
            absent = f"{name} is null"
            its_steps.insert(0, (len(places), Step.AS_IT_IS, 0, 1))
            places[absent] = len(places)
            zero = pl.lit("" if dtype == pl.String else 0).cast(dtype)
            mask = pl.col(name).is_null().cast(pl.UInt8).alias(absent)
            casts.append((name, type_, (column.fill_null(zero), mask)))
        elif dtype != held[name]:
            casts.append((name, type_, (column,)))
        heads += [_text(name) + _text(type_) + b"\0" * serialization_byte]
        heads += [b""] * (len(its_steps) - 1)
        column_of += [number] * len(its_steps)
        steps += its_steps
    joined = np.frombuffer(b"".join(heads), np.uint8)
    places_of_heads = accumulate(map(len, heads), initial=joined.ctypes.data)
    plan = [
        (*step, place, len(head))
        for step, place, head in zip(steps, places_of_heads, heads, strict=False)
    ]
    return _Form(
        tuple(casts),
        joined,
        tuple(column_of),
        np.array(plan, np.int64),
        key_plan(written, key),
    )


def _steps(type_: str, held: pl.DataType, lists: int = 0) -> tuple[pl.DataType, _Steps]:
    """What values are to be in the frame to be written as `type_`, and how they are written."""
    if (array := _ARRAY.fullmatch(type_)) and isinstance(held, pl.List):
        dtype, its = _steps(array[1], cast(pl.DataType, held.inner), lists + 1)
        return pl.List(dtype), [(Step.ENDS, lists, 0), *its]
    if type_ == "String" and held == pl.String:
        return held, [(Step.STRINGS, lists, 0)]
    if type_ == "Date" and held == pl.Date:
        return held, [(Step.DAYS, lists, 0)]
    if _SECONDS.fullmatch(type_) and isinstance(held, pl.Datetime):
        return held, [(Step.SECONDS, lists, _A_SECOND[held.time_unit])]
    if type_ in NUMBERS:
        wanted = NUMBERS[type_]
        whole = held.is_integer() or held == pl.Boolean
        if whole if wanted.is_integer() else held.is_float():
            return wanted, [(Step.AS_IT_IS, lists, np.dtype(type_.lower()).itemsize)]
    if (decimal := _DECIMAL.fullmatch(type_)) and isinstance(held, pl.Decimal):
        precision, scale = int(decimal[1]), int(decimal[2])
        if held.scale <= scale and precision <= 18:
            width = 4 if precision <= 9 else 8
            return pl.Decimal(precision, scale), [(Step.DECIMALS, lists, width)]
    raise Unfit(f"got {held}")


def _unfit(name: str, type_: str, reason: object) -> Unfit:
    return Unfit(f"Column {name} is not {type_}: {reason}")


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _varint(len(encoded)) + encoded
