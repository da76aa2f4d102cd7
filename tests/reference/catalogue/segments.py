"""Family H: segments, value, tags and profiles, from its definitions in METRICS.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    OPEN,
    Reference,
    inside,
    interactions,
    local,
    scopes,
    spell_row,
    spells,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import DAY, Community, Event, Key, Numbers

Found = dict[Key, Numbers]
Person = tuple[str, str]
"""Scope and user."""


def persons_at(c: Community, grain: str, t: int, asof: int) -> set[Person]:
    """Members at t."""
    return {
        (scope, spell.user)
        for spell in spells(c, asof)
        if spell.at(t)
        for scope in scopes(c, grain, {**spell_row(spell), "user_id": spell.user})
    }


def orders_of(c: Community) -> dict[str, list[Event]]:
    """Paid orders of each person, in order."""
    found: dict[str, list[Event]] = {}
    for one in paid_orders(c, OPEN):
        if one["actor_role"] == "member":
            found.setdefault(one["user_id"], []).append(one)
    return found


def by_slice(pairs: Iterable[tuple[str, str, str]]) -> Found:
    """Distinct persons (scope, slice, user) of each scope and slice."""
    return {key: (count, 1) for key, count in Counter((a, b) for a, b, _ in set(pairs)).items()}


def segments(c: Community, t: int) -> Callable[[str], str]:
    """Segment of a person as of t."""
    orders, last = orders_of(c), dict[str, int]()
    for one in (*interactions(c), *(one for them in orders.values() for one in them)):
        if one["event_ms"] < t:
            last[one["user_id"]] = max(one["event_ms"], last.get(one["user_id"], 0))

    def segment(user: str) -> str:
        paid = [one["event_ms"] for one in orders.get(user, ()) if one["event_ms"] < t]
        if not paid:
            return "potential"
        if t - last[user] > c.terms.dormant_days * DAY:
            return "dormant"
        return "new" if t - paid[0] <= c.terms.new_days * DAY else "core"

    return segment


def segment_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    segment = segments(c, w.end_ms)
    return by_slice(
        (scope, segment(user), user) for scope, user in persons_at(c, grain, w.end_ms, asof)
    )


def segment_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return shares(segment_count(c, grain, w, asof))


def shares(counts: Found) -> Found:
    totals: dict[str, float] = {}
    for (scope, _), (number, _) in counts.items():
        totals[scope] = totals.get(scope, 0) + number
    return {key: (number, totals[key[0]]) for key, (number, _) in counts.items()}


def segment_migration(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    before, after = segments(c, w.start_ms), segments(c, w.end_ms)
    both = persons_at(c, grain, w.start_ms, asof) & persons_at(c, grain, w.end_ms, asof)
    return by_slice((scope, f"{before(user)}>{after(user)}", user) for scope, user in both)


def rfm(c: Community, w: CalendarWindow) -> dict[str, tuple[int, int, float]]:
    """Person -> whole days since the last order, orders, money."""
    found = {}
    for user, orders in orders_of(c).items():
        since = w.end_ms - c.terms.rfm_days * DAY
        mine = [one for one in orders if since <= one["event_ms"] < w.end_ms]
        if mine:
            ids = {one["order_id"] for one in mine}
            back = sum(
                one["amount"]
                for one in c.of("refund")
                if one["order_id"] in ids and one["event_ms"] < w.end_ms
            )
            money = sum(one["amount_paid"] for one in mine) - back
            days = (w.end_ms - max(one["event_ms"] for one in mine)) // DAY
            found[user] = (days, len(mine), float(money))
    return found


def rfm_part(place: int) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        return {(user, ""): (parts[place], 1) for user, parts in rfm(c, w).items()}

    return reference


def rfm_class(c: Community, w: CalendarWindow) -> dict[str, str]:
    payers = rfm(c, w)
    if len(payers) < 5:
        few = c.terms
        return {
            user: "".join(
                "H" if high else "L"
                for high in (
                    days <= few.rfm_recent_days,
                    orders >= few.rfm_frequent,
                    money >= few.rfm_valuable,
                )
            )
            for user, (days, orders, money) in payers.items()
        }
    parts = {user: (-days, orders, money) for user, (days, orders, money) in payers.items()}
    return {
        user: "".join(
            "H" if fifth(mine[n], [p[n] for p in parts.values()]) >= 4 else "L" for n in range(3)
        )
        for user, mine in parts.items()
    }


def fifth(number: float, numbers: list[float]) -> int:
    """Score 1-5: the fifth that it ranks in; equals share the lower one."""
    return 5 * sum(other < number for other in numbers) // len(numbers) + 1


def rfm_segment(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    classes = rfm_class(c, w)
    if grain == "U":
        return dict.fromkeys(classes.items(), (1, 1))
    if grain == "O":
        return by_slice(("", letters, user) for user, letters in classes.items())
    return by_slice(
        (scope, classes[user], user)
        for scope, user in persons_at(c, grain, w.end_ms, asof)
        if user in classes
    )


def tags_at(c: Community, t: int) -> dict[str, dict[str, str]]:
    """Person -> tag -> who put it on."""
    found: dict[str, dict[str, str]] = {}
    for one in sorted(c.of("tag"), key=in_order):
        if one["event_ms"] < t:
            mine = found.setdefault(one["user_id"], {})
            if one["action"] == "add":
                mine[one["tag_id"]] = one["tag_source"]
            else:
                mine.pop(one["tag_id"], None)
    return found


def in_order(one: Event) -> tuple[int, int, str]:
    return (one["event_ms"], one["source_seq"], one["event_id"])


def tag_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    tags = tags_at(c, w.end_ms)
    return by_slice(
        (scope, slice_, f"{user} {tag}")
        for scope, user in persons_at(c, grain, w.end_ms, asof)
        for tag, source in tags.get(user, {}).items()
        for slice_ in ("", source)
    )


def tag_coverage_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    tags, members = tags_at(c, w.end_ms), persons_at(c, grain, w.end_ms, asof)
    covered = by_slice(
        (scope, slice_, user)
        for scope, user in members
        for source in tags.get(user, {}).values()
        for slice_ in ("", source)
    )
    totals = Counter(scope for scope, _ in members)
    return {
        (scope, slice_): (covered.get((scope, slice_), (0, 1))[0], total)
        for scope, total in totals.items()
        for slice_ in ("", "auto", "manual")
    }


def profile_of(c: Community) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in c.dims.get("dim_member_profile", ()):
        if row["value"]:
            found.setdefault(row["user_id"], {})[row["attribute"]] = row["value"]
    return found


def profile_completeness_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    profile, wanted = profile_of(c), c.terms.profile_attributes
    found: dict[str, list[int]] = {}
    for scope, user in persons_at(c, grain, w.end_ms, asof):
        if grain == "G" or user in profile:
            filled = sum(attribute in profile.get(user, {}) for attribute in wanted)
            found.setdefault(scope, []).append(filled)
    return {(scope, ""): (sum(them), len(wanted) * len(them)) for scope, them in found.items()}


def active_member_profile(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    tags, profile = tags_at(c, w.end_ms), profile_of(c)
    chatted = {(one["group_id"], one["user_id"]) for one in interactions(c) if chats(one, w)}
    members, active = set[Person](), set[Person]()
    for spell in spells(c, asof):
        if spell.touches(w):
            for scope in scopes(c, grain, spell_row(spell)):
                members.add((scope, spell.user))
                if (spell.group, spell.user) in chatted:
                    active.add((scope, spell.user))
    found: Found = {}
    for scope in {scope for scope, _ in active}:
        here, busy = ({user for at, user in them if at == scope} for them in (members, active))
        traits = {
            user: {f"tag:{tag}" for tag in tags.get(user, {})}
            | {f"{name}:{value}" for name, value in profile.get(user, {}).items()}
            for user in here
        }
        for trait in set().union(*traits.values()):
            among = [sum(trait in traits[user] for user in them) for them in (busy, here)]
            found[scope, trait] = (among[0] / len(busy), among[1] / len(here))
    return found


def chats(one: Event, w: CalendarWindow) -> bool:
    return bool(one["event_type"] == "chat" and inside(w, one["event_ms"]))


def member_active_hours(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    found = Counter[Key]()
    for one in interactions(c):
        if inside(w, one["event_ms"]):
            when = local(c, one["event_ms"])
            kind = "weekend" if when.weekday() >= 5 else "weekday"
            for scope in scopes(c, grain, one):
                found[scope, f"{kind} {when.hour:02}"] += 1
    return shares({key: (count, 1) for key, count in found.items()})


REFERENCE: Mapping[str, Reference] = {
    "customer_segment": segment_count,
    "segment_count": segment_count,
    "segment_share": segment_share,
    "segment_migration": segment_migration,
    "rfm_recency_days": rfm_part(0),
    "rfm_frequency": rfm_part(1),
    "rfm_monetary": rfm_part(2),
    "rfm_segment": rfm_segment,
    "tag_count": tag_count,
    "tag_coverage_rate": tag_coverage_rate,
    "profile_completeness_rate": profile_completeness_rate,
    "active_member_profile": active_member_profile,
    "member_active_hours": member_active_hours,
}
"""Metric name -> its reference."""
