"""Every signal straight from its definition: for each t, each group, each person, look at all.

Slow and obvious on purpose. Nothing here is shared with the program but the shape of its answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

HOUR = 3_600_000
DAY = 24 * HOUR

Row = dict[str, int]


class Fact(NamedTuple):
    """One event; `detail` is join_method, msg_type or order status."""

    event_type: str
    event_ms: int
    group_id: str
    user_id: str
    actor_role: str = "member"
    source: str = "test"
    source_seq: int = 0
    detail: str = ""


def signals_at(facts: Iterable[Fact], t: int, grace_ms: int) -> Mapping[str, Row]:
    """All signals of every group in `facts` at `t`."""
    facts = [fact for fact in facts if fact.group_id]
    return {
        group_id: _group([fact for fact in facts if fact.group_id == group_id], t, grace_ms)
        for group_id in {fact.group_id for fact in facts}
    }


def _group(facts: list[Fact], t: int, grace_ms: int) -> Row:
    row = dict.fromkeys(COLUMNS, 0)
    row["messages_24h"] = sum(
        fact.event_type == "chat"
        and fact.detail != "system"
        and fact.actor_role in ("member", "staff")
        and t - DAY <= fact.event_ms < t
        for fact in facts
    )
    members = [fact for fact in facts if fact.actor_role == "member"]
    for user_id in {fact.user_id for fact in members}:
        mine = [fact for fact in members if fact.user_id == user_id]
        for name, value in _person(mine, t, grace_ms).items():
            row[name] += value
    return row


def memberships(facts: Iterable[Fact], grace_ms: int) -> list[tuple[int, int | None, bool]]:
    """(opened, closed or None, by roster) of one person in one group."""
    moves = sorted(
        (fact for fact in facts if fact.event_type in ("join", "leave")),
        key=lambda fact: (
            fact.event_ms,
            fact.source_seq,
            fact.event_type == "leave",
            fact.detail == "import",
        ),
    )
    found: list[tuple[int, int | None, bool]] = []
    for move in moves:
        inside = bool(found) and found[-1][1] is None
        if move.event_type == "join" and not inside:
            found.append((move.event_ms, None, move.detail == "import"))
        elif move.event_type == "leave" and inside:
            found[-1] = (found[-1][0], move.event_ms, found[-1][2])
    # A leave and the re-join within the grace are taken out together.
    place = 0
    while place + 1 < len(found):
        closed, opened = found[place][1], found[place + 1][0]
        assert closed is not None
        if opened - closed <= grace_ms:
            found[place : place + 2] = [(found[place][0], found[place + 1][1], found[place][2])]
        else:
            place += 1
    return found


def _person(facts: list[Fact], t: int, grace_ms: int) -> Row:
    spells = memberships(facts, grace_ms)
    chats = [f.event_ms for f in facts if f.event_type == "chat" and f.detail != "system"]
    orders = [f.event_ms for f in facts if f.event_type == "order" and f.detail == "paid"]

    def within(time: int, window: int = DAY) -> bool:
        return t - window <= time < t

    member = any(opened < t and (closed is None or t <= closed) for opened, closed, _ in spells)
    openings = [o for o, _, roster in spells if not roster and within(o)]
    spoke = [(o, c) for o in openings for c in chats if o < c < t]
    ordered = [p for _, c in spoke for p in orders if c < p < t]
    return {
        "member_count": member,
        "ever_joined": any(f.event_type == "join" and f.event_ms < t for f in facts),
        "joins_24h": len(openings),
        "leaves_24h": sum(closed is not None and within(closed) for _, closed, _ in spells),
        "active_24h": member and any(within(c) for c in chats),
        "active_1h": member and any(within(c, HOUR) for c in chats),
        "payers_24h": member and any(within(p) for p in orders),
        "payers_1h": member and any(within(p, HOUR) for p in orders),
        "funnel_joined": bool(openings),
        "funnel_spoke": bool(spoke),
        "funnel_ordered": bool(ordered),
    }


COLUMNS = (
    "member_count",
    "ever_joined",
    "active_24h",
    "active_1h",
    "payers_24h",
    "payers_1h",
    "funnel_joined",
    "funnel_spoke",
    "funnel_ordered",
    "joins_24h",
    "leaves_24h",
    "messages_24h",
)


def quality(facts: Iterable[Fact], grace_ms: int) -> Row:
    """How many oddities of each kind there are in all, over members' facts within groups."""
    mine: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        if fact.group_id and fact.actor_role == "member":
            mine.setdefault((fact.group_id, fact.user_id), []).append(fact)
    row = {
        "join_present": 0,
        "leave_absent": 0,
        "chat_without_membership": 0,
        "order_without_membership": 0,
    }
    for own in mine.values():
        inside = False
        for fact in sorted(own, key=lambda f: (f.event_ms, f.source_seq, f.event_type)):
            if fact.event_type == "join":
                row["join_present"] += inside
                inside = True
            elif fact.event_type == "leave":
                row["leave_absent"] += not inside
                inside = False
        spells = memberships(own, grace_ms)
        for fact in own:
            counts = (fact.event_type == "chat" and fact.detail != "system") or (
                fact.event_type == "order" and fact.detail == "paid"
            )
            if counts and not any(
                opened <= fact.event_ms and (closed is None or fact.event_ms <= closed)
                for opened, closed, _ in spells
            ):
                row[f"{fact.event_type}_without_membership"] += 1
    return row
