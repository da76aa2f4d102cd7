"""The values of records where they were unpacked: none is an object until it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Self, overload

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

NULL_SIZE = -1


class Texts(Sequence[bytes | None]):
    """Values of bytes, each of which may be None.

    They lie in `buffers`: those of each are rows one behind the other, up to before its `ends`.
    One starts at its `starts` within its buffer and has as many bytes as its `sizes`, which is
    NULL_SIZE where it is None. Nothing of it is ever changed, nor copied to be cut or joined.
    """

    __slots__ = ("buffers", "ends", "sizes", "starts")

    def __init__(self, buffers: Sequence[Bytes], ends: Ints, starts: Ints, sizes: Ints) -> None:
        self.buffers = buffers
        self.ends = ends
        self.starts = starts
        self.sizes = sizes

    @classmethod
    def within(cls, data: Bytes, starts: Ints, sizes: Ints) -> Self:
        """Values that all lie in `data`."""
        return cls((data,), np.array([len(sizes)]), starts, sizes)

    @classmethod
    def of(cls, values: Iterable[bytes | None]) -> Self:
        """Copy `values`."""
        values = list(values)
        count = len(values)
        sizes = np.fromiter((NULL_SIZE if v is None else len(v) for v in values), np.int64, count)
        ends = np.cumsum(np.maximum(sizes, 0))
        data = np.frombuffer(b"".join(filter(None, values)), np.uint8)
        return cls.within(data, ends - np.maximum(sizes, 0), sizes)

    @classmethod
    def joined(cls, parts: Sequence[Texts]) -> Texts:
        """All of `parts`, at least one, one after the other."""
        if len(parts) == 1:
            return parts[0]
        firsts = np.cumsum([0, *map(len, parts[:-1])])
        return cls(
            tuple(chain.from_iterable(part.buffers for part in parts)),
            np.concatenate([part.ends + first for part, first in zip(parts, firsts, strict=True)]),
            np.concatenate([part.starts for part in parts]),
            np.concatenate([part.sizes for part in parts]),
        )

    @property
    def size(self) -> int:
        """How many bytes there are in all values together."""
        return int(np.maximum(self.sizes, 0).sum())

    def without(self, rows: Sequence[int]) -> Texts:
        """The same values, but None in `rows`."""
        sizes = self.sizes.copy()
        sizes[list(rows)] = NULL_SIZE
        return Texts(self.buffers, self.ends, self.starts, sizes)

    def __len__(self) -> int:
        return len(self.sizes)

    def __iter__(self) -> Iterator[bytes | None]:
        places = zip(self.starts.tolist(), self.sizes.tolist(), strict=True)
        for data, count in zip(self.buffers, np.diff(self.ends, prepend=0).tolist(), strict=True):
            for start, size in islice(places, count):
                yield _value(data, start, size)

    @overload
    def __getitem__(self, place: int) -> bytes | None: ...
    @overload
    def __getitem__(self, place: slice) -> Texts: ...
    def __getitem__(self, place: int | slice) -> bytes | Texts | None:
        if isinstance(place, slice):
            return self._between(*place.indices(len(self))[:2])
        row = range(len(self))[place]
        data = self.buffers[self._buffer_of(row)]
        return _value(data, int(self.starts[row]), int(self.sizes[row]))

    def _between(self, first: int, behind: int) -> Texts:
        if behind <= first:
            return Texts.of(())
        held = slice(self._buffer_of(first), self._buffer_of(behind - 1) + 1)
        ends = np.minimum(self.ends[held], behind) - first
        rows = slice(first, behind)
        return Texts(self.buffers[held], ends, self.starts[rows], self.sizes[rows])

    def _buffer_of(self, row: int) -> int:
        return int(np.searchsorted(self.ends, row, "right"))


def _value(data: Bytes, start: int, size: int) -> bytes | None:
    return None if size == NULL_SIZE else data[start : start + size].tobytes()
