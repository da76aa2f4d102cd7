"""The ties of family A, from their definitions in METRICS.md: contacts, followers, mutes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    OPEN,
    Reference,
    inside,
    over,
    scopes,
    spells,
    tally,
    type_of,
)
from tests.reference.catalogue.members import Found, Pairs, at, of, part
from tests.reference.community import Community, Event


@dataclass
class Tie:
    """A link of a person to one member of staff, or to an account: from its making to its cut."""

    add: Event
    made: int
    cut: int = OPEN

    @property
    def user(self) -> str:
        return str(self.add["user_id"])

    def at(self, t: int) -> bool:
        """Whether the link is open at t, by the events before it."""
        return self.made < t <= self.cut


def ties(c: Community, wanted: Callable[[str], bool], asof: int) -> list[Tie]:
    """Links of the kinds that are wanted; one that is made twice is made once.

    They are the person's, whoever acts.
    """
    found: list[Tie] = []
    last: dict[tuple[str, str, str], Tie] = {}
    for one in sorted(c.of("contact"), key=_place):
        key = (one["user_id"], one["link_type"], one["staff_id"])
        if not wanted(one["link_type"]) or one["event_ms"] >= asof:
            continue
        is_open = key in last and last[key].cut == OPEN
        if one["action"] == "add" and not is_open:
            last[key] = Tie(one, one["event_ms"])
            found.append(last[key])
        elif one["action"] == "remove" and is_open:
            last[key].cut = one["event_ms"]
    return found


def _place(one: Event) -> tuple[int, int, str]:
    return (one["event_ms"], one["source_seq"], one["event_id"])


def any_contact(link: str) -> bool:
    return link != "group_notice"


def follows(link: str) -> bool:
    return link == "official_account"


def is_friend(link: str) -> bool:
    return link == "wecom_friend"


def counted(c: Community, grain: str, found: Iterable[Tie]) -> Found:
    """Links by the scope of their making."""
    return tally(
        (scope, f"{it.user} {it.add['link_type']} {it.add['staff_id']} {it.made}")
        for it in found
        for scope in scopes(c, grain, it.add)
    )


def customers(c: Community, grain: str, found: Iterable[Tie]) -> Pairs:
    return {(scope, it.user) for it in found for scope in scopes(c, grain, it.add)}


def customer_group_coverage_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    base = {it.user for it in ties(c, any_contact, asof) if it.at(w.end_ms)}
    there = of(c, grain, at(c, w.end_ms, asof))
    ever = {it.group for it in spells(c, asof) if it.opened < w.end_ms}
    types = {""} if grain == "O" else {type_of(c, group) for group in ever} - {""}
    return part({(scope, user) for scope in types for user in base}, there)


def mute_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    last: dict[tuple[str, str], str] = {}
    for one in sorted(c.of("contact"), key=_place):
        if one["link_type"] == "group_notice" and one["event_ms"] < w.end_ms:
            last[one["group_id"], one["user_id"]] = one["action"]
    if not last:
        return {}  # the platform tells of none
    there = at(c, w.end_ms, asof)
    muted = (it for it in there if last.get((it.group, it.user)) == "mute")
    return part(of(c, grain, there), of(c, grain, muted))


def added(link: str) -> Reference:
    """Distinct persons with an add of the kind in the window."""

    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        return tally(
            (scope, one["user_id"])
            for one in c.of("contact")
            if (one["link_type"], one["action"]) == (link, "add") and inside(w, one["event_ms"])
            for scope in scopes(c, grain, one)
        )

    return reference


def follower_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, (it for it in ties(c, follows, asof) if it.at(w.end_ms)))


def follower_gain_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, (it for it in ties(c, follows, asof) if inside(w, it.made)))


def unfollow_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, (it for it in ties(c, follows, asof) if inside(w, it.cut)))


def unfollow_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    exposed = (it for it in ties(c, follows, asof) if it.made < w.end_ms and it.cut >= w.start_ms)
    return over(unfollow_count(c, grain, w, asof), counted(c, grain, exposed))


def deleted_contact_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    cut = (it for it in ties(c, is_friend, asof) if inside(w, it.cut))
    return tally(customers(c, grain, cut))


def contact_delete_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    exposed = (it for it in ties(c, is_friend, asof) if it.made < w.end_ms and it.cut >= w.start_ms)
    return over(deleted_contact_count(c, grain, w, asof), counted(c, grain, exposed))


def private_traffic_pool_size(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    pool = of(c, grain, at(c, w.end_ms, asof))
    reached = (it for it in ties(c, any_contact, asof) if it.at(w.end_ms))
    return tally(pool | customers(c, grain, reached))


REFERENCE: Mapping[str, Reference] = {
    "customer_group_coverage_rate": customer_group_coverage_rate,
    "mute_rate": mute_rate,
    "platform_registration_count": added("site_account"),
    "follower_count": follower_count,
    "follower_gain_count": follower_gain_count,
    "unfollow_count": unfollow_count,
    "unfollow_rate": unfollow_rate,
    "new_contact_count": added("wecom_friend"),
    "deleted_contact_count": deleted_contact_count,
    "contact_delete_rate": contact_delete_rate,
    "private_traffic_pool_size": private_traffic_pool_size,
}
"""Metric name -> its reference."""
