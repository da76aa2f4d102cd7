"""Family E, from its definitions in METRICS.md: check-ins, courses, camps, learners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    Spell,
    inside,
    local,
    scopes,
    spell_row,
    spells,
    tally,
)
from tests.reference.catalogue.members import Found, of, part
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import Community, Event


def reports(c: Community, until: int) -> list[Event]:
    """Tasks that members reported as done before `until`, in order."""
    return [
        one
        for one in sorted(c.of("checkin"), key=_place)
        if one["actor_role"] == "member" and one["event_ms"] < until
    ]


def checkins(c: Community, until: int) -> list[Event]:
    """The first report of each user and task before `until`."""
    first: dict[tuple[str, str], Event] = {}
    for one in reports(c, until):
        first.setdefault((one["user_id"], one["task_id"]), one)
    return list(first.values())


def _place(one: Event) -> tuple[int, int, str]:
    return (one["event_ms"], one["source_seq"], one["event_id"])


def each(c: Community, grain: str, events: Iterable[Event]) -> Iterator[tuple[str, Event]]:
    """Each event in each of its scopes."""
    return ((scope, one) for one in events for scope in scopes(c, grain, one))


def checkin_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    new = [one for one in checkins(c, w.end_ms) if inside(w, one["event_ms"])]
    return tally((scope, one["event_id"]) for scope, one in each(c, grain, new))


def learning(c: Community, until: int) -> dict[str, set[str]]:
    """Group -> the courses it learns: a task of each was checked in there."""
    course_of = {row["task_id"]: row["course_id"] for row in c.dims["dim_task"]}
    found: dict[str, set[str]] = {}
    for one in reports(c, until):
        if one["group_id"] and one["task_id"] in course_of:
            found.setdefault(one["group_id"], set()).add(course_of[one["task_id"]])
    return found


def learners(c: Community, w: CalendarWindow, asof: int) -> list[tuple[Spell, set[str]]]:
    """Members in the window of groups that learn, by their newest spell, and the group's tasks."""
    courses = learning(c, w.end_ms)
    newest: dict[tuple[str, str], Spell] = {}
    for it in spells(c, asof):
        if it.touches(w) and it.group in courses:
            newest[it.group, it.user] = it
    return [
        (it, {row["task_id"] for row in tasks(c) if row["course_id"] in courses[it.group]})
        for it in newest.values()
    ]


def tasks(c: Community) -> Sequence[Mapping[str, Any]]:
    return c.dims["dim_task"]


def done(c: Community, until: int) -> set[tuple[str, str]]:
    """User and task of what is reported as done, wherever."""
    return {(one["user_id"], one["task_id"]) for one in reports(c, until)}


def checkin_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    due = {
        row["task_id"]
        for row in tasks(c)
        if row["release_ms"] < w.end_ms and (row["due_ms"] == 0 or row["due_ms"] > w.start_ms)
    }
    base = [(it, mine) for it, mine in learners(c, w, asof) if mine & due]
    did = {
        (one["user_id"], one["task_id"])
        for one in reports(c, w.end_ms)
        if inside(w, one["event_ms"])
    }
    return part(
        of(c, grain, (it for it, _ in base)),
        of(c, grain, (it for it, mine in base if any((it.user, task) in did for task in mine))),
    )


def hours(c: Community, grain: str, w: CalendarWindow) -> dict[str, Counter[int]]:
    found: dict[str, Counter[int]] = {}
    new = [one for one in checkins(c, w.end_ms) if inside(w, one["event_ms"])]
    for scope, one in each(c, grain, new):
        found.setdefault(scope, Counter())[local(c, one["event_ms"]).hour] += 1
    return found


