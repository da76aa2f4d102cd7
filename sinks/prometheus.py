"""The exporter: /metrics of one worker, in its own registry and on its own thread.

Gauges come from the last published snapshot, so a scrape never touches the worker's state and
never waits for it. Names, labels and help are the catalogue's. Delivery: none. A scrape shows the
latest snapshot; what was between is not kept.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from math import inf
from threading import Lock

from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics

from pipeline.catalog.series import (
    ANOMALIES,
    COMMIT_DURATION,
    COMMIT_ROWS,
    INFO,
    RECORDS,
    STORE_ERRORS,
    Series,
)
from pipeline.errors import PulseError
from schemas.event_type import EventType
from schemas.rejection import Reason
from sinks.prometheus_families import families
from sinks.prometheus_server import Probe, PrometheusServer
from sinks.prometheus_snapshot import ExportSnapshot
from sinks.prometheus_text import Family, text, text_of_library

REJECTED = "rejected"
UNREJECTED = ("counted", "duplicate", "replayed")

LASTS_S = 10
"""Seconds a published snapshot is shown whole."""


class _Published:
    """Serves the snapshot published last, and only its health once that is too old.

    The server outlives whoever publishes; without this a worker that hangs would show its last
    good minute for ever.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._latest = (ExportSnapshot(), inf)

    def put(self, snapshot: ExportSnapshot) -> None:
        self._latest = (snapshot, self._monotonic() + LASTS_S)

    def families(self) -> Iterator[Family]:
        snapshot, lasts_until = self._latest
        return families(snapshot if self._monotonic() <= lasts_until else snapshot.blind())


class _Counts:
    """A counter by its label values."""

    def __init__(self, series: Series) -> None:
        self._series = series
        self._lock = Lock()
        self._counted: defaultdict[tuple[str, ...], float] = defaultdict(float)

    def add(self, labels: tuple[str, ...], n: float = 1) -> None:
        with self._lock:
            self._counted[labels] += n

    def family(self) -> Family:
        return Family(self._series, self._now())

    def _now(self) -> Iterator[tuple[tuple[str, ...], float]]:
        with self._lock:
            counted = list(self._counted.items())
        yield from counted


class Exporter:
    """One worker's metrics. Every method may be called from any thread."""

    def __init__(self, version: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._published = _Published(monotonic)
        self._info = Family(INFO, [((version,), 1)])
        self._records = _Counts(RECORDS)
        self._store_errors = _Counts(STORE_ERRORS)
        self._anomalies = _Counts(ANOMALIES)
        self._commit_rows = Histogram(
            COMMIT_ROWS.name, COMMIT_ROWS.help, buckets=COMMIT_ROWS.buckets, registry=self._registry
        )
        self._commit_duration = Histogram(
            COMMIT_DURATION.name,
            COMMIT_DURATION.help,
            COMMIT_DURATION.labels,
            buckets=COMMIT_DURATION.buckets,
            registry=self._registry,
        )
        self._stages: dict[str, Histogram] = {}
        self._server: PrometheusServer | None = None
        self._start_from_zero()

    def _start_from_zero(self) -> None:
        """Show what can be counted before it is: a counter's first rise is seen only from 0."""
        for event_type in EventType:
            topic = f"community.{event_type}"
            for outcome in UNREJECTED:
                self._records.add((topic, outcome, ""), 0)
            for reason in Reason:
                self._records.add((topic, REJECTED, reason), 0)
        for kind in ("retryable", "fatal"):
            self._store_errors.add((kind,), 0)

    def publish(self, snapshot: ExportSnapshot) -> None:
        """Show `snapshot` from the next scrape on; groups that are not in it are gone.

        Called each second. One that nothing replaces within 10 s is shown without its groups.
        """
        self._published.put(snapshot)

    def count_record(self, topic: str, outcome: str, reason: str = "", n: int = 1) -> None:
        """`n` records of `topic` ended in `outcome`; `reason` only for rejected ones."""
        self._records.add((topic, outcome, reason), n)

    def observe_commit(self, stage: str, seconds: float) -> None:
        """One stage of a group commit took `seconds`."""
        histogram = self._stages.get(stage)
        if histogram is None:
            histogram = self._stages[stage] = self._commit_duration.labels(stage)
        histogram.observe(seconds)

    def commit_rows(self, n: int) -> None:
        """A group commit held `n` records."""
        self._commit_rows.observe(n)

    def store_error(self, kind: str) -> None:
        """The store answered with an error: retryable or fatal."""
        self._store_errors.add((kind,))

    def anomalies(self, kind: str, n: int) -> None:
        """`n` membership oddities of one kind."""
        self._anomalies.add((kind,), n)

    def exposition(self, names: Collection[str] = ()) -> bytes:
        """All of it in Prometheus' text format, the snapshot first; only `names`, if there are."""
        registry = self._registry.restricted_registry(names) if names else self._registry
        shown = (one for one in self._families() if not names or one.series.name in names)
        return f"{text(shown)}{text_of_library(registry.collect())}".encode()

    def _families(self) -> Iterable[Family]:
        yield from self._published.families()
        yield self._info
        for counts in (self._records, self._store_errors, self._anomalies):
            yield counts.family()

    def serve(self, host: str, port: int, probes: Mapping[str, Probe] | None = None) -> int:
        """Answer on http://host:port/metrics from a thread of its own; return the port (0 = any).

        `probes` are further paths (see PrometheusServer). Raises PulseError when the address
        cannot be had.
        """
        try:
            self._server = PrometheusServer(host, port, self.exposition, probes or {})
        except OSError as error:
            raise PulseError(
                f"Metrics cannot be served: {error.strerror or error}",
                where=f"{host}:{port}",
                remedy="Set PULSE_METRICS_PORT to a free port, or to 0 for any.",
            ) from error
        return self._server.port

    def close(self) -> None:
        """Stop answering; again and before `serve` it does nothing."""
        if self._server is not None:
            self._server.close()
            self._server = None
