"""Family H: funnels, chain and journey, from its definitions in METRICS.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import median

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    OPEN,
    Reference,
    Spell,
    inside,
    interactions,
    local_day,
    scopes,
    spell_row,
    spells,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.catalogue.segments import orders_of, persons_at
from tests.reference.community import DAY, Community, Event, Key, Numbers

Found = dict[Key, Numbers]


def newcomers(c: Community, w: CalendarWindow, asof: int) -> list[Spell]:
    """First memberships of a person in a group, opened in the window."""
    return [
        spell
        for spell in spells(c, asof)
        if spell.number == 1 and not spell.roster and inside(w, spell.opened)
    ]


def funnel(
    c: Community,
    grain: str,
    rows: Iterable[tuple[Spell, list[bool]]],
    names: Iterable[str],
    *,
    overall: bool,
    first: int = 1,
) -> Found:
    """Persons at each step, of those at all steps before it, over those before or at the first."""
    names = list(names)
    at = {name: dict[str, set[str]]() for name in names}
    for spell, steps in rows:
        for scope in scopes(c, grain, spell_row(spell)):
            for name, reached in zip(names, steps, strict=True):
                if not reached:
                    break
                at[name].setdefault(scope, set()).add(spell.user)
    found: Found = {}
    for number, name in enumerate(names):
        before = names[0] if overall else names[max(number - 1, 0)]
        for scope in at[names[0]]:
            some, of = (len(at[one].get(scope, ())) for one in (name, before))
            found[scope, f"{number + first} {name}"] = (some, of)
    return found


def days_after(c: Community, spell: Spell, one: Event) -> int:
    """Local days from that of the join."""
    return (local_day(c, one["event_ms"]) - local_day(c, spell.opened)).days


def there(c: Community, spell: Spell) -> Iterator[tuple[Event, int]]:
    """What the person did in the group from the day of the join on, and on which day."""
    for one in interactions(c):
        if (one["group_id"], one["user_id"]) == (spell.group, spell.user):
            day = days_after(c, spell, one)
            if day >= 0:
                yield one, day


def aarrr(c: Community, w: CalendarWindow, asof: int) -> Iterator[tuple[Spell, list[bool]]]:
    orders, everybody = orders_of(c), spells(c, asof)
    for spell in newcomers(c, w, asof):
        acts = [day for _, day in there(c, spell)]
        paid = [days_after(c, spell, one) for one in orders.get(spell.user, ())]
        brought = [
            days_after(c, spell, other.join)
            for other in everybody
            if other.join["inviter_id"] == spell.user
            and other.join["inviter_role"] == "member"
            and not other.roster
        ]
        yield (
            spell,
            [
                True,
                any(day <= 7 for day in acts),
                any(8 <= day <= 30 for day in acts),
                any(0 <= day <= 30 for day in paid),
                any(0 <= day <= 30 for day in brought),
            ],
        )


AARRR = ("acquisition", "activation", "retention", "revenue", "referral")
FIVE = ("joined", "delivered", "active", "retained", "paid")


def five(c: Community, w: CalendarWindow, asof: int) -> Iterator[tuple[Spell, list[bool]]]:
    orders = orders_of(c)
    for spell in newcomers(c, w, asof):
        acts = list(there(c, spell))
        pushes = [
            days_after(c, spell, one)
            for one in c.of("delivery")
            if one["user_id"] == spell.user and one["action"] in ("delivered", "read")
        ]
        paid = [days_after(c, spell, one) for one in orders.get(spell.user, ())]
        yield (
            spell,
            [
                True,
                any(0 <= day <= 7 for day in pushes),
                any(day <= 7 for one, day in acts if one["event_type"] == "chat"),
                any(day == 7 for _, day in acts),
                any(0 <= day <= 30 for day in paid),
            ],
        )


def stepped(
    steps: Callable[[Community, CalendarWindow, int], Iterator[tuple[Spell, list[bool]]]],
    names: Iterable[str],
    *,
    overall: bool = False,
) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        return funnel(c, grain, steps(c, w, asof), names, overall=overall)

    return reference


def chain(*, overall: bool) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        acted = {
            (one["group_id"], one["user_id"])
            for one in interactions(c)
            if inside(w, one["event_ms"])
        }
        paid = {
            (one["group_id"], one["user_id"])
            for one in paid_orders(c, OPEN)
            if inside(w, one["event_ms"]) and one["actor_role"] == "member"
        }
        last: dict[tuple[str, str], list[Spell]] = {}
        for spell in spells(c, asof):
            if spell.touches(w):
                last.setdefault((spell.group, spell.user), []).append(spell)
        rows = []
        for who, mine in last.items():
            steps = {
                "acquire": any(inside(w, one.opened) and not one.roster for one in mine),
                "activate": who in acted,
                "retain": any(one.at(w.end_ms) for one in mine),
                "convert": who in paid,
            }
            rows.append((mine[-1], [True, *(steps[name] for name in c.terms.chain_stages)]))
        told = funnel(c, grain, rows, ("base", *c.terms.chain_stages), overall=overall, first=0)
        return {key: numbers for key, numbers in told.items() if key[1] != "0 base"}

    return reference


def stages(c: Community, t: int, asof: int) -> dict[str, tuple[str, float]]:
    """Member at t -> the furthest stage reached, and the days in it."""
    orders, everybody = orders_of(c), spells(c, asof)
    acts: dict[str, int] = {}
    for one in interactions(c):
        acts[one["user_id"]] = min(one["event_ms"], acts.get(one["user_id"], 1 << 62))
    found = {}
    for user in {spell.user for spell in everybody if spell.at(t)}:
        joined = min(spell.opened for spell in everybody if spell.user == user)
        paid = [one["event_ms"] for one in orders.get(user, ())]
        brought = [
            one.opened
            for one in everybody
            if one.join["inviter_id"] == user
            and one.join["inviter_role"] == "member"
            and not one.roster
        ]
        reached = {"joined": joined, "active": acts.get(user, t)}
        reached |= {"buyer": paid[0] if paid else t, "repeat buyer": [*paid, t, t][1]}
        reached["advocate"] = min(brought, default=t)
        stage, since = [(name, ms) for name, ms in reached.items() if ms < t][-1]
        found[user] = (stage, (t - since) / DAY)
    return found


def customer_journey(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    told = stages(c, w.end_ms, asof)
    return {(user, stage): (days, 1) for user, (stage, days) in told.items()}


def journey(of: Callable[[list[float]], float]) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        told = stages(c, w.end_ms, asof)
        found: dict[Key, list[float]] = {}
        for scope, user in persons_at(c, grain, w.end_ms, asof):
            stage, days = told[user]
            found.setdefault((scope, stage), []).append(days)
        return {key: (of(days), 1 if of is len else len(days)) for key, days in found.items()}

    return reference


REFERENCE: Mapping[str, Reference] = {
    "aarrr_funnel": stepped(aarrr, AARRR),
    "aarrr_funnel_overall": stepped(aarrr, AARRR, overall=True),
    "five_stage_funnel": stepped(five, FIVE),
    "five_stage_funnel_overall": stepped(five, FIVE, overall=True),
    "operations_chain": chain(overall=False),
    "operations_chain_overall": chain(overall=True),
    "customer_journey": customer_journey,
    "journey_stage_count": journey(len),
    "journey_stage_days": journey(median),
}
"""Metric name -> its reference."""
