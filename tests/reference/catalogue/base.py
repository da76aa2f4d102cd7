"""What the references share: memberships, who was a member, interactions, paid orders, scopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from pipeline.core.calendar import CalendarWindow
from tests.reference.community import Community, Event, Key, Numbers

OPEN = 1 << 62

Reference = Callable[[Community, str, CalendarWindow, int], dict[Key, Numbers]]
"""(community, grain code, window, as of) -> (scope, slice) -> (numerator, denominator).

A count has denominator 1, a statistic its n. Scopes without anything may be left out, or be
(0, 1) for a count, (0, 0) else.
"""


@dataclass
class Spell:
    """A membership: a member from just after `opened` up to `closed`."""

    group: str
    user: str
    opened: int
    closed: int
    join: Event
    leave: Event | None
    number: int = 1

    @property
    def roster(self) -> bool:
        return bool(self.join["join_method"] == "import")

    def at(self, t: int) -> bool:
        """Whether the member is one at t."""
        return self.opened < t <= self.closed

    def touches(self, window: CalendarWindow) -> bool:
        """Whether the member is one at any moment of the window (member_base)."""
        return self.opened < window.end_ms and self.closed >= window.start_ms


def spells(community: Community, asof: int) -> list[Spell]:
    """All memberships as known at `asof`, a leave and the re-join within the grace netted."""
    found: list[Spell] = []
    moves: dict[tuple[str, str], list[Event]] = {}
    for one in community.events:
        moved = one["event_type"] in ("join", "leave") and one["actor_role"] == "member"
        if moved and one["event_ms"] < asof:
            moves.setdefault((one["group_id"], one["user_id"]), []).append(one)
    for (group, user), events in moves.items():
        mine: list[Spell] = []
        for one in sorted(events, key=_order):
            inside = bool(mine) and mine[-1].closed == OPEN
            if one["event_type"] == "join" and not inside:
                mine.append(Spell(group, user, one["event_ms"], OPEN, one, None))
            elif one["event_type"] == "leave" and inside:
                mine[-1].closed, mine[-1].leave = one["event_ms"], one
        netted: list[Spell] = []
        for spell in mine:
            if netted and spell.opened - netted[-1].closed <= community.grace_ms:
                netted[-1].closed, netted[-1].leave = spell.closed, spell.leave
            else:
                netted.append(spell)
        for number, spell in enumerate(netted, 1):
            spell.number = number
        found += netted
    return found


def _order(one: Event) -> tuple[int, int, bool, bool]:
    leaves = one["event_type"] == "leave"
    roster = not leaves and one["join_method"] == "import"
    return (one["event_ms"], one["source_seq"], leaves, roster)


def inside(window: CalendarWindow, ms: int) -> bool:
    """Whether a moment lies in the window."""
    return window.start_ms <= ms < window.end_ms


def local(community: Community, ms: int) -> datetime:
    """A moment in the reporting zone."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(community.zone))


def local_day(community: Community, ms: int) -> date:
    """Its day in the reporting zone."""
    return local(community, ms).date()


def type_of(community: Community, group: str) -> str:
    """Community type of a group; '' = not known."""
    for row in community.dims.get("dim_group", ()):
        if row["group_id"] == group:
            return str(row["community_type"])
    return ""


def scopes(community: Community, grain: str, row: Event) -> list[str]:
    """The scope of an event (or of a dict like one) at a grain; empty = it has none there."""
    match grain:
        case "O":
            return [""]
        case "C":
            return [row["channel_id"] or "unknown"]
        case "T":
            found = type_of(community, row["group_id"])
        case _:
            name = {"G": "group_id", "K": "campaign_id", "S": "staff_id", "U": "user_id"}[grain]
            found = row[name]
    return [found] if found else []


def spell_row(spell: Spell) -> Event:
    """The event that tells a membership's scopes: its join."""
    return spell.join


def interactions(community: Community) -> Iterator[Event]:
    """Interactions of members: METRICS section 0."""
    for one in community.events:
        kind = one["event_type"]
        if one["actor_role"] != "member":
            continue
        if (
            (kind == "chat" and one["msg_type"] != "system")
            or kind in ("reaction", "checkin", "publish", "feedback")
            or (kind == "activity" and one["action"] in ("attend", "complete"))
            or (kind == "session" and one["action"] == "opened")
        ):
            yield one


def tally(pairs: Iterable[tuple[str, str]]) -> dict[Key, Numbers]:
    """A count of things by scope: pairs of (scope, whatever makes a thing the same)."""
    found: dict[str, set[str]] = {}
    for scope, thing in pairs:
        found.setdefault(scope, set()).add(thing)
    return {(scope, ""): (float(len(things)), 1.0) for scope, things in found.items()}


def over(numerators: dict[Key, Numbers], denominators: dict[Key, Numbers]) -> dict[Key, Numbers]:
    """One count over another."""
    return {
        key: (numerators.get(key, (0.0, 1.0))[0], denominators.get(key, (0.0, 1.0))[0])
        for key in numerators.keys() | denominators.keys()
    }


def within(c: Community, kind: str, w: CalendarWindow, **said: object) -> Iterator[Event]:
    """Events of one type in the window whose fields are as `said`, or one of a tuple."""
    for one in c.of(kind):
        if inside(w, one["event_ms"]) and all(
            one[name] in value if isinstance(value, tuple) else one[name] == value
            for name, value in said.items()
        ):
            yield one


def total(amounts: Iterable[tuple[str, float]]) -> dict[Key, Numbers]:
    """A sum by scope: pairs of (scope, amount)."""
    found: dict[str, float] = {}
    for scope, amount in amounts:
        found[scope] = found.get(scope, 0.0) + float(amount)
    return {(scope, ""): (amount, 1.0) for scope, amount in found.items()}


def among(base: Iterable[tuple[Key, str]], did: Iterable[tuple[Key, str]]) -> dict[Key, Numbers]:
    """Of the things of each scope and slice, how many did it; pairs of (scope and slice, thing)."""
    things: dict[Key, set[str]] = {}
    done: dict[Key, set[str]] = {}
    for found, pairs in ((things, base), (done, did)):
        for key, thing in pairs:
            found.setdefault(key, set()).add(thing)
    return {
        key: (float(len(mine & done.get(key, set()))), float(len(mine)))
        for key, mine in things.items()
    }
