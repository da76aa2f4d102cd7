"""Eight weeks of a community whose newcomers by one channel fall silent in two of three groups.

Of the 150 members of `g` 90 came by the channel `kol`, of the 100 of `h` 60; in `calm` all go on.
Until `SILENT` everybody writes each day at noon; from then on nobody who came by `kol` does in `g`
and `h`. Each day 30 of the `kol` members of `g`, and 15 of the others, buy after writing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.reference.community import DAY, HOUR, MINUTE, Community, Event, at, event

START = at("2025-01-06")
SILENT = START + 42 * DAY
FIRED = SILENT + DAY + 10 * HOUR
"""The trailing day before it lies in the silence."""

GROUPS = {"g": (90, 150), "h": (60, 100), "calm": (50, 100)}
"""Members by the channel `kol`, and all members."""

DIMS = {
    "dim_group": [{"group_id": "g", "name": "Readers [b]of[/b] 群"}],
    "dim_channel": [{"channel_id": "kol", "name": "Key opinion leaders"}],
}


def history() -> Community:
    """All of it."""
    events: list[Event] = []
    for group, (by_kol, members) in GROUPS.items():
        for number in range(members):
            user, channel = f"{group}-{number}", "kol" if number < by_kol else "qr"
            events.append(
                event("join", START - 40 * DAY, group, user, join_method="qr", channel_id=channel)
            )
            for day in range(46):
                noon = START + day * DAY + 12 * HOUR + number * 100
                if channel == "kol" and group != "calm" and noon >= SILENT:
                    continue
                events.append(event("chat", noon, group, user, msg_type="text"))
                if group == "g" and number % 3 == 0:
                    events.append(_order(noon + 30 * MINUTE, group, user))
    return Community(events, DIMS)


def _order(when: int, group: str, user: str) -> Event:
    return event(
        *("order", when, group, user),
        order_id=f"o-{user}-{when}",
        status="paid",
        currency="CNY",
        amount_paid=Decimal(10),
    )


def alert(**changed: Any) -> dict[str, Any]:
    """An alert of `g` as Alertmanager posts it; labels and annotations are added to."""
    labels = {
        "alertname": "CommunityDailyActiveRateDrop",
        "severity": "critical",
        "group_id": "g",
        "signal": "slow",
        "against": "4w",
        "metric": "C06",
    } | changed.pop("labels", {})
    annotations = {
        "summary": "It fell.",
        "runbook_url": "https://wiki/runbook.md#CommunityDailyActiveRateDrop",
    } | changed.pop("annotations", {})
    return {
        "status": "firing",
        "labels": labels,
        "annotations": annotations,
        "startsAt": _iso(FIRED),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": "c0ffee0123456789",
    } | changed


def ended(hours: float, **changed: Any) -> dict[str, Any]:
    """The same alert, over so many hours after it fired."""
    return alert(status="resolved", endsAt=_iso(FIRED + int(hours * HOUR)), **changed)


def _iso(ms: int) -> str:

    return datetime.fromtimestamp(ms / 1000, UTC).isoformat().replace("+00:00", "Z")
