"""`python -m tests.benchmarks.boards`: how long the boards' SQL takes on a large store.

The store is embedded, with a month of facts in 1,000 groups (`board_store`); it is kept in
`.local/bench`, so that a second run only asks. Every query of every board is asked over the range
with which the board opens, all groups chosen, twice: the second time is told, as wall seconds, and
as CPU seconds, which say the same on a busy machine. Collapsed rows, variables and annotations are
among the queries; what reads Prometheus is not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from deploy.local.stack import LOCAL
from grafana.boards import Board
from grafana.library import BOARDS
from grafana.signals import Source
from pipeline.core.signals import DAY_MS
from pipeline.operations.board_view import seconds
from sinks.store import Store
from tests.benchmarks import targets
from tests.benchmarks.board_store import GROUPS, NOW_MS, board_store
from tests.benchmarks.results import Table
from tests.benchmarks.screen import run, watched
from tests.benchmarks.stage import Results, conclude
from tests.grafana.macros import ALL, View, expand_sql, queries

OVERVIEW = "community-overview"
QUERY_S, OVERVIEW_S = 1.0, 2.0
SLOWEST = 15
POINTS = 300
"""So many buckets a chart has."""


@dataclass(frozen=True)
class Took:
    """What one query took, in seconds."""

    board: str
    where: str
    wall: float
    cpu: float

    @property
    def name(self) -> str:
        """Where it stands, over all boards."""
        return f"{self.board}: {self.where}"


def timed(store: Store, board: Board, days: int) -> Iterator[Took]:
    """Ask every SQL query of a board; `days` 0 = over the range it opens with."""
    json = board.json()
    span_s = days * DAY_MS // 1000 or seconds(board.span.removeprefix("now-"))
    others = {
        one["name"]: (ALL,)
        for one in json["templating"]["list"]
        if one["type"] == "query" and one["name"] != "group"
    }
    view = View(
        NOW_MS // 1000 - span_s,
        NOW_MS // 1000,
        max(60, span_s // POINTS),
        groups=("g7",) if board.one_group else (ALL,),
        variables=others,
    )
    for one in queries(json):
        if one.source != Source.CLICKHOUSE:
            continue
        text = expand_sql(one.text, view)
        store.query(text)
        wall, cpu = time.monotonic(), time.process_time()
        store.query(text)
        yield Took(board.uid, one.where, time.monotonic() - wall, time.process_time() - cpu)


def main(
    *,
    facts: Annotated[int, typer.Option(help="Facts of the month.")] = 10_000_000,
    days: Annotated[
        int, typer.Option(help="Days of the range; 0 = that with which each board opens.")
    ] = 0,
    board: Annotated[str, typer.Option(help="Only this board, by its uid.")] = "",
    results: Results = True,
) -> None:
    """Time every SQL of every board."""
    took: list[Took] = []
    with watched() as progress, board_store(LOCAL / "bench" / "boards", facts, progress) as store:
        stored = int(store.query("SELECT count() AS n FROM metric_value")["n"][0])
        for one in BOARDS:
            if board in ("", one.uid):
                progress(f"asking {one.uid}", len(took), None)
                took += timed(store, one, days)
    ranged = f" --days {days}" if days else ""
    conclude(
        "boards",
        title=f"Boards over {facts:,} facts of {GROUPS:,} groups, {stored:,} metric values,"
        " embedded store",
        command=f"python -m tests.benchmarks.boards --facts {facts}{ranged}",
        versions={},
        table=_table(took),
        verdicts=_verdicts(took),
        figures={one.name: {"wall_s": one.wall, "cpu_s": one.cpu} for one in took},
        kept=results and not board,
    )


def _table(took: Sequence[Took]) -> Table:
    """Each board's queries one after the other, then those of all that take the most CPU."""
    rows = []
    for uid in dict.fromkeys(one.board for one in took):
        mine = [one for one in took if one.board == uid]
        rows.append([f"all {len(mine)} of {uid}", *_figures(mine)])
    slowest = sorted(took, key=_cpu, reverse=True)[:SLOWEST]
    rows += [[one.name, *_figures([one])] for one in slowest]
    return Table(["query", "wall s", "CPU s"], rows)


def _figures(took: Sequence[Took]) -> list[str]:
    return [f"{sum(one.wall for one in took):.2f}", f"{sum(one.cpu for one in took):.2f}"]


def _verdicts(took: Sequence[Took]) -> list[targets.Verdict]:
    """By wall time, as is wanted, and by CPU time, which a busy machine changes less."""
    found = []
    for unit, spent in (("s", _wall), ("CPU-s", _cpu)):
        slowest = max(took, key=spent)
        what = f"the slowest query, {slowest.name}"
        found.append(targets.at_most(what, spent(slowest), QUERY_S, f" {unit}"))
        overview = [spent(one) for one in took if one.board == OVERVIEW]
        if overview:
            what = f"the {len(overview)} queries of {OVERVIEW} together"
            found.append(targets.at_most(what, sum(overview), OVERVIEW_S, f" {unit}"))
    return found


def _wall(one: Took) -> float:
    return one.wall


def _cpu(one: Took) -> float:
    return one.cpu


if __name__ == "__main__":
    run(main)
