"""Where the values of canonical JSON records lie, found for a whole batch of records at once.

A cursor stands somewhere in every record of a batch and moves over all of them together. It needs
no parser: a canonical record is known but for its values, and holds no escape, so that every quote
in it begins or ends a string. A record that is anything else is found out on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

LONGEST_LITERAL = 64
_WORD = np.dtype("<u8")
_QUOTE, _BACKSLASH, _SPACE = b'"\\ '
_WORDS_AHEAD = 3  # gathering three words at once takes as long as one: most keys are no longer
# A cursor may run past a broken last record: by a string there, then by a literal it compares.
_PADDING = b'""""' + b"~" * LONGEST_LITERAL


class Literal:
    """ASCII text that must come next, 1 to 64 characters, as words to compare with."""

    def __init__(self, text: str) -> None:
        if not 0 < len(text) <= LONGEST_LITERAL:
            raise ValueError(text)
        width = -(-len(text) // 8) * 8
        self.size = len(text)
        self.quotes = text.count('"')
        self.words: Words = np.frombuffer(text.encode().ljust(width, b"\0"), _WORD)
        self.masks: Words = np.frombuffer((b"\xff" * len(text)).ljust(width, b"\0"), _WORD)


@dataclass(frozen=True)
class Spans:
    """One value of each of some records: where it starts in the page, its bytes, if it is there."""

    start: Ints
    size: Ints
    present: Mask

    def __getitem__(self, rows: Ints) -> Spans:
        return Spans(self.start[rows], self.size[rows], self.present[rows])

    @staticmethod
    def joined(parts: Sequence[Spans]) -> Spans:
        """All of `parts`, which may be none, one after the other."""
        return Spans(
            np.concatenate([np.empty(0, np.int64), *(part.start for part in parts)]),
            np.concatenate([np.empty(0, np.int64), *(part.size for part in parts)]),
            np.concatenate([np.empty(0, np.bool_), *(part.present for part in parts)]),
        )


class Page:
    """The records of a batch side by side in one buffer, and the place of every quote in it."""

    def __init__(self, values: Sequence[bytes]) -> None:
        self._values = values
        self.sizes: Ints = np.fromiter(map(len, values), np.int64, len(values))
        self.ends: Ints = np.cumsum(self.sizes)
        self.starts: Ints = self.ends - self.sizes
        self._buffer = b"".join([*values, _PADDING])
        self._bytes = np.frombuffer(self._buffer, np.uint8)
        self.quotes: Ints = np.flatnonzero(self._bytes == _QUOTE)

    def records(self) -> pl.Series:
        """The records themselves, over the same bytes."""
        places = np.concatenate([np.zeros(1, np.int64), self.ends])
        buffers = [None, pa.py_buffer(places), pa.py_buffer(self._buffer)]
        array = pa.Array.from_buffers(pa.large_binary(), len(self.ends), buffers)
        return pl.Series("record", array)

    def plain(self) -> Mask:
        """Which records are UTF-8 without an escape and without a control character.

        Halves of a character in two records pass, which only records that are broken off have.
        """
        plain = np.ones(len(self.ends), np.bool_)
        if self._bytes.min() < _SPACE or b"\\" in self._buffer:
            strange = np.flatnonzero((self._bytes < _SPACE) | (self._bytes == _BACKSLASH))
            plain[np.searchsorted(self.ends, strange, side="right")] = False
        if not self._buffer.isascii() and not _is_utf8(self._buffer):
            plain &= np.fromiter(map(_is_utf8, self._values), np.bool_, len(plain))
        return plain

    def words(self, at: Ints, count: int) -> Words:
        """The `count` words that begin at each place of `at`, in one row each."""
        width = count * _WORD.itemsize
        places = len(self._buffer) - width + 1
        windows = np.ndarray((places,), f"V{width}", self._buffer, strides=(1,))
        return windows[at].view(_WORD).reshape(-1, count)


class Cursor:
    """A place in each of some records, and whether the record is `good`: canonical up to there.

    A record that is not good stays, but where its cursor goes means nothing any more.
    """

    def __init__(self, page: Page, at: Ints, quote: Ints, end: Ints, good: Mask) -> None:
        self._page = page
        self._at = at
        self._quote = quote  # index in page.quotes of the first quote at or after `at`
        self._end = end
        self._next_words: Words | None = None
        self.good = good

    @classmethod
    def at_start(cls, page: Page) -> Cursor:
        """At the first byte of every record of `page`."""
        first_quote = np.searchsorted(page.quotes, page.starts)
        return cls(page, page.starts, first_quote, page.ends, page.plain())

    def at_end(self) -> Mask:
        """Which records are good and at their end."""
        ended: Mask = self._at == self._end
        return self.good & ended

    def literal(self, literal: Literal) -> Mask:
        """Which records have `literal` next; there the cursor passes it."""
        if self._next_words is None:
            self._next_words = self._page.words(self._at, _WORDS_AHEAD)
        found: Mask = (self._next_words[:, 0] ^ literal.words[0]) & literal.masks[0] == 0
        if not found.any():
            return found
        words = self._next_words
        if len(literal.words) > _WORDS_AHEAD:
            words = self._page.words(self._at, len(literal.words))
        for place in range(1, len(literal.words)):
            found &= (words[:, place] ^ literal.words[place]) & literal.masks[place] == 0
        if found.all():
            self._move(literal.size, literal.quotes)
        else:
            self._move(literal.size * found, literal.quotes * found)
        return found

    def _move(self, characters: Ints | int, quotes: Ints | Mask | int) -> None:
        self._at = self._at + characters
        self._quote = self._quote + quotes
        self._next_words = None

    def value(self, present: Mask, *, quoted: bool) -> Spans:
        """The value that comes next where one is `present`; there the cursor passes it.

        A string reaches up to the next quote, which is passed too, anything else up to the
        character before the next key or the record's end.
        """
        start = self._at
        if not present.any():
            return Spans(start, np.zeros_like(start), present)
        next_quote = self._page.quotes[self._quote]
        if quoted and present.all():
            size = next_quote - start
            self._move(size + 1, 1)
        elif quoted:
            size = (next_quote - start) * present
            self._move(size + present, present)
        else:
            size = np.maximum(np.minimum(next_quote, self._end) - 1 - start, 0) * present
            self._move(size, np.zeros_like(present))
        return Spans(start, size, present)

    def only(self, rows: Ints) -> Cursor:
        """A cursor at the same places in `rows` alone."""
        return Cursor(
            self._page, self._at[rows], self._quote[rows], self._end[rows], self.good[rows]
        )

    def follow(self, other: Cursor, rows: Ints) -> None:
        """Go in `rows` to where `other`, made by `only(rows)`, has gone."""
        self._at, self._quote = self._at.copy(), self._quote.copy()
        self._at[rows], self._quote[rows], self.good[rows] = other._at, other._quote, other.good
        self._next_words = None


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
