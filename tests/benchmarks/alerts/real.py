"""A real channel through the back-test: imported, stored, replayed by the product's operation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.catalog.catalogue import MILESTONES
from pipeline.clock import SharedClock
from pipeline.core.signals import DAY_MS
from pipeline.operations.backtest import backtest
from pipeline.operations.operation import Context
from pipeline.progress import Progress, unwatched
from pipeline.pseudonym import Pseudonyms
from pipeline.settings import Settings
from pipeline.sources.importing import Found
from pipeline.sources.inputs import read_logs
from pipeline.sources.irc import irc_items
from pipeline.sources.irc_channel import IrcOptions
from schemas.event_type import EventType
from tests.reference.stored import migrated_store
from tests.sinks.queries.stored import fact_rows

LIVE = [metric.id for metric in MILESTONES]
"""The stored ones have no source in a channel's logs, but for its leave rate."""
KEY = b"a key that only back-tests know"


def channel(logs: Path, folder: Path, progress: Progress = unwatched) -> dict[str, Any]:
    """What the rules say of an IRC channel's logs (`read_logs`), from its first event to its last.

    The operation's result, with `first_ms`, `last_ms`, `events` and `busiest`, the most persons
    that chatted in 24 hours up to a midnight. `folder`: where the store is made, empty.
    """
    items = irc_items(read_logs(logs), Pseudonyms(KEY), IrcOptions())
    events = [one.event for one in items if isinstance(one, Found)]
    times = [event.event_time for event in events]
    first_ms, last_ms = min(times), max(times)
    with migrated_store(folder) as store:
        for kind in (EventType.CHAT, EventType.JOIN, EventType.LEAVE):
            store.insert(
                f"fact_{kind}", fact_rows(kind, [one for one in events if one.event_type is kind])
            )
        settings = Settings(store=f"chdb:{folder}", zone="Europe/London")
        context = Context(settings, store, SharedClock(folder / "no-clock"), progress)
        span = {"since_ms": first_ms, "until_ms": last_ms + DAY_MS}
        asked = {**span, "groups": [], "metrics": LIVE, "explained": 0, "thresholds": {}}
        found = backtest(context, asked)
        busiest = store.query(
            "SELECT max(n) AS n FROM (SELECT uniqExact(user_id) AS n FROM v_chat"
            " WHERE actor_role = 'member' GROUP BY event_date)"
        )["n"][0]
    return {
        **found,
        "first_ms": first_ms,
        "last_ms": last_ms,
        "events": len(events),
        "busiest": int(busiest),
    }


def told(found: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """By METRIC.drop: evaluations, and those that had enough to tell."""
    return {
        f"{one['metric']}.{one['drop']}": (one["evaluations"], one["enough"])
        for one in found["samples"]
    }
