"""What a query gave, as columns: of SQL, or of Prometheus' answers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Value = Any
"""A number, a text, a moment in epoch seconds (of a time column), or None."""


@dataclass(frozen=True)
class Column:
    """Values under one name. `is_time`: moments in epoch seconds; `ref`: the query's letter."""

    name: str
    values: Sequence[Value]
    is_time: bool = False
    ref: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers, and nothing but numbers and None."""
        return not self.is_time and all(
            value is None or (isinstance(value, int | float) and not isinstance(value, bool))
            for value in self.values
        )

    @property
    def last(self) -> Value:
        """The last value that is one: Grafana's lastNotNull."""
        return next((value for value in reversed(self.values) if value is not None), None)


@dataclass(frozen=True)
class Frame:
    """Columns of one length."""

    columns: Sequence[Column] = ()

    @property
    def height(self) -> int:
        """How many rows it has."""
        return len(self.columns[0].values) if self.columns else 0

    @property
    def time(self) -> Column | None:
        """The column of moments, if there is one."""
        return next((column for column in self.columns if column.is_time), None)

    @property
    def values(self) -> Sequence[Column]:
        """The columns of numbers."""
        return [column for column in self.columns if column.is_number]


def of_table(columns: Mapping[str, Sequence[object]], ref: str, *, ranged: bool) -> list[Frame]:
    """Rows of an SQL answer; `ranged`: texts in it name series, each of which becomes a frame."""
    found = [_column(name, values, ref) for name, values in columns.items()]
    frame = Frame(found)
    words = [one for one in found if not one.is_time and not one.is_number]
    if not ranged or frame.time is None or not words or not frame.height:
        return [frame]
    return _by_series(frame, frame.time, words)


def _column(name: str, values: Sequence[object], ref: str) -> Column:
    is_time = any(isinstance(value, datetime) for value in values)
    return Column(name, [_value(value) for value in values], is_time, ref)


def _value(value: object) -> Value:
    """A plain number, text or None; a moment as epoch seconds."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case None | str() | float():
            return value
        case int():
            return int(value)
        case Decimal():
            return float(value)
        case datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            return aware.timestamp()
        case _:
            return str(value)


def _by_series(frame: Frame, time: Column, words: Sequence[Column]) -> list[Frame]:
    places: dict[tuple[Value, ...], list[int]] = {}
    for place in range(frame.height):
        places.setdefault(tuple(one.values[place] for one in words), []).append(place)
    numbers = frame.values
    return [
        Frame(
            [
                replace(time, values=[time.values[at] for at in rows]),
                *(
                    replace(
                        one,
                        name=" ".join(map(str, key if len(numbers) == 1 else (one.name, *key))),
                        values=[one.values[at] for at in rows],
                    )
                    for one in numbers
                ),
            ]
        )
        for key, rows in places.items()
    ]


Answer = Sequence[Mapping[str, Any]]
"""`data.result` of Prometheus' HTTP API."""

_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}", re.ASCII)


def legend(form: str, labels: Mapping[str, str]) -> str:
    """A series' name by Grafana's legend format; without one, its labels as PromQL writes them."""
    if form and form != "__auto":
        return _LABEL.sub(lambda it: labels.get(it[1], ""), form)
    inside = ", ".join(
        f'{name}="{value}"' for name, value in sorted(labels.items()) if name != "__name__"
    )
    return labels.get("__name__", "") + (f"{{{inside}}}" if inside else "") or "Value"


def of_matrix(answer: Answer, form: str, ref: str, grid: range) -> list[Frame]:
    """One frame a series, on the whole grid of moments: where Prometheus has no sample is None."""
    frames = []
    for series in answer:
        samples = {round(float(at)): _number(text) for at, text in series["values"]}
        labels = dict(series["metric"])
        column = Column(legend(form, labels), [samples.get(at) for at in grid], False, ref, labels)
        frames.append(Frame([Column("Time", list(grid), True, ref), column]))
    return frames


def of_vector(answer: Answer, form: str, ref: str) -> list[Frame]:
    """One frame a sample, of one value."""
    frames = []
    for sample in answer:
        labels, (at, text) = dict(sample["metric"]), sample["value"]
        column = Column(legend(form, labels), [_number(text)], False, ref, labels)
        frames.append(Frame([Column("Time", [float(at)], True, ref), column]))
    return frames


def table_of_vector(answer: Answer, ref: str, *, alone: bool) -> list[Frame]:
    """All samples as one table: Time, a column for each label, and `Value #A`.

    `alone`: the panel has no other query, and Grafana then calls it `Value`.
    """
    if not answer:
        return []
    value = "Value" if alone else f"Value #{ref}"
    labels = sorted({name for sample in answer for name in sample["metric"]})
    return [
        Frame(
            [
                Column("Time", [float(sample["value"][0]) for sample in answer], True, ref),
                *(
                    Column(name, [sample["metric"].get(name) for sample in answer], False, ref)
                    for name in labels
                ),
                Column(value, [_number(one["value"][1]) for one in answer], False, ref),
            ]
        )
    ]


def _number(text: str) -> float | None:
    """A sample; what is no number is shown as none."""
    value = float(text)
    return value if math.isfinite(value) else None
