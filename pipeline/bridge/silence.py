"""The watchdog's silence as an alert of our own: pure."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline.alerting.health import WATCHDOG
from pipeline.alerting.messages.notification import Notification, notification

SILENT = "CommunityAlertingSilent"
FINGERPRINT = "bridge-silence"
GROUP_KEY = "bridge/silence"


class Silence:
    """Since when the watchdog is silent for longer than `longest_ms`; all times are epoch ms.

    `since_ms` takes up a silence that was told before a restart. 0 as the longest: it never is.
    """

    def __init__(self, longest_ms: int, *, now_ms: int, since_ms: int | None = None) -> None:
        self._longest_ms = longest_ms
        self._heard_ms = now_ms
        self.since_ms = since_ms

    @property
    def heard_ms(self) -> int:
        """When the watchdog was last heard, or the bridge started."""
        return self._heard_ms

    def heard(self, now_ms: int) -> Notification | None:
        """Note the watchdog; the end of a silence, if there was one."""
        self._heard_ms = now_ms
        since_ms, self.since_ms = self.since_ms, None
        return None if since_ms is None else _told(since_ms, now_ms)

    def at(self, now_ms: int) -> Notification | None:
        """The silence as it is now, if it lasts too long already."""
        if not self._longest_ms:
            return None
        if self.since_ms is None and now_ms - self._heard_ms >= self._longest_ms:
            self.since_ms = self._heard_ms
        return None if self.since_ms is None else _told(self.since_ms, None)


def _told(since_ms: int, ended_ms: int | None) -> Notification:
    alert = {
        "status": "firing" if ended_ms is None else "resolved",
        "labels": {"alertname": SILENT, "severity": "critical"},
        "annotations": {
            "summary": "Alerting is silent: Prometheus or Alertmanager is down.",
            "description": f"{WATCHDOG} was not heard. Until it is, no other alert can be "
            "trusted to arrive: look at Prometheus, at Alertmanager and at its route here "
            "(`pulse doctor`).",
        },
        "startsAt": _moment(since_ms),
        "endsAt": _moment(ended_ms) if ended_ms is not None else None,
        "fingerprint": FINGERPRINT,
    }
    return notification({"version": "4", "groupKey": GROUP_KEY, "alerts": [alert]})


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
