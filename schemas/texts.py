"""The values of records side by side in one buffer: none is an object until it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Self, overload

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

NULL_SIZE = -1
_NO_BYTES: Bytes = np.empty(0, np.uint8)
_NO_INTS: Ints = np.empty(0, np.int64)


class Texts(Sequence[bytes | None]):
    """Values of bytes, each of which may be None.

    `data` holds them all, in order; one starts at its `starts` and has as many bytes as its
    `sizes`, which is NULL_SIZE where it is None. Nothing of it is ever changed.
    """

    __slots__ = ("_data", "_parts", "_starts", "sizes")

    def __init__(self, data: Bytes, starts: Ints, sizes: Ints) -> None:
        data.flags.writeable = False  # as bytes are; so there is one compiled reader, not two
        self._data = data
        self._starts = starts
        self._parts: Sequence[Texts] = ()
        self.sizes = sizes

    @classmethod
    def of(cls, values: Iterable[bytes | None]) -> Self:
        """Copy `values`."""
        values = list(values)
        count = len(values)
        sizes = np.fromiter((NULL_SIZE if v is None else len(v) for v in values), np.int64, count)
        ends = np.cumsum(np.maximum(sizes, 0))
        data = np.frombuffer(b"".join(filter(None, values)), np.uint8)
        return cls(data, ends - np.maximum(sizes, 0), sizes)

    @classmethod
    def joined(cls, parts: Sequence[Texts]) -> Texts:
        """All of `parts`, at least one, one after the other.

        Copied once they are looked at, however often they were joined before.
        """
        if len(parts) == 1:
            return parts[0]
        sizes = np.concatenate([part.sizes for part in parts])
        whole = cls(_NO_BYTES, _NO_INTS, sizes)
        whole._parts = tuple(chain.from_iterable(part._parts or (part,) for part in parts))
        return whole

    @property
    def data(self) -> Bytes:
        """The bytes of all values, and maybe others between them."""
        self._lay()
        return self._data

    @property
    def starts(self) -> Ints:
        """Where in `data` each value starts."""
        self._lay()
        return self._starts

    def _lay(self) -> None:
        """Copy the parts, if it was joined of some, into one buffer, where they lie from now on."""
        if not self._parts:
            return
        buffers, starts, shift = [], [], 0
        for part in self._parts:
            first, end = part._reach
            buffers.append(part.data[first:end])
            starts.append(part.starts + (shift - first))
            shift += end - first
        self._data, self._starts = np.concatenate(buffers), np.concatenate(starts)
        self._data.flags.writeable = False
        for part, its_starts in zip(self._parts, starts, strict=True):
            part._data, part._starts = self._data, its_starts  # else all would be there twice
        self._parts = ()

    @property
    def size(self) -> int:
        """How many there are in all values together."""
        return int(np.maximum(self.sizes, 0).sum())

    def without(self, rows: Sequence[int]) -> Texts:
        """The same values, but None in `rows`."""
        sizes = self.sizes.copy()
        sizes[list(rows)] = NULL_SIZE
        return Texts(self.data, self.starts, sizes)

    @property
    def _reach(self) -> tuple[int, int]:
        """Where in `data` the values begin and end."""
        if not len(self):
            return 0, 0
        return int(self.starts[0]), int(self.starts[-1]) + max(int(self.sizes[-1]), 0)

    def __len__(self) -> int:
        return len(self.sizes)

    def __iter__(self) -> Iterator[bytes | None]:
        return map(self._value, self.starts.tolist(), self.sizes.tolist())

    @overload
    def __getitem__(self, place: int) -> bytes | None: ...
    @overload
    def __getitem__(self, place: slice) -> Texts: ...
    def __getitem__(self, place: int | slice) -> bytes | Texts | None:
        if isinstance(place, slice):
            return Texts(self.data, self.starts[place], self.sizes[place])
        return self._value(int(self.starts[place]), int(self.sizes[place]))

    def _value(self, start: int, size: int) -> bytes | None:
        return None if size == NULL_SIZE else self.data[start : start + size].tobytes()
