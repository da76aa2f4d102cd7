"""What the bridge tells of itself at /metrics."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from pipeline.catalog.series import (
    BRIDGE_FAILURES,
    BRIDGE_HEARTBEATS,
    BRIDGE_MESSAGES,
    BRIDGE_WAITING,
    BRIDGE_WATCHDOG,
    Series,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters and gauges in a registry of their own; the children of each channel begin at 0."""

    def __init__(self, channels: Iterable[str]) -> None:
        self._registry = CollectorRegistry()
        self._told = self._counter(BRIDGE_MESSAGES)
        self._failed = self._counter(BRIDGE_FAILURES)
        self._pings = self._counter(BRIDGE_HEARTBEATS)
        self._waiting = self._gauge(BRIDGE_WAITING)
        self._heard = self._gauge(BRIDGE_WATCHDOG)
        for channel in channels:
            for status in ("firing", "resolved"):
                self._told.labels(channel, status)
            for outcome in ("later", "refused", "full", "fault"):
                self._failed.labels(channel, outcome)
            self._waiting.labels(channel)
        for outcome in ("taken", "failed", "withheld"):
            self._pings.labels(outcome)

    def _counter(self, series: Series) -> Counter:
        return Counter(series.name, series.help, series.labels, registry=self._registry)

    def _gauge(self, series: Series) -> Gauge:
        return Gauge(series.name, series.help, series.labels, registry=self._registry)

    def told(self, channel: str, *, firing: bool) -> None:
        """A channel took a message."""
        self._told.labels(channel, "firing" if firing else "resolved").inc()

    def failed(self, channel: str, outcome: str) -> None:
        """An attempt failed."""
        self._failed.labels(channel, outcome).inc()

    def waits(self, channel: str, groups: int) -> None:
        """So many groups wait for the channel."""
        self._waiting.labels(channel).set(groups)

    def heard(self, at_ms: int) -> None:
        """The watchdog was heard."""
        self._heard.set(at_ms / 1000)

    def pinged(self, outcome: str) -> None:
        """The dead man's switch was asked, or not."""
        self._pings.labels(outcome).inc()

    def page(self) -> bytes:
        """The text of /metrics."""
        return generate_latest(self._registry)
