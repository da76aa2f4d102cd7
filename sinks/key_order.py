"""In which order the rows of a block are sent: in that of their table's key.

The engine sorts what it is sent column by column, unless it is in order already. The order alone
is found here, and what writes the block takes its rows so (native_loops): no column is moved twice.
Texts are compared as the engine does, byte by byte. A wrong order would cost time and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import polars as pl

from schemas.facts import FACT_TYPES, KEY
from sinks.key_loops import MAX_ROWS, TEXT, Key, in_order, key_words, numbered, settle, words_of
from sinks.native_loops import Order

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {f"fact_{event_type}": KEY for event_type in FACT_TYPES}
    | {"group_minute": ("event_date", "group_id", "minute", "epoch", "topic", "partition")}
)
"""The keys of the tables whose blocks are put in order: a day, a text, a moment of it, others."""

AS_THEY_ARE: Order = np.empty(0, np.int64)

_MIN_ROWS = 500
_NO_KEY: Key = np.empty((0, 3), np.int64)
_UNITS = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_BYTES: Mapping[pl.DataType, int] = {pl.UInt8(): 1, pl.UInt16(): 2, pl.UInt32(): 4, pl.UInt64(): 8}


def key_of(table: str, rows: int) -> tuple[str, ...]:
    """The columns that a block of so many rows is to be sorted by: of a small one, none."""
    return KEYS.get(table, ()) if rows >= _MIN_ROWS else ()


def key_plan(schema: Mapping[str, pl.DataType], key: Sequence[str]) -> Key:
    """How the columns of `key` are read in a frame; nothing where they are not what KEYS says."""
    if not key or any(name not in schema for name in key):
        return _NO_KEY
    day, text, moment, *others = (schema[name] for name in key)
    if day != pl.Date or text != pl.String:
        return _NO_KEY
    if isinstance(moment, pl.Datetime):  # seconds, as it is stored
        units = (_UNITS[moment.time_unit], 86_400)
    elif moment == pl.Int64:
        units = (1, 86_400_000)
    else:
        return _NO_KEY
    if any(other != pl.String and other not in _BYTES for other in others):
        return _NO_KEY
    widths = [TEXT if other == pl.String else _BYTES[other] for other in others]
    read = [(0, 0), (TEXT, 0), units, *((width, 0) for width in widths)]
    places = list(schema)
    plan = [(places.index(name), *how) for name, how in zip(key, read, strict=True)]
    return np.array(plan, np.int64)


def order_of(root: int, rows: int, key: Key) -> Order:
    """The rows of a frame in the order of a key, or AS_THEY_ARE.

    `root` is as in `native_loops.measure`, which has found no fault in the columns of `key`.
    """
    if not len(key) or rows > MAX_ROWS:
        return AS_THEY_ARE
    text = key[1:2]
    numbers, firsts = numbered(root, int(text[0, 0]))
    words = words_of(root, int(text[0, 0]), firsts)
    by_word = in_order(words)
    ranked = firsts[by_word]
    settle(root, words[by_word], ranked, text)
    words, fit = key_words(root, key, numbers, ranked)
    if not fit:
        return AS_THEY_ARE
    order = in_order(words)
    settle(root, words[order], order, key[3:])
    return order
