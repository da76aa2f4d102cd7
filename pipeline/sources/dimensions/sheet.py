"""What a file of reference data is made of, whatever its format: sheets of rows of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from pipeline.catalog.dimensions import DIMENSIONS

VALUE_SHOWN = 60
"""Characters of a wrong value that a fault quotes."""

Cell = str | tuple[str, ...]
"""What stands in one place: text without blanks around it, or a list of texts."""


@dataclass(frozen=True)
class Place:
    """Where a row stands: the file (with its sheet) and the line or row, from 1 on; 0 = no row."""

    file: str
    row: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.row}" if self.row else self.file


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, where, and what to do about it."""

    place: Place
    column: str
    value: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        quoted = f" {shortened(self.value)!r}" if self.value else ""
        return f"{self.place}: {self.column}{quoted} {self.wrong}. {self.remedy}"

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        told = asdict(self)
        place = told.pop("place")
        return {**place, **told}


@dataclass(frozen=True)
class Line:
    """One row as it was written: the columns it names, and what stands in them."""

    row: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Sheet:
    """The rows of one table in one file. `header`: the columns all rows have, where it has one."""

    place: Place
    table: str
    lines: Sequence[Line]
    header: tuple[str, ...] | None = None


@dataclass
class Read:
    """What was found in the files that were named."""

    sheets: list[Sheet] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    """Files of a folder that are of no format known."""

    @property
    def tables(self) -> list[str]:
        """The dimension tables that the files hold, also without a row."""
        named = dict.fromkeys(sheet.table for sheet in self.sheets)
        return [name for name in named if name in DIMENSIONS]

    @property
    def rows(self) -> int:
        """Rows of all sheets."""
        return sum(len(sheet.lines) for sheet in self.sheets)


def shortened(text: str) -> str:
    """The text, or its beginning."""
    return text if len(text) <= VALUE_SHOWN else f"{text[: VALUE_SHOWN - 1]}…"


def broken(place: Place, wrong: str, remedy: str) -> Fault:
    """A fault of a whole file or row."""
    return Fault(place, "", "", wrong, remedy)
