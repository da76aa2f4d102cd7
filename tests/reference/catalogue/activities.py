"""Family C, from its definitions in METRICS.md: activities, and who takes part deeply."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.core.calendar import CalendarWindow, Period
from tests.reference.catalogue.activity import (
    Answer,
    Member,
    Row,
    base,
    daily_active_rate,
    days,
    dim,
    members,
    persons,
    places,
    sums,
)
from tests.reference.catalogue.base import (
    Reference,
    inside,
    interactions,
    local_day,
    over,
    scopes,
    tally,
)
from tests.reference.community import DAY, MINUTE, Community, Event


def held(c: Community, w: CalendarWindow) -> list[Row]:
    return [row for row in dim(c, "dim_activity") if inside(w, row["start_ms"])]


def activity_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return sums((s, 1) for row in held(c, w) for s in places(c, grain, row["group_id"]))


def activity_count_by_mode(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    found: Answer = {}
    for row in held(c, w):
        for s in places(c, grain, row["group_id"]):
            found[s, row["mode"]] = (found.get((s, row["mode"]), (0.0, 1.0))[0] + 1, 1.0)
    return found


def activity_frequency(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    weeks = (w.end_ms - w.start_ms) / (7 * DAY)
    found = activity_count(c, grain, w, asof)
    return {key: (n / weeks, 1.0) for key, (n, _) in found.items()}


def activity_schedule_adherence(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    owners = {row["group_id"]: row.get("owner_staff_id", "") for row in dim(c, "dim_group")}
    late = c.terms.schedule_tolerance_minutes * MINUTE
    planned = [
        (row["activity_id"], s, abs(row["start_ms"] - row["planned_ms"]) <= late)
        for row in dim(c, "dim_activity")
        if inside(w, row["planned_ms"])
        for s in (
            [owners.get(row["group_id"], "")] if grain == "S" else places(c, grain, row["group_id"])
        )
        if s or grain == "O"
    ]
    return over(
        tally((s, i) for i, s, on_time in planned if on_time), tally((s, i) for i, s, _ in planned)
    )


def took_part(c: Community, w: CalendarWindow) -> list[Event]:
    return [
        one
        for one in c.of("activity")
        if inside(w, one["event_ms"])
        and one["action"] in ("attend", "complete")
        and one["actor_role"] == "member"
    ]


def activity_participation_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    kinds = {row["activity_id"]: row["kind"] for row in dim(c, "dim_activity")}
    rows = members(c, w, asof)
    if grain == "K":
        found: Answer = {}
        for activity in {one["activity_id"] for one in took_part(c, w)}:
            mine = [one for one in took_part(c, w) if one["activity_id"] == activity]
            groups = {one["group_id"] for one in mine}
            there = {one.user for one in rows if one.row["group_id"] in groups}
            came = {
                one.user
                for one in rows
                if any(
                    (m["group_id"], m["user_id"]) == (one.row["group_id"], one.user) for m in mine
                )
            }
            found[activity, ""] = (len(came), len(there))
        return found
    everybody = base(c, grain, w, asof)

    def came_to(kind: str) -> Callable[[Member], bool]:
        return lambda one: any(
            act["event_type"] == "activity" and kind in ("", kinds.get(act["activity_id"]))
            for act in one.acts
        )

    found = over(persons(c, grain, rows, came_to("")), everybody)
    for kind in {kinds[one["activity_id"]] for one in took_part(c, w)}:
        of_kind = over(persons(c, grain, rows, came_to(kind)), everybody)
        found |= {(scope, kind): numbers for (scope, _), numbers in of_kind.items()}
    return found


def activity_engagement(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    """Interactions of participants in the span of the activity, over the participants."""
    did: list[tuple[str, float]] = []
    who: list[tuple[str, str]] = []
    for row in dim(c, "dim_activity"):
        came = {
            (one["group_id"], one["user_id"])
            for one in took_part(c, w)
            if one["activity_id"] == row["activity_id"]
        }
        span = CalendarWindow(Period.DAY, row["start_ms"], row["end_ms"])
        for group, user in came:
            n = sum(
                (act["group_id"], act["user_id"]) == (group, user) and inside(span, act["event_ms"])
                for act in interactions(c)
            )
            for s in [row["activity_id"]] if grain == "K" else places(c, grain, group):
                did.append((s, n))
                who.append((s, f"{row['activity_id']} {user}"))
    return over(sums(did), tally(who))


def activity_completion_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    def of(action: str) -> set[tuple[str, str]]:
        return {
            (s, f"{one['activity_id']} {one['user_id']}")
            for one in c.of("activity")
            if one["actor_role"] == "member"
            and one["action"] == action
            and inside(w, one["event_ms"])
            for s in ([one["activity_id"]] if grain == "K" else scopes(c, grain, one))
        }

    signed = of("signup")
    return over(tally(of("complete") & signed), tally(signed))


def activity_uplift(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    """Mean rate of days with an activity over that of the same weekdays without, less 1."""
    rates: dict[str, dict[int, float]] = {}
    for day in days(c, w):
        for (s, _), (n, of) in daily_active_rate(c, grain, day, asof).items():
            if of:
                rates.setdefault(s, {})[day.start_ms] = n / of
    busy: dict[str, set[int]] = {}
    for day in days(c, w):
        for one in took_part(c, day):
            for s in places(c, grain, one["group_id"]):
                busy.setdefault(s, set()).add(day.start_ms)
    found: Answer = {}
    for s, each in rates.items():
        pairs = []
        for ms in busy.get(s, set()) & each.keys():
            like = [
                rate
                for other, rate in each.items()
                if other not in busy[s] and (other - ms) % (7 * DAY) == 0
            ]
            if like:
                pairs.append((each[ms], sum(like) / len(like)))
        if pairs:
            active, quiet = (sum(side) for side in zip(*pairs, strict=True))
            found[s, ""] = (active - quiet, quiet)
    return found


def deep_participation_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    def deep(one: Member) -> bool:
        active = {local_day(c, act["event_ms"]) for act in one.acts}
        return (
            len(one.acts) >= c.terms.deep_interactions and len(active) >= c.terms.deep_active_days
        )

    return over(persons(c, grain, members(c, w, asof), deep), base(c, grain, w, asof))


REFERENCE: Mapping[str, Reference] = {
    "activity_count": activity_count,
    "activity_count_by_mode": activity_count_by_mode,
    "activity_frequency": activity_frequency,
    "activity_schedule_adherence": activity_schedule_adherence,
    "activity_participation_rate": activity_participation_rate,
    "activity_engagement": activity_engagement,
    "activity_completion_rate": activity_completion_rate,
    "activity_uplift": activity_uplift,
    "deep_participation_rate": deep_participation_rate,
}
"""Metric name -> its reference."""
