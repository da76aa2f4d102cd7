"""Family C, from its definitions in METRICS.md: messages, activity and interactions of members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil
from typing import Any

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    Spell,
    inside,
    interactions,
    local,
    local_day,
    over,
    scopes,
    spells,
    tally,
    type_of,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import DAY, Community, Event, Key, Numbers

Answer = dict[Key, Numbers]
Row = Mapping[str, Any]


@dataclass
class Member:
    """A member of a group at any moment of a window, and what they did in the group in it."""

    row: Event
    spells: list[Spell]
    messages: list[Event] = field(default_factory=list)
    acts: list[Event] = field(default_factory=list)
    spent: float = 0

    @property
    def user(self) -> str:
        return str(self.row["user_id"])


def members(c: Community, w: CalendarWindow, asof: int) -> list[Member]:
    """member_base of every group."""
    found: dict[tuple[str, str], Member] = {}
    for spell in sorted(spells(c, asof), key=lambda one: one.opened):
        if not spell.touches(w):
            continue
        member = found.setdefault((spell.group, spell.user), Member(spell.join, []))
        member.row = spell.join
        member.spells.append(spell)
    for one in interactions(c):
        key = (one["group_id"], one["user_id"])
        if inside(w, one["event_ms"]) and key in found:
            found[key].acts.append(one)
            if one["event_type"] == "chat":
                found[key].messages.append(one)
    for order in paid_orders(c, asof):
        key = (order["group_id"], order["user_id"])
        if inside(w, order["paid_ms"]) and order["actor_role"] == "member" and key in found:
            found[key].spent += float(order["amount_paid"])
    return list(found.values())


def persons(
    c: Community, grain: str, rows: Iterable[Member], keep: Callable[[Member], bool]
) -> Answer:
    """Distinct persons by scope."""
    return tally(
        (scope, one.user) for one in rows if keep(one) for scope in scopes(c, grain, one.row)
    )


def base(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return persons(c, grain, members(c, w, asof), lambda _: True)


def sums(pairs: Iterable[tuple[str, float]]) -> Answer:
    """Numbers added up by scope."""
    found: dict[str, float] = {}
    for scope, number in pairs:
        found[scope] = found.get(scope, 0) + number
    return {(scope, ""): (number, 1.0) for scope, number in found.items()}


def messages(c: Community, w: CalendarWindow) -> Iterator[Event]:
    for one in c.of("chat"):
        written = one["msg_type"] != "system" and one["actor_role"] in ("member", "staff")
        if written and inside(w, one["event_ms"]):
            yield one


def counted(c: Community, grain: str, events: Iterable[Event]) -> Answer:
    return sums((scope, 1) for one in events for scope in scopes(c, grain, one))


def dim(c: Community, table: str) -> list[Row]:
    return list(c.dims.get(table, ()))


def places(c: Community, grain: str, group: str) -> list[str]:
    """Scope of a group at G, T or O."""
    return scopes(c, grain, {"group_id": group})


# --- C01-C07: messages and who is active ---------------------------------------------------------


def message_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    if grain != "S":
        return counted(c, grain, messages(c, w))
    return sums((m["user_id"], 1) for m in messages(c, w) if m["actor_role"] == "staff")


def member_message_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return counted(c, grain, (m for m in messages(c, w) if m["actor_role"] == "member"))


def by_slice(
    c: Community, grain: str, events: Iterable[Event], slice_: Callable[[Event], str]
) -> Answer:
    """Counts of each slice over the count of all."""
    found: Counter[Key] = Counter()
    for one in events:
        for scope in scopes(c, grain, one):
            found[scope, slice_(one)] += 1
    totals: Counter[str] = Counter()
    for (scope, _), n in found.items():
        totals[scope] += n
    return {key: (float(n), float(totals[key[0]])) for key, n in found.items()}


def message_time_distribution(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return by_slice(c, grain, messages(c, w), lambda m: str(local(c, m["event_ms"]).hour))


def message_week_distribution(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    def place(m: Event) -> str:
        moment = local(c, m["event_ms"])
        return f"{moment.isoweekday()}-{moment.hour}"

    return by_slice(c, grain, messages(c, w), place)


def peak_message_hour(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    by_hour = message_time_distribution(c, grain, w, asof)
    best: dict[str, tuple[float, int, float]] = {}
    for (scope, hour), (n, total) in by_hour.items():
        best[scope] = max(best.get(scope, (0, 0, 0)), (n, -int(hour), total))
    return {(scope, ""): (float(-hour), total) for scope, (_, hour, total) in best.items()}


def messages_per_member(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return over(member_message_count(c, grain, w, asof), base(c, grain, w, asof))


def messages_per_active_member(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return over(member_message_count(c, grain, w, asof), chatters(c, grain, w, asof))


def days_of(c: Community, w: CalendarWindow, one: Member) -> set[date]:
    """Local days of the window on which a member was one."""
    found = set()
    for spell in one.spells:
        day = local_day(c, max(spell.opened, w.start_ms))
        last = local_day(c, min(spell.closed, w.end_ms - 1))
        while day <= last:
            found.add(day)
            day += timedelta(days=1)
    return found


def active_member_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return persons(
        c,
        grain,
        members(c, w, asof),
        lambda one: bool(one.messages) and len(one.messages) >= len(days_of(c, w, one)),
    )


def chatters(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return persons(c, grain, members(c, w, asof), lambda one: bool(one.messages))


def actors(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return persons(c, grain, members(c, w, asof), lambda one: bool(one.acts))


def daily_active_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return over(active_member_count(c, grain, w, asof), base(c, grain, w, asof))


def days(c: Community, w: CalendarWindow) -> list[CalendarWindow]:
    """The days of a window; its zone has no summer time."""
    return [CalendarWindow(w.period, ms, ms + DAY) for ms in range(w.start_ms, w.end_ms, DAY)]


def stickiness(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    each = [chatters(c, grain, day, asof) for day in days(c, w)]
    mean = sums((scope, n / len(each)) for day in each for (scope, _), (n, _) in day.items())
    return over(mean, chatters(c, grain, w, asof))


# --- C08-C11: interactions -----------------------------------------------------------------------


def acts(c: Community, w: CalendarWindow) -> Iterator[Event]:
    return (one for one in interactions(c) if inside(w, one["event_ms"]))


def interaction_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return counted(c, grain, acts(c, w))


def interaction_days(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return tally(
        (scope, str(local_day(c, one["event_ms"])))
        for one in acts(c, w)
        for scope in scopes(c, grain, one)
    )


def interaction_kinds(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return tally((s, one["event_type"]) for one in acts(c, w) for s in scopes(c, grain, one))


_DETAILS = {
    "chat": "msg_type",
    "reaction": "action",
    "activity": "action",
    "publish": "content_kind",
    "feedback": "feedback_kind",
    "session": "session_kind",
}


def interaction_content_mix(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    def kind(one: Event) -> str:
        detail = _DETAILS.get(one["event_type"])
        return f"{one['event_type']}/{one[detail]}" if detail else str(one["event_type"])

    counts = by_slice(c, grain, acts(c, w), kind)
    return {key: (n, 1.0) for key, (n, _) in counts.items()}


def participation_breadth(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return over(actors(c, grain, w, asof), base(c, grain, w, asof))


def per_person(
    c: Community, grain: str, w: CalendarWindow, asof: int, worth: Callable[[Member], float]
) -> dict[str, list[float]]:
    """What each person of member_base is worth, by scope, rising."""
    found: dict[str, dict[str, float]] = {}
    for one in members(c, w, asof):
        for scope in scopes(c, grain, one.row):
            each = found.setdefault(scope, {})
            each[one.user] = each.get(one.user, 0) + worth(one)
    return {scope: sorted(each.values()) for scope, each in found.items()}


def message_gini(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    found = {}
    for scope, each in per_person(c, grain, w, asof, lambda one: len(one.messages)).items():
        apart = sum(abs(x - y) for x in each for y in each) / 2
        found[scope, ""] = (apart, len(each) * sum(each))
    return found


def top20_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    found: Answer = {}
    worths: Mapping[str, Callable[[Member], float]] = {
        "messages": lambda one: len(one.messages),
        "revenue": lambda one: one.spent,
    }
    for name, worth in worths.items():
        for scope, each in per_person(c, grain, w, asof, worth).items():
            top = ceil(len(each) / 5)
            found[scope, name] = (sum(each[-top:]), sum(each))
    return found


def activity_index(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    """Weighted sum of the places, from 0 to 1, by interactions, days and kinds of them."""
    t = c.terms
    weights = (t.activity_weight_count, t.activity_weight_days, t.activity_weight_content)
    found: dict[str, tuple[int, int, int]] = {}
    for s in {s for one in acts(c, w) for s in scopes(c, grain, one)}:
        mine = [one for one in acts(c, w) if s in scopes(c, grain, one)]
        found[s] = (
            len(mine),
            len({local_day(c, one["event_ms"]) for one in mine}),
            len({one["event_type"] for one in mine}),
        )
    answer: Answer = {}
    kinds = {s: type_of(c, s) if grain == "G" else "" for s in found}
    for kind in set(kinds.values()):
        peers = [s for s in found if kinds[s] == kind]
        for s in peers:
            places_ = [
                sum(found[other][k] < found[s][k] for other in peers) / (len(peers) - 1)
                if len(peers) > 1
                else 0.0
                for k in range(3)
            ]
            answer[s, ""] = (sum(k * x for k, x in zip(weights, places_, strict=True)), len(peers))
    return answer


REFERENCE: Mapping[str, Reference] = {
    "message_count": message_count,
    "member_message_count": member_message_count,
    "message_time_distribution": message_time_distribution,
    "message_week_distribution": message_week_distribution,
    "peak_message_hour": peak_message_hour,
    "messages_per_member": messages_per_member,
    "messages_per_active_member": messages_per_active_member,
    "active_member_count": active_member_count,
    **dict.fromkeys(("dau", "wau", "mau"), chatters),
    **dict.fromkeys(("dau_interaction", "wau_interaction", "mau_interaction"), actors),
    "daily_active_rate": daily_active_rate,
    "stickiness": stickiness,
    "activity_index": activity_index,
    "interaction_count": interaction_count,
    "interaction_days": interaction_days,
    "interaction_kinds": interaction_kinds,
    "interaction_content_mix": interaction_content_mix,
    "participation_breadth": participation_breadth,
    "message_gini": message_gini,
    "top20_share": top20_share,
}
"""Metric name -> its reference."""
