"""What the journal says the store has to hold, counted in plain Python without the product."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.journal import Entry

Identity = tuple[str, str, str, int, str]
"""Event type, group, person where there is no group, event time, event id."""

Minute = tuple[str, int]
"""Group, and the minute in minutes since 1970."""

Copy = tuple[int, int, str, str]
"""What tells a first copy from the others: partition, source_seq, person, role."""


@dataclass
class Truth:
    """The first copy of each event, each window's values, and the letters by place and reason."""

    facts: dict[Identity, Copy] = field(default_factory=dict)
    windows: dict[Minute, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    letters: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    copies: int = 0


def truth_of(entries: Iterable[Entry]) -> Truth:
    """Count each event once, however often it was sent."""
    truth = Truth()
    people: dict[tuple[Minute, str], set[str]] = defaultdict(set)
    for entry in entries:
        if entry.event is None:
            truth.letters[entry.topic, entry.partition, entry.reason] += 1
            continue
        event = entry.event
        identity = identity_of(event)
        if identity in truth.facts:
            truth.copies += 1
            continue
        truth.facts[identity] = (
            entry.partition,
            event.get("source_seq", 0),
            event["user_id"],
            event["actor_role"],
        )
        minute = (event.get("group_id", ""), event["event_time"] // 60_000)
        truth.windows[minute].update(measures(event))
        if column := person_column(event):
            people[minute, column].add(event["user_id"])
    for (minute, column), persons in people.items():
        truth.windows[minute][column] = len(persons)
    truth.windows = {minute: +values for minute, values in truth.windows.items() if +values}
    return truth


def identity_of(event: dict[str, Any]) -> Identity:
    """Who an event is."""
    group_id = event.get("group_id", "")
    owner = "" if group_id else event["user_id"]
    return event["event_type"], group_id, owner, event["event_time"], event["event_id"]


def measures(event: dict[str, Any]) -> Counter[str]:
    """What one event adds to its window; money in cents."""
    match event["event_type"]:
        case "join":
            return Counter(join_events=int(event["join_method"] != "import"))
        case "leave":
            return Counter(leave_events=1)
        case "chat":
            spoken = event["msg_type"] != "system"
            return Counter(
                messages=int(spoken and event["actor_role"] in ("member", "staff")),
                member_messages=int(spoken and event["actor_role"] == "member"),
            )
        case "order" if event["status"] == "paid":
            return Counter(paid_orders=1, gmv=_cents(event["amount_paid"]))
        case "order":
            return Counter(orders_created=int(event["status"] == "created"))
        case "refund":
            return Counter(refunds=1, refund_amount=_cents(event["amount"]))
    raise ValueError(event["event_type"])


def person_column(event: dict[str, Any]) -> str:
    """The column that counts this event's person once a window; '' if none does."""
    if event["actor_role"] != "member":
        return ""
    if event["event_type"] == "chat" and event["msg_type"] != "system":
        return "chatters"
    return "payers" if event.get("status") == "paid" else ""


def _cents(amount: str) -> int:
    whole, cents = amount.split(".")
    return int(whole) * 100 + int(cents)
