"""Family A, from its definitions in METRICS.md: stock, growth, leaving, retention, silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.core.calendar import CalendarWindow, Period, window_at
from tests.reference.catalogue.base import (
    Reference,
    Spell,
    inside,
    interactions,
    local_day,
    over,
    scopes,
    spell_row,
    spells,
    tally,
    type_of,
)
from tests.reference.catalogue.customers import segment
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import DAY, Community, Key, Numbers

Found = dict[Key, Numbers]
Pairs = set[tuple[str, str]]
"""Scope and person."""


def of(c: Community, grain: str, found: Iterable[Spell]) -> Pairs:
    """The persons of memberships in each scope."""
    return {(scope, it.user) for it in found for scope in scopes(c, grain, spell_row(it))}


def part(base: Pairs, did: Pairs) -> Found:
    """How many of the base of each scope are in `did` as well."""
    whole, those = Counter(scope for scope, _ in base), Counter(scope for scope, _ in base & did)
    return {(scope, ""): (float(those[scope]), float(n)) for scope, n in whole.items()}


def memberships(c: Community, grain: str, found: Iterable[Spell]) -> Found:
    """How many memberships there are in each scope."""
    return tally(
        (scope, f"{it.user} {it.group} {it.opened}")
        for it in found
        for scope in scopes(c, grain, spell_row(it))
    )


def at(c: Community, t: int, asof: int) -> list[Spell]:
    return [it for it in spells(c, asof) if it.at(t)]


def opened(c: Community, w: CalendarWindow, asof: int) -> list[Spell]:
    return [it for it in spells(c, asof) if inside(w, it.opened) and not it.roster]


def closed(c: Community, w: CalendarWindow, asof: int) -> list[Spell]:
    return [it for it in spells(c, asof) if inside(w, it.closed)]


def member_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(of(c, grain, at(c, w.end_ms, asof)))


def membership_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return memberships(c, grain, at(c, w.end_ms, asof))


def join_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return memberships(c, grain, opened(c, w, asof))


def leave_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return memberships(c, grain, closed(c, w, asof))


def net_member_growth(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    joined, left = join_count(c, grain, w, asof), leave_count(c, grain, w, asof)
    return {
        key: (joined.get(key, (0, 1))[0] - left.get(key, (0, 1))[0], 1.0)
        for key in joined.keys() | left.keys()
    }


def group_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    emptied = {it.group for it in spells(c, asof) if it.opened < w.end_ms}
    emptied -= {it.group for it in at(c, w.end_ms, asof)}
    dissolved = {
        it["group_id"]
        for it in c.of("leave")
        if it["leave_kind"] == "dissolved" and it["event_ms"] < w.end_ms
    }
    return tally(
        (row["community_type"] if grain == "T" else "", row["group_id"])
        for row in c.dims["dim_group"]
        if row["created_ms"] < w.end_ms
        and not 0 < row["dissolved_ms"] < w.end_ms
        and row["group_id"] not in emptied & dissolved
    )


def new_members(c: Community, grain: str, w: CalendarWindow, asof: int) -> Pairs:
    first: dict[tuple[str, str], Spell] = {}
    for it in sorted(spells(c, asof), key=lambda it: (it.opened, not it.roster)):
        for scope in scopes(c, grain, spell_row(it)):
            first.setdefault((scope, it.user), it)
    return {key for key, it in first.items() if inside(w, it.opened) and not it.roster}


def new_member_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(new_members(c, grain, w, asof))


def open_at_start(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(of(c, grain, at(c, w.start_ms, asof)))


def leave_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    exposed = memberships(c, grain, (it for it in spells(c, asof) if it.touches(w)))
    return over(leave_count(c, grain, w, asof), exposed)


def churn_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    base = of(c, grain, at(c, w.start_ms, asof))
    return part(base, base - of(c, grain, at(c, w.end_ms, asof)))


def in_group_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    ever = of(c, grain, (it for it in spells(c, asof) if it.opened < w.end_ms))
    return part(ever, of(c, grain, at(c, w.end_ms, asof)))


def kick_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, f"{it.user} {it.group} {it.closed}")
        for it in closed(c, w, asof)
        if it.leave and it.leave["leave_kind"] == "kicked"
        for scope in scopes(c, grain, {**it.join, "staff_id": it.leave["operator_id"]})
    )


def leave_parts(
    c: Community,
    grain: str,
    found: Iterable[Spell],
    parts: Callable[[Spell], Iterable[str]],
) -> Found:
    """Leaves by what `parts` says of each / leaves."""
    leaves = list(found)
    whole = memberships(c, grain, leaves)
    sliced = Counter(
        (scope, slice_)
        for it in leaves
        for scope in scopes(c, grain, spell_row(it))
        for slice_ in parts(it)
    )
    return {key: (float(n), whole[key[0], ""][0]) for key, n in sliced.items()}


def reason(it: Spell) -> str:
    return str(it.leave["reason_code"]) if it.leave else ""


def leave_reason_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    known = [it for it in closed(c, w, asof) if reason(it)]
    return leave_parts(c, grain, known, lambda it: [reason(it)])


def leave_reason_unknown_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    left = closed(c, w, asof)
    unknown = memberships(c, grain, (it for it in left if not reason(it)))
    return over(unknown, memberships(c, grain, left))


def bucket(days: float) -> str:
    for first, name in ((90, "90+"), (30, "30-89"), (7, "7-29"), (1, "1-6")):
        if days >= first:
            return name
    return "0"


def leaver_profile(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    def parts(it: Spell) -> Iterator[str]:
        said = [
            one["event_ms"]
            for one in c.of("chat")
            if (one["group_id"], one["user_id"], one["actor_role"]) == (it.group, it.user, "member")
            and one["msg_type"] != "system"
            and one["event_ms"] <= it.closed
        ]
        yield f"tenure={bucket((it.closed - it.opened) / DAY)}"
        yield f"channel={it.join['channel_id'] or 'unknown'}"
        yield f"quiet={bucket((it.closed - max(said)) / DAY) if said else '90+'}"

    return leave_parts(c, grain, closed(c, w, asof), parts)


def leaver_segment_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    left = closed(c, w, asof)
    return leave_parts(c, grain, left, lambda it: [segment(c, it.user, w.start_ms)])


def zombie_member_ratio(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    old = [it for it in at(c, w.end_ms, asof) if it.opened <= w.end_ms - c.terms.zombie_days * DAY]
    views = [it for it in c.of("view") if it["actor_role"] == "member"]
    traces = [it for it in (*interactions(c), *views) if it["event_ms"] < w.end_ms]
    alive = (
        it
        for it in at(c, w.end_ms, asof)
        if any(
            (one["group_id"], one["user_id"]) == (it.group, it.user)
            and one["event_ms"] >= it.opened
            for one in traces
        )
    )
    base = of(c, grain, old)
    return part(base, base - of(c, grain, alive))


def group_transfer_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    base: Pairs = set()
    did: Pairs = set()
    reach = c.terms.transfer_days * DAY
    for order in paid_orders(c, asof):
        is_first = order["number"] == 1 and inside(w, order["event_ms"])
        if not is_first or order["actor_role"] != "member":
            continue
        mine = {(scope, order["user_id"]) for scope in scopes(c, grain, order)}
        base |= mine
        if any(
            it.user == order["user_id"]
            and not it.roster
            and type_of(c, it.group) == "service"
            and order["event_ms"] <= it.opened <= order["event_ms"] + reach
            for it in spells(c, asof)
        ):
            did |= mine
    return part(base, did)


def days_after(c: Community, w: CalendarWindow, days: int) -> tuple[int, int]:
    """The local day so many days after the one that is the window."""
    day = local_day(c, w.start_ms) + timedelta(days=days)
    return _midnight(c, day), _midnight(c, day + timedelta(days=1))


def _midnight(c: Community, day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(c.zone)).timestamp() * 1000)


def acted(c: Community, since: int, until: int) -> Pairs:
    """Group and person of the interactions of a time."""
    return {
        (one["group_id"], one["user_id"])
        for one in interactions(c)
        if since <= one["event_ms"] < until
    }


def retention_rate(days: int) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        since, until = days_after(c, w, days)
        cohort = opened(c, w, asof)
        active = acted(c, since, until)
        stayed = [it for it in cohort if (it.group, it.user) in active]
        return part(of(c, grain, cohort), of(c, grain, stayed))

    return reference


def membership_retention(days: int) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        cohort = opened(c, w, asof)
        still = {(it.group, it.user) for it in at(c, days_after(c, w, days)[1], asof)}
        stayed = [it for it in cohort if (it.group, it.user) in still]
        return part(of(c, grain, cohort), of(c, grain, stayed))

    return reference


def period_retention_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    before = window_at(Period(w.period), w.start_ms - 1, ZoneInfo(c.zone))

    def active(there: Iterable[Spell], during: CalendarWindow) -> Pairs:
        did = acted(c, during.start_ms, during.end_ms)
        return of(c, grain, (it for it in there if (it.group, it.user) in did))

    found = [it for it in spells(c, asof) if it.opened < w.end_ms and it.closed >= before.start_ms]
    return part(
        active((it for it in found if it.touches(before)), before),
        active(found, w),
    )


def silent(c: Community, grain: str, t: int, asof: int) -> tuple[Pairs, Pairs]:
    """Members at t, and those of them who were silent for silent_days before."""
    heard = acted(c, t - c.terms.silent_days * DAY, t)
    there = at(c, t, asof)
    base = of(c, grain, there)
    return base, base - of(c, grain, (it for it in there if (it.group, it.user) in heard))


def silent_member_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(silent(c, grain, w.end_ms, asof)[1])


def silent_member_ratio(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return part(*silent(c, grain, w.end_ms, asof))


def silent_activation_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    _, quiet = silent(c, grain, w.start_ms, asof)
    did = acted(c, w.start_ms, w.end_ms)
    there = at(c, w.start_ms, asof)
    return part(quiet, of(c, grain, (it for it in there if (it.group, it.user) in did)))


def awaken_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    buyers = {it["user_id"] for it in paid_orders(c, asof) if it["actor_role"] == "member"}
    dormant = {user for user in buyers if segment(c, user, w.start_ms) == "dormant"}
    signs = [*interactions(c), *(it for it in paid_orders(c, asof) if it["actor_role"] == "member")]
    woke = {it["user_id"] for it in signs if inside(w, it["event_ms"])}
    if grain == "O":
        return part({("", user) for user in dormant}, {("", user) for user in woke})
    there = at(c, w.start_ms, asof)
    return part(
        of(c, grain, (it for it in there if it.user in dormant)),
        of(c, grain, (it for it in there if it.user in woke)),
    )


def member_lifetime_days(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    lives: dict[str, list[tuple[float, bool]]] = {}
    for it in spells(c, asof):
        if it.opened >= w.end_ms or it.roster:
            continue
        ended = it.closed < w.end_ms
        days = (min(it.closed, w.end_ms) - it.opened) / DAY
        for scope in scopes(c, grain, spell_row(it)):
            lives.setdefault(scope, []).append((days, ended))
    found: Found = {}
    for scope, mine in lives.items():
        survival, median = 1.0, 0.0
        for days in sorted({days for days, ended in mine if ended}):
            at_risk = sum(1 for it, _ in mine if it >= days)
            survival *= 1 - sum(1 for it in mine if it == (days, True)) / at_risk
            if survival <= 0.5 + 1e-9:
                median = days
                break
        found[scope, ""] = (median, float(len(mine)))
    return found


REFERENCE: Mapping[str, Reference] = {
    "member_count": member_count,
    "membership_count": membership_count,
    "join_count": join_count,
    "leave_count": leave_count,
    "net_member_growth": net_member_growth,
    "group_count": group_count,
    "new_member_count": new_member_count,
    "new_member_rate": lambda *at: over(new_member_count(*at), open_at_start(*at)),
    "net_growth_rate": lambda *at: over(net_member_growth(*at), open_at_start(*at)),
    "leave_rate": leave_rate,
    "churn_rate": churn_rate,
    "in_group_rate": in_group_rate,
    "kick_count": kick_count,
    "leave_reason_share": leave_reason_share,
    "leave_reason_unknown_share": leave_reason_unknown_share,
    "leaver_profile": leaver_profile,
    "leaver_segment_share": leaver_segment_share,
    "zombie_member_ratio": zombie_member_ratio,
    "group_transfer_rate": group_transfer_rate,
    **{f"retention_rate_d{days}": retention_rate(days) for days in (1, 7, 30)},
    **{f"membership_retention_d{days}": membership_retention(days) for days in (1, 7, 30)},
    "period_retention_rate": period_retention_rate,
    "silent_member_count": silent_member_count,
    "silent_member_ratio": silent_member_ratio,
    "silent_activation_rate": silent_activation_rate,
    "awaken_rate": awaken_rate,
    "member_lifetime_days": member_lifetime_days,
}
"""Metric name -> its reference."""
