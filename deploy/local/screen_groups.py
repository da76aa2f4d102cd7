"""The table of groups: every milestone beside what it is compared with, dropped ones on top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from deploy.local.watch import Worker
from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Change, Signal
from sinks.prometheus_snapshot import GroupSignals

_BY_URGENCY = (
    "daily_active fast.4w",
    "conversion slow.4w",
    "in_group slow.24h",
    "daily_active slow.4w",
    "conversion fast.4w",
    "in_group slow.7d",
)
"""Columns in the order in which a wider screen takes them in."""

_CELL = "{n:>5} {now:>5} {usual:>5} {change:>5}"
_CELL_WIDTH = 23
_MARKS = {"firing": ("▼", "bold red"), "pending": ("▽", "yellow")}


@dataclass(frozen=True)
class Column:
    """One drop rule of one milestone."""

    metric: Metric
    drop: Drop

    @property
    def key(self) -> str:
        """Its name among the columns."""
        return f"{self.metric.stem} {self.drop.key}"

    @property
    def heading(self) -> str:
        """What it is, and what the four numbers in a cell are."""
        span = "" if self.metric.stock else " 1 h" if self.drop.signal is Signal.FAST else " 24 h"
        change = "Δ pp" if self.drop.change is Change.POINTS else "Δ"
        title = f"{self.metric.words.removesuffix(' rate')}{span} vs {self.drop.against}"
        return f"{title}\n" + _CELL.format(n="n", now="now", usual="usual", change=change)


COLUMNS: tuple[Column, ...] = tuple(
    sorted(
        (Column(metric, drop) for metric in MILESTONES for drop in metric.drops),
        key=lambda column: _BY_URGENCY.index(column.key),
    )
)


@dataclass(frozen=True)
class Cell:
    """One comparison: `fall` is how far it fell in the rule's terms, None when with nothing."""

    column: Column
    signals: GroupSignals

    @property
    def fall(self) -> float | None:
        """See the class; negative when it rose."""
        ratio, usual = self.signals.ratio, self._usual
        if ratio is None or usual is None or usual <= 0:
            return None
        return self.column.drop.change_of(ratio, usual)

    @property
    def fires(self) -> bool:
        """Whether the alert's condition holds now."""
        one = self.signals
        return self.column.drop.fires(one.numerator, one.denominator, self._usual)

    @property
    def text(self) -> Text:
        """n, rate now, usual rate, change; red as the rule sees it, yellow if too few to tell."""
        ratio, usual, fall = self.signals.ratio, self._usual, self.fall
        if fall is None:
            change, style = "-", "dim"
        else:
            points = self.column.drop.change is Change.POINTS
            change = f"{0.0 - round(100 * fall, 1):+}" if points else f"{0.0 - round(fall, 2):+.0%}"
            deep = fall > self.column.drop.threshold
            style = "bold red" if self.fires else "yellow" if deep else ""
        return Text(
            _CELL.format(
                n=self.signals.denominator,
                now="-" if ratio is None else f"{ratio:.1%}",
                usual="-" if usual is None else f"{usual:.1%}",
                change=change,
            ),
            style=style,
        )

    @property
    def _usual(self) -> float | None:
        baseline = self.signals.baselines.get(self.column.drop.against)
        return None if baseline is None else baseline.ratio


@dataclass(frozen=True)
class Row:
    """A group with its cells by column; `state` is that of its worst alert, '' if it has none."""

    group_id: str
    members: int
    cells: Mapping[str, Cell]
    state: str = ""

    @property
    def order(self) -> tuple[bool, bool, bool, int, str]:
        """Alerts first, then rules that hold, then the largest groups."""
        fires = any(cell.fires for cell in self.cells.values())
        firing, pending = self.state == "firing", self.state == "pending"
        return not firing, not pending, not fires, -self.members, self.group_id

    @property
    def name(self) -> Text:
        """The group's id, marked by its alert."""
        mark, style = _MARKS.get(self.state, (" ", ""))
        return Text(f"{mark}{self.group_id}", style=style)


def group_rows(worker: Worker, states: Mapping[str, str]) -> list[Row]:
    """All groups that are exported, in order; `states` are those of alerts by group."""
    cells: dict[str, dict[str, Cell]] = {}
    for signals in worker.signals:
        row = cells.setdefault(signals.group_id, {})
        row |= {cell.column.key: cell for cell in _cells(signals)}
    rows = (
        Row(group_id, worker.members.get(group_id, 0), row, states.get(group_id, ""))
        for group_id, row in cells.items()
    )
    return sorted(rows, key=lambda row: row.order)


def group_table(rows: Sequence[Row], *, width: int, height: int) -> Table:
    """As many columns as `width` characters take, as many rows as `height` lines."""
    shown = rows[:height]
    names = max((len(row.name) for row in shown), default=5)
    columns = COLUMNS[: max(1, (width - names) // (1 + _CELL_WIDTH))]
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("\ngroup", width=names, no_wrap=True)
    for column in columns:
        table.add_column(column.heading, width=_CELL_WIDTH, no_wrap=True)
    for row in shown:
        cells = (row.cells.get(column.key) for column in columns)
        table.add_row(row.name, *(cell.text if cell else "" for cell in cells))
    return table


def _cells(signals: GroupSignals) -> Iterator[Cell]:
    for column in COLUMNS:
        if (column.metric.stem, column.drop.signal) == (signals.stem, signals.signal):
            yield Cell(column, signals)
