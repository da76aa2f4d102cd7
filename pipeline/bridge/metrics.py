"""What the bridge tells of itself at /metrics."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters and gauges in a registry of their own; the children of each channel begin at 0."""

    def __init__(self, channels: Iterable[str]) -> None:
        self._registry = CollectorRegistry()
        self._told = Counter(
            "community_bridge_messages_total",
            "Messages that a channel took, by what they told: firing or resolved.",
            ("channel", "status"),
            registry=self._registry,
        )
        self._failed = Counter(
            "community_bridge_failures_total",
            "Attempts that failed: later (tried again), refused, full, or a fault of the program.",
            ("channel", "outcome"),
            registry=self._registry,
        )
        self._waiting = Gauge(
            "community_bridge_waiting_groups",
            "Groups of alerts that a channel has not been told yet.",
            ("channel",),
            registry=self._registry,
        )
        self._heard = Gauge(
            "community_bridge_watchdog_timestamp_seconds",
            "When the watchdog was last heard; 0 = not since the start.",
            registry=self._registry,
        )
        self._pings = Counter(
            "community_bridge_heartbeats_total",
            "Asks of the dead man's switch: taken, failed, or withheld as alerts are stuck.",
            ("outcome",),
            registry=self._registry,
        )
        for channel in channels:
            for status in ("firing", "resolved"):
                self._told.labels(channel, status)
            for outcome in ("later", "refused", "full", "fault"):
                self._failed.labels(channel, outcome)
            self._waiting.labels(channel)
        for outcome in ("taken", "failed", "withheld"):
            self._pings.labels(outcome)

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
