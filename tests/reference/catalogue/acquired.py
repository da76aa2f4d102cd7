"""What the references of family B share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Spell,
    inside,
    scopes,
    spells,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import Community, Event, Key, Numbers

Found = dict[Key, Numbers]
UNKNOWN = "unknown"


def opened_in(c: Community, w: CalendarWindow, asof: int) -> list[Spell]:
    """Memberships opened in the window; a roster opens none."""
    return [one for one in spells(c, asof) if inside(w, one.opened) and not one.roster]


def first_comers(
    c: Community, grain: str, w: CalendarWindow, asof: int
) -> Iterator[tuple[str, Spell]]:
    """(scope, first membership in it) of persons whom the scope sees for the first time."""
    first: dict[tuple[str, str], Spell] = {}
    for one in sorted(spells(c, asof), key=lambda spell: (spell.opened, spell.group)):
        for scope in scopes(c, grain, one.join):
            first.setdefault((scope, one.user), one)
    for (scope, _), one in first.items():
        if inside(w, one.opened) and not one.roster:
            yield scope, one


def sequence(one: Event) -> tuple[int, int, str]:
    return one["event_ms"], one["source_seq"], one["event_id"]


def first_paid(c: Community, w: CalendarWindow, asof: int) -> list[Event]:
    """First paid orders of members, those in the window."""
    return [
        one
        for one in paid_orders(c, asof)
        if inside(w, one["paid_ms"]) and one["number"] == 1 and one["actor_role"] == "member"
    ]


def base_of(c: Community, grain: str, w: CalendarWindow, asof: int) -> list[tuple[Key, str]]:
    """member_base: (scope and no slice, person)."""
    return [
        ((scope, ""), one.user)
        for one in spells(c, asof)
        if one.touches(w)
        for scope in scopes(c, grain, one.join)
    ]


def keyed(c: Community, grain: str, rows: Iterable[Event]) -> list[tuple[Key, str]]:
    """(scope and no slice, person) of events."""
    return [((scope, ""), one["user_id"]) for one in rows for scope in scopes(c, grain, one)]


def or_unknown(value: str) -> str:
    return value or UNKNOWN


def split_by_channel(grain: str, rows: list[tuple[str, str]]) -> Found:
    """(scope, channel) of persons: of each channel / all; at grain C the scope is the channel."""
    found: Found = {}
    for scope, channel in rows:
        key = (scope, "" if grain == "C" else or_unknown(channel))
        found[key] = (found.get(key, (0.0, 0.0))[0] + 1, 0.0)
    return {
        key: (
            mine,
            sum(n for other, (n, _) in found.items() if grain == "C" or other[0] == key[0]),
        )
        for key, (mine, _) in found.items()
    }
