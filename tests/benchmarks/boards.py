"""`python -m tests.benchmarks.boards`: how long the boards' SQL takes on a large store.

An embedded store is filled by SQL: facts of a month, their minute windows, the staged tables, and
for every metric that a board shows 120 days, 26 weeks and 12 months of 1,000 groups, 20 channels
and so on. Then every query of every board is asked twice, the second time being what is told: wall
seconds, and CPU seconds, which say the same on a busy machine.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from grafana.library import BOARDS
from grafana.signals import Source
from pipeline.catalog.metric import Metric
from pipeline.catalog.value import Count, Ratio, Script, Shares
from pipeline.catalog.vocabulary import Grain
from pipeline.clock import Clock, Segment
from pipeline.core.calendar import Period
from pipeline.core.signals import DAY_MS
from pipeline.operations.rolling import catalogue_of
from pipeline.settings import Settings
from sinks.clock_table import record_clock
from sinks.embedded import EmbeddedStore
from sinks.migrate import up
from sinks.store import Store
from tests.benchmarks import targets
from tests.benchmarks.results import Table
from tests.benchmarks.rollup import DAYS, START_MS, fill
from tests.benchmarks.screen import run, watched
from tests.benchmarks.stage import Results, conclude
from tests.grafana.computed import shown
from tests.grafana.macros import Asked, View, expand_sql, queries

NOW_MS = START_MS + DAYS * DAY_MS
SCOPES: Mapping[Grain, int] = {
    Grain.GROUP: 1_000,
    Grain.TYPE: 5,
    Grain.CHANNEL: 20,
    Grain.CAMPAIGN: 50,
    Grain.STAFF: 50,
    Grain.OBJECT: 500,
    Grain.OVERALL: 1,
}
WINDOWS: Mapping[Period, tuple[int, int]] = {
    Period.DAY: (120, 1),
    Period.WEEK: (26, 7),
    Period.MONTH: (12, 30),
    Period.EVER: (1, 30),
}
"""How many windows of a period, and their days."""

SLOWEST = 10


def values(store: Store) -> int:
    """Values of every metric that a board shows; how many there are."""
    for grain, scopes in SCOPES.items():
        for period in WINDOWS:
            mine = [one for one in shown() if grain in one.grains and period in one.periods]
            alike: dict[tuple[str, ...], list[str]] = {}
            for metric in mine:
                alike.setdefault(_slices(metric), []).append(metric.name)
            for slices, names in alike.items():
                store.execute(_insert(names, slices, grain, scopes, period))
    return int(store.query("SELECT count() AS n FROM metric_value")["n"][0])


def _insert(
    names: list[str], slices: tuple[str, ...], grain: Grain, scopes: int, period: Period
) -> str:
    windows, days = WINDOWS[period]
    scope = "''" if grain is Grain.OVERALL else f"'{grain.value.lower()}' || toString(scope)"
    ends = f"{NOW_MS} - ago * {days * DAY_MS}"
    return f"""
INSERT INTO metric_value (metric, grain, scope_id, slice, `window`, window_start, window_end_ms,
    numerator, denominator, value, note, computed_ms)
SELECT
    metric, '{grain}', {scope}, slice, '{period}',
    toDateTime(intDiv({ends}, 1000) - {days * DAY_MS // 1000}, 'UTC'), {ends},
    worth, 100, worth / 100, '', 1
FROM (
    SELECT
        number % {scopes} AS scope, intDiv(number, {scopes}) AS ago,
        cityHash64(number) % 100 AS worth,
        arrayJoin({names}) AS metric, arrayJoin({list(slices)}) AS slice
    FROM numbers({windows * scopes})
)"""


def _slices(metric: Metric) -> tuple[str, ...]:
    if metric.name == "message_week_distribution":
        return tuple(f"{day}-{hour}" for day in range(1, 8) for hour in range(24))
    match metric.value:
        case Count(measure) | Shares(measure):
            sliced = bool(measure.slice)
        case Ratio(numerator, _):
            sliced = bool(numerator.slice)
        case Script(sql):
            sliced = " slice" in sql
        case _:
            sliced = False
    return ("", *(f"{number} part" for number in range(1, 9))) if sliced else ("",)


def minutes(store: Store) -> None:
    """The minute windows of the chat facts."""
    store.execute(
        "INSERT INTO group_minute (event_date, group_id, minute, epoch, topic, partition, messages,"
        " member_messages, version) SELECT event_date, group_id, toStartOfMinute(event_time) AS m,"
        " 1, 'community.chat', 0, count(), count(), 1 FROM fact_chat"
        " GROUP BY event_date, group_id, m"
    )


def asked() -> Iterable[tuple[str, bool, Asked]]:
    """Every SQL query of the boards, with the board and whether it is of one group."""
    for board in BOARDS:
        for one in queries(board.json()):
            if one.source == Source.CLICKHOUSE:
                yield board.uid, board.one_group, one


def main(
    *,
    facts: Annotated[int, typer.Option(help="Facts of the month.")] = 10_000_000,
    results: Results = True,
) -> None:
    """Time every SQL of every board."""
    took: dict[str, tuple[float, float]] = {}
    by_board: dict[str, float] = {}
    with watched() as progress, tempfile.TemporaryDirectory(prefix="pulse-bench-") as folder:
        store = EmbeddedStore(Path(folder))
        try:
            up(store)
            record_clock(store, Clock((Segment(0, NOW_MS, 0.0),)))
            progress("filling", 0, None)
            fill(store, facts)
            minutes(store)
            catalogue_of(Settings(), store).stage.build(NOW_MS)
            progress("values", 0, None)
            stored = values(store)
            for uid, one_group, one in asked():
                progress(f"asking {uid}", len(took), None)
                view = View(
                    (NOW_MS - 90 * DAY_MS) // 1000,
                    NOW_MS // 1000,
                    3_600,
                    groups=("g7",) if one_group else ("$__all",),
                )
                text = expand_sql(one.text, view)
                store.query(text)
                wall, cpu = time.monotonic(), time.process_time()
                store.query(text)
                spent = time.monotonic() - wall, time.process_time() - cpu
                took[f"{uid}: {one.where}"] = spent
                by_board[uid] = by_board.get(uid, 0) + spent[1]
        finally:
            store.close()
    slowest = sorted(took.items(), key=lambda one: -one[1][1])
    conclude(
        "boards",
        title=f"Boards over {facts:,} facts and {stored:,} metric values, embedded store",
        command=f"python -m tests.benchmarks.boards --facts {facts}",
        versions={},
        table=Table(
            ["query", "wall s", "CPU s"],
            [
                *([f"all of {uid}", "", f"{cpu:.2f}"] for uid, cpu in by_board.items()),
                *([name, f"{w:.2f}", f"{c:.2f}"] for name, (w, c) in slowest[:SLOWEST]),
            ],
        ),
        verdicts=[targets.at_most("the slowest query, CPU", slowest[0][1][1], 1, " s")],
        figures={name: cpu for name, (_, cpu) in took.items()},
        kept=results,
    )


if __name__ == "__main__":
    run(main)
