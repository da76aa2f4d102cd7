"""CSV read line by line, so that a broken line stays one broken line."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from pipeline.counted import counted
from pipeline.errors import WrongHeader


class BadLine(ValueError):
    """A line of an import file makes no sense; its text says what is wrong and quotes nothing."""


def csv_fields(raw: bytes) -> list[str]:
    """The fields of one line; BadLine when they cannot be told."""
    try:
        return next(csv.reader([raw.decode("utf-8-sig").rstrip("\r\n")], strict=True), [])
    except UnicodeDecodeError as error:
        raise BadLine(f"no UTF-8 at byte {error.start}") from error
    except csv.Error as error:
        raise BadLine(f"no CSV: {error}") from error


class Header:
    """The first line: where each column stands. Columns that nobody asks for are ignored."""

    def __init__(
        self, raw: bytes, required: Sequence[str], *, where: str, known: Sequence[str] = ()
    ) -> None:
        """Raise WrongHeader, which tells `where`, if one of the `required` is not there.

        `known` are the columns that may be there too.
        """
        try:
            self._columns = csv_fields(raw)
        except BadLine as error:
            raise WrongHeader(f"The first line is {error}", where=where) from error
        missing = [column for column in required if column not in self._columns]
        if missing:
            others = [column for column in known if column not in required]
            more = f", and if known {', '.join(others)}" if others else ""
            remedy = f"The first line has to name {', '.join(required)}{more}."
            if not self._columns:
                raise WrongHeader("There is no header", where=where, remedy=remedy)
            raise WrongHeader(
                f"The header lacks {', '.join(missing)}; its columns are"
                f" {', '.join(self._columns)}",
                where=where,
                remedy=remedy,
            )
        self._place = {column: place for place, column in enumerate(self._columns)}

    def row(self, raw: bytes, columns: Sequence[str]) -> list[str]:
        """The line's values of the columns, '' for a column that the file does not have."""
        fields = csv_fields(raw)
        if len(fields) != len(self._columns):
            raise BadLine(
                f"{counted(len(fields), 'field')} where the header has {len(self._columns)}"
            )
        return [fields[self._place[name]] if name in self._place else "" for name in columns]
