"""What a scan is told of the records of a type, where they lie, and where it puts what it reads.

A text becomes a view as Arrow's string views are, in two words: its size (4 bytes), then all of it
if it has at most 12 bytes, else its first 4, the number of its buffer and its place there (4 bytes
each). https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Steps = npt.NDArray[np.void]
Words = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

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

    numbers: Words
    views: Words
    counts: Ints

    @classmethod
    def empty(cls, plan: Plan, rows: int) -> Columns:
        """Room for `rows` records."""
        numbers, texts, _, _ = plan.widths
        return cls(
            np.empty((numbers, rows), np.uint64),
            np.empty((texts, rows, 2), np.uint64),
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
            np.empty((texts, rows, 2), np.uint64),
            np.zeros(steps, np.int64),
        )
        owners = np.empty((steps - plan.whole, rows), np.int64)
        return cls(columns, owners, np.zeros(steps, np.int64))
