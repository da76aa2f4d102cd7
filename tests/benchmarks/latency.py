"""`python -m tests.benchmarks.latency`: how long until what happened can be read.

A steady stream for minutes. In a group of each partition ten chats a second carry the moment at
which they were sent; the store is asked for them all the time, and a row's latency is from that
moment to the answer that first held it. /metrics are asked twice a second for the gauge of the
source's last event: how old it is when it is shown is the latency of a live gauge, as it is of
every record that the same second showed. (The gauges of milestones move by whole closed minutes,
by their definition.)
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from statistics import median
from threading import Thread
from typing import Annotated

import typer
from clickhouse_driver import Client

from deploy.local.ports import HOST
from tests.benchmarks import targets
from tests.benchmarks.figures import percentile
from tests.benchmarks.live import wait
from tests.benchmarks.ours import ServerWorker
from tests.benchmarks.results import Table
from tests.benchmarks.screen import run, watched
from tests.benchmarks.sender import SOURCE, probes
from tests.benchmarks.stage import Results, conclude, course_of, folder_of, going, sending, servers
from tests.benchmarks.stopwatch import await_that

ASK_STORE_S = 0.02
ASK_METRICS_S = 0.5
PERCENTS = (50, 90, 99, 100)
_NEW = "SELECT group_id, event_ms FROM fact_chat WHERE event_date >= toDate({day}) AND ({each})"
_LAST_EVENT = re.compile(
    rf'^community_pipeline_last_event_timestamp_seconds{{source="{SOURCE}"}} (\S+)$', re.M
)


class StoreWatch:
    """Asks the store for rows of the probes; `latencies_s` of each that came since `start`."""

    def __init__(self, worker: ServerWorker, port: int) -> None:
        self.latencies_s: list[float] = []
        self.took_s: list[float] = []
        self._client = Client(HOST, port, database=worker.database)
        self._last = dict.fromkeys(probes(), time.time_ns() // 1_000_000)
        self._stopped = False
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._thread.join()
        self._client.disconnect()

    def _watch(self) -> None:
        while not self._stopped:
            each = " OR ".join(
                f"(group_id = '{name}' AND event_ms > {ms})" for name, ms in self._last.items()
            )
            day = min(self._last.values()) // 86_400_000
            began = time.perf_counter()
            rows = self._client.execute(_NEW.format(day=day, each=each))
            self.took_s.append(time.perf_counter() - began)
            now_ms = time.time_ns() / 1e6
            for group, event_ms in rows:
                self.latencies_s.append((now_ms - event_ms) / 1000)
                self._last[group] = max(self._last[group], event_ms)
            time.sleep(ASK_STORE_S)


class GaugeWatch:
    """Asks /metrics for the last event of the source; `ages_s` are how old it was when shown."""

    def __init__(self, worker: ServerWorker) -> None:
        self.ages_s: list[float] = []
        self._worker = worker
        self._stopped = False
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped:
            told = _LAST_EVENT.search(self._worker.metrics())
            if told:
                self.ages_s.append(time.time() - float(told[1]))
            time.sleep(ASK_METRICS_S)


def main(
    *,
    rate: Annotated[float, typer.Option(help="Events per second.")] = 10_000,
    groups: Annotated[int, typer.Option(help="Groups, beside the probes.")] = 196,
    seconds: Annotated[float, typer.Option(help="For how long.")] = 300,
    settle: Annotated[float, typer.Option(help="Seconds before that.")] = 20,
    results: Results = True,
) -> None:
    """Measure produced -> row readable, and produced -> live gauge."""
    with (
        watched() as progress,
        course_of(0, progress) as course,
        going(ServerWorker(course, folder_of(course, "latency"))) as worker,
    ):
        versions = servers(course)
        await_that(lambda: bool(worker.metrics()), worker)
        total_s = seconds + settle + 120
        with sending(course, rate=rate, groups=groups, seconds=total_s, probing=True):
            await_that(lambda: worker.counted() > rate, worker)
            wait(settle, "settling", progress)
            before = worker.counted()
            rows = StoreWatch(worker, course.clickhouse.ports[0])
            gauges = GaugeWatch(worker)
            wait(seconds, "measuring", progress)
            per_s = (worker.counted() - before) / seconds
            rows.stop()
            gauges.stop()
    measured = {"row readable": rows.latencies_s, "live gauge": gauges.ages_s}
    table = Table(
        ["produced ->", "measured", *(f"p{percent}" for percent in PERCENTS)],
        [_row(what, found) for what, found in measured.items()],
    )
    readable = rows.latencies_s
    conclude(
        "latency",
        title=f"Latency at {rate:,.0f} events/s held for {seconds:g} s",
        command=f"python -m tests.benchmarks.latency --rate {rate:g} --seconds {seconds:g}",
        versions=versions,
        table=table,
        verdicts=[
            targets.at_most("row readable, p50", percentile(readable, 50), 0.15, " s"),
            targets.at_most("row readable, p99", percentile(readable, 99), 0.3, " s"),
            targets.at_most("live gauge, p99", percentile(gauges.ages_s, 99), 2.0, " s"),
        ],
        figures={
            what: {f"p{percent}": percentile(found, percent) for percent in PERCENTS}
            for what, found in measured.items()
        }
        | {"events_per_second": per_s},
        notes=[
            f"{per_s:,.0f} records a second were stored while it was measured. The store was asked"
            f" {len(rows.took_s):,} times; an answer took {median(rows.took_s) * 1000:.1f} ms, the"
            " median, which is part of the latencies above."
        ],
        kept=results,
    )


def _row(what: str, found: Sequence[float]) -> list[str]:
    shown = (f"{percentile(found, percent):.3f} s" for percent in PERCENTS)
    return [what, f"{len(found):,}", *shown]


if __name__ == "__main__":
    run(main)