def checkin_time_distribution(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return {
        (scope, str(hour)): (float(n), float(by_hour.total()))
        for scope, by_hour in hours(c, grain, w).items()
        for hour, n in by_hour.items()
    }


def peak_checkin_hour(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return {
        (scope, ""): (float(min(by_hour, key=lambda it: (-by_hour[it], it))), by_hour.total())
        for scope, by_hour in hours(c, grain, w).items()
    }


def learning_progress_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    released = {row["task_id"] for row in tasks(c) if row["release_ms"] < w.end_ms}
    known = done(c, w.end_ms)
    found: dict[str, list[float]] = {}
    for it, mine in learners(c, w, asof):
        if mine & released:
            for scope in scopes(c, grain, spell_row(it)):
                shares = [(it.user, task) in known for task in mine & released]
                found.setdefault(scope, []).append(sum(shares) / len(shares))
    return {(scope, ""): (sum(mine), float(len(mine))) for scope, mine in found.items()}


def course_completion_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    known = done(c, w.end_ms)
    found = learners(c, w, asof)
    return part(
        of(c, grain, (it for it, _ in found)),
        of(c, grain, (it for it, mine in found if all((it.user, task) in known for task in mine))),
    )


def course_feedback(c: Community, grain: str, w: CalendarWindow) -> Iterator[tuple[str, Event]]:
    given = [
        one
        for one in c.of("feedback")
        if one["feedback_kind"] == "course"
        and one["actor_role"] == "member"
        and inside(w, one["event_ms"])
    ]
    if grain == "P":
        return ((one["ref_id"], one) for one in given if one["ref_id"])
    return each(c, grain, given)


def course_feedback_score(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    found: dict[str, list[int]] = {}
    for scope, one in course_feedback(c, grain, w):
        if one["rating"]:
            found.setdefault(scope, []).append(one["rating"])
    return {(scope, ""): (sum(it) / len(it), float(len(it))) for scope, it in found.items()}


def course_feedback_sentiment_share(
    c: Community, grain: str, w: CalendarWindow, asof: int
) -> Found:
    found: dict[str, Counter[str]] = {}
    for scope, one in course_feedback(c, grain, w):
        found.setdefault(scope, Counter())[one["sentiment"]] += 1
    return {
        (scope, mood): (float(n), float(moods.total()))
        for scope, moods in found.items()
        for mood, n in moods.items()
    }


def learner_output_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    works = [
        one
        for one in (*c.of("publish"), *checkins(c, w.end_ms))
        if one["actor_role"] == "member"
        and inside(w, one["event_ms"])
        and (
            one["text_len"] > 0
            if one["event_type"] == "checkin"
            else one["content_kind"] == "learner_output"
        )
    ]
    return tally((scope, one["event_id"]) for scope, one in each(c, grain, works))


STEPS = ("view", "signup", "joined", "opened", "first_checkin", "completed", "paid")


def training_camp_funnel(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    """Persons of a camp at a step who took all steps before it, over those at the step before."""
    found: Counter[tuple[str, int]] = Counter()
    for row in c.dims["dim_course"]:
        camp = row["campaign_id"]
        wanted = {it["task_id"] for it in tasks(c) if it["course_id"] == row["course_id"]}

        def events(kind: str, holds: Callable[[Event], bool], campaign: str = camp) -> list[Event]:
            return [
                one
                for one in c.of(kind)
                if one["campaign_id"] == campaign
                and one["actor_role"] == "member"
                and one["user_id"]
                and one["event_ms"] < w.end_ms
                and holds(one)
            ]

        seen = events("view", lambda it: it["object_kind"] == "poster")
        joined = [
            it
            for it in spells(c, asof)
            if it.join["campaign_id"] == camp and it.opened < w.end_ms and not it.roster
        ]
        did: dict[str, set[str]] = {}
        for one in reports(c, w.end_ms):
            if one["task_id"] in wanted:
                did.setdefault(one["user_id"], set()).add(one["task_id"])
        steps: list[set[str]] = [
            {one["user_id"] for one in seen},
            {one["user_id"] for one in events("activity", lambda it: it["action"] == "signup")},
            {it.user for it in joined},
            {it.user for it in joined if it.at(row["opening_ms"]) and row["opening_ms"] < w.end_ms},
            set(did),
            {user for user, mine in did.items() if mine == wanted},
            {
                one["user_id"]
                for one in paid_orders(c, asof)
                if one["campaign_id"] == camp
                and one["actor_role"] == "member"
                and one["event_ms"] < w.end_ms
            },
        ]
        first = {
            one["user_id"]: one["channel_id"] for one in sorted(seen, key=_place, reverse=True)
        }
        there = steps[0]
        for number, step in enumerate(steps, 1):
            there = there & step
            for user in there:
                scope = camp if grain == "K" else first[user] or "unknown"
                found[scope, number] += 1
    return {
        (scope, f"{number} {STEPS[number - 1]}"): (
            float(found[scope, number]),
            float(found[scope, max(number - 1, 1)]),
        )
        for scope in {scope for scope, _ in found}
        for number in range(1, len(STEPS) + 1)
    }


def knowledge_application_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    asked = [
        one
        for one in c.of("feedback")
        if one["feedback_kind"] == "survey"
        and one["question_id"] == c.terms.applied_question
        and one["actor_role"] == "member"
        and inside(w, one["event_ms"])
    ]
    base = {(scope, one["user_id"]) for scope, one in each(c, grain, asked)}
    did = {
        (scope, one["user_id"])
        for scope, one in each(c, grain, asked)
        if one["answer"] == c.terms.applied_answer
    }
    return part(base, did)


def top_learner_ranking(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    points: Counter[tuple[str, str]] = Counter()
    days: dict[tuple[str, str], set[object]] = {}
    messages: Counter[tuple[str, str]] = Counter()
    for kind in ("checkin", "activity", "chat"):
        mine = [
            one
            for one in c.of(kind)
            if one["actor_role"] == "member" and inside(w, one["event_ms"])
        ]
        for scope, one in each(c, grain, mine):
            key = scope, one["user_id"]
            if kind == "chat":
                messages[key] += one["msg_type"] != "system"
                continue
            points[key] += one["points_delta"]
            if kind == "checkin":
                days.setdefault(key, set()).add(local(c, one["event_ms"]).date())
    found: Found = {}
    for scope in {scope for scope, _ in days}:
        users = [user for its, user in days if its == scope]
        users.sort(
            key=lambda it: (-points[scope, it], -len(days[scope, it]), -messages[scope, it], it)
        )
        for place, user in enumerate(users[: c.terms.top_n], 1):
            found[scope, user] = (float(points[scope, user]), float(place))
    return found


REFERENCE: Mapping[str, Reference] = {
    "checkin_count": checkin_count,
    "checkin_rate": checkin_rate,
    "checkin_time_distribution": checkin_time_distribution,
    "peak_checkin_hour": peak_checkin_hour,
    "learning_progress_rate": learning_progress_rate,
    "course_completion_rate": course_completion_rate,
    "course_feedback_score": course_feedback_score,
    "course_feedback_sentiment_share": course_feedback_sentiment_share,
    "learner_output_count": learner_output_count,
    "training_camp_funnel": training_camp_funnel,
    "knowledge_application_rate": knowledge_application_rate,
    "top_learner_ranking": top_learner_ranking,
}
"""Metric name -> its reference."""
