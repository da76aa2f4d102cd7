"""What Alertmanager delivers to a webhook, alert by alert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """What a delivery says of its alert."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Delivery:
    """One alert, as it was received at `event_ms`, by the demo's clock (epoch ms).

    `fingerprint` is the same for the same labels, `starts_at` for the same bout of firing.
    """

    event_ms: int
    state: State
    labels: Mapping[str, str]
    description: str
    fingerprint: str
    starts_at: str

    @property
    def alert(self) -> str:
        """The alert's name."""
        return self.labels.get("alertname", "")

    @property
    def group_id(self) -> str:
        """The group it is about, '' when it is about none."""
        return self.labels.get("group_id", "")

    @property
    def news(self) -> tuple[str, str, State]:
        """What tells it from a repetition: Alertmanager sends an alert again with its group."""
        return self.fingerprint, self.starts_at, self.state

    def __str__(self) -> str:
        kind = " ".join(
            self.labels[name] for name in ("severity", "signal", "cause") if name in self.labels
        )
        return f"{self.state.upper():<8} {self.alert} [{kind}] {self.description}"


def deliveries(payload: Any, event_ms: int) -> Iterator[Delivery]:
    """The alerts of one webhook call (Alertmanager's JSON, version 4).

    Raises KeyError, TypeError or ValueError when it is something else.
    """
    for alert in payload["alerts"]:
        yield Delivery(
            event_ms,
            State(alert["status"]),
            dict(alert["labels"]),
            str(alert["annotations"].get("description", "")),
            str(alert["fingerprint"]),
            str(alert["startsAt"]),
        )
