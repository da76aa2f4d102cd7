"""What the references of family D share."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    scopes,
    tally,
    total,
    within,
)
from tests.reference.community import Community, Event, Key, Numbers

Found = dict[Key, Numbers]
NO_ITEMS = ("reply", "topic")
INTERACTIONS = ("like", "forward", "favorite", "comment")


def scopes_of(c: Community, grain: str, one: Event, thing: str) -> list[str]:
    """Scopes of an event; of the grain P it is what it is about."""
    if grain == "P":
        return [one[thing]] if one[thing] else []
    return scopes(c, grain, one)


def person_of(one: Event) -> str:
    """Whoever looks: a member, or an anonymous visitor; '' = nobody known, or no member."""
    return (one["user_id"] or one["visitor_id"]) if one["actor_role"] == "member" else ""


def counted(c: Community, grain: str, rows: Iterable[Event], thing: str = "") -> Found:
    return total((scope, 1) for one in rows for scope in scopes_of(c, grain, one, thing))


def distinct_of(c: Community, grain: str, rows: Iterable[Event], thing: str = "") -> Found:
    return tally(
        (scope, person_of({"visitor_id": "", **one}))
        for one in rows
        for scope in scopes_of(c, grain, one, thing)
        if person_of({"visitor_id": "", **one})
    )


def items_of(c: Community, w: CalendarWindow) -> list[Event]:
    return [one for one in within(c, "publish", w) if one["content_kind"] not in NO_ITEMS]


def split_by(c: Community, grain: str, rows: Iterable[Event], name: str, thing: str = "") -> Found:
    found: Found = {}
    for one in rows:
        for scope in scopes_of(c, grain, one, thing):
            key = (scope, str(one[name]))
            found[key] = (found.get(key, (0.0, 1.0))[0] + 1, 1.0)
    return found
