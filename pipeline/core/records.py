"""PURE: consecutive records of one partition as columns: what a fetch brings, cut and joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple, Self, overload

import numpy as np
import numpy.typing as npt

from schemas.texts import Texts

Headers = Sequence[tuple[str, bytes | None]]


class Record(NamedTuple):
    """One of them: its offset, when it was appended (ms), what it holds."""

    offset: int
    timestamp: int
    value: bytes | None
    headers: Headers


class Records:
    """At least one record, by ascending offset. `headers` is None where no record has any.

    `timestamps` are append times in milliseconds.
    """

    __slots__ = ("headers", "offsets", "timestamps", "values")

    def __init__(
        self,
        offsets: npt.NDArray[np.uint64],
        timestamps: npt.NDArray[np.int64],
        values: Texts,
        headers: list[Headers] | None = None,
    ) -> None:
        self.offsets = offsets
        self.timestamps = timestamps
        self.values = values
        self.headers = headers

    @classmethod
    def of(cls, records: Iterable[Any]) -> Self:
        """From objects with `offset`, `timestamp`, `value` and `headers`."""
        records = list(records)
        headers = [record.headers for record in records]
        return cls(
            np.fromiter((record.offset for record in records), np.uint64, len(records)),
            np.fromiter((record.timestamp for record in records), np.int64, len(records)),
            Texts.of(record.value for record in records),
            headers if any(headers) else None,
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """All of `parts`, one after the other."""
        if len(parts) == 1:
            return parts[0]
        headers = None
        if any(part.headers for part in parts):
            headers = list(chain.from_iterable(part.each_headers() for part in parts))
        return cls(
            np.concatenate([part.offsets for part in parts]),
            np.concatenate([part.timestamps for part in parts]),
            Texts.joined([part.values for part in parts]),
            headers,
        )

    def each_headers(self) -> list[Headers]:
        """The headers of every record, also where there are none."""
        return [()] * len(self.values) if self.headers is None else self.headers

    @property
    def first(self) -> int:
        """The offset of the first record."""
        return int(self.offsets[0])

    @property
    def last(self) -> int:
        """The offset of the last record."""
        return int(self.offsets[-1])

    def without(self, offsets: frozenset[int]) -> list[Record]:
        """The records that are not at one of `offsets`."""
        return [record for record in self if record.offset not in offsets]

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Record]:
        return map(
            Record, self.offsets.tolist(), self.timestamps.tolist(), self.values,
            self.each_headers(),
        )  # fmt: skip

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> Records: ...
    def __getitem__(self, place: int | slice) -> Record | Records:
        if isinstance(place, slice):
            return Records(
                self.offsets[place],
                self.timestamps[place],
                self.values[place],
                self.headers[place] if self.headers else None,
            )
        return Record(
            int(self.offsets[place]),
            int(self.timestamps[place]),
            self.values[place],
            self.headers[place] if self.headers else (),
        )
