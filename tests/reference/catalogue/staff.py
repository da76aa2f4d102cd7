"""Family G: reviews, trouble, costs and the work of staff, from its definitions in METRICS.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import fmean, median

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    inside,
    local_day,
    over,
    scopes,
    spell_row,
    spells,
    tally,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.catalogue.service import (
    STAFF_STEPS,
    events,
    in_order,
    session_events,
    share,
    stat,
)
from tests.reference.community import DAY, Community, Event, Key, Numbers

Found = dict[Key, Numbers]


def feedback_scopes(c: Community, grain: str, one: Event) -> list[str]:
    if grain == "P":
        return [one["ref_id"]] if one["ref_id"] else []
    return scopes(c, grain, one)


def feedback(c: Community, w: CalendarWindow, kind: str) -> Iterator[Event]:
    """Feedback of members in the window."""
    for one in c.of("feedback"):
        told = one["feedback_kind"] == kind and one["actor_role"] == "member"
        if told and inside(w, one["event_ms"]):
            yield one


def served(c: Community, grain: str, w: CalendarWindow, asof: int) -> set[tuple[str, str]]:
    """(scope, person) of those who had a conversation or paid an order in the window."""
    found = {
        (scope, one["user_id"])
        for one in c.of("session")
        if inside(w, one["event_ms"]) and grain != "P"
        for scope in scopes(c, grain, one)
    }
    for one in paid_orders(c, asof):
        if inside(w, one["event_ms"]) and one["actor_role"] == "member":
            products = [product for product in one["item_product_id"] if product]
            for scope in products if grain == "P" else scopes(c, grain, one):
                found.add((scope, one["user_id"]))
    return found


def complaint_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    complained = {
        (scope, one["user_id"])
        for one in feedback(c, w, "complaint")
        for scope in feedback_scopes(c, grain, one)
    }
    found: dict[str, list[bool]] = {}
    for scope, user in served(c, grain, w, asof):
        found.setdefault(scope, []).append((scope, user) in complained)
    return {(scope, ""): (sum(them), len(them)) for scope, them in found.items()}


def complaint_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, one["event_id"])
        for one in feedback(c, w, "complaint")
        for scope in feedback_scopes(c, grain, one)
    )


def positive_review_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    found: dict[str, list[bool]] = {}
    for one in feedback(c, w, "review"):
        if one["rating"]:
            for scope in feedback_scopes(c, grain, one):
                found.setdefault(scope, []).append(one["rating"] >= c.terms.good_rating)
    return {(scope, ""): (sum(good), len(good)) for scope, good in found.items()}


def spent(c: Community, w: CalendarWindow, kind: str) -> Iterator[tuple[Event, float]]:
    """What of each expense falls into the window: by its period, else by its day."""
    for one in c.of("spend"):
        if one["cost_kind"] != kind:
            continue
        begin, end = one["period_start_ms"], one["period_end_ms"]
        if end > begin:
            inside_ms = min(end, w.end_ms) - max(begin, w.start_ms)
            yield one, float(one["amount"]) * max(inside_ms, 0) / (end - begin)
        elif inside(w, one["event_ms"]):
            yield one, float(one["amount"])


def member_base(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, spell.user)
        for spell in spells(c, asof)
        if spell.touches(w)
        for scope in scopes(c, grain, spell_row(spell))
    )


def service_cost_per_member(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return over(stat(c, grain, spent(c, w, "labour"), sum), member_base(c, grain, w, asof))


def scored(question: str) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        return stat(c, grain, answers(c, w, getattr(c.terms, question)), fmean)

    return reference


def answers(c: Community, w: CalendarWindow, question: str) -> Iterator[tuple[Event, float]]:
    for one in feedback(c, w, "survey"):
        if one["question_id"] == question and one["rating"]:
            yield one, float(one["rating"])


def perceived_value_gap(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    valued = stat(c, grain, answers(c, w, c.terms.value_question), fmean)
    hoped = stat(c, grain, answers(c, w, c.terms.expectation_question), fmean)
    return {
        key: (valued[key][0] - hoped[key][0], valued[key][1])
        for key in valued.keys() & hoped.keys()
    }


def troubles(c: Community, w: CalendarWindow) -> Iterator[tuple[Event, Event | None]]:
    """Negative messages and feedback of members; the first step of staff on an issue of theirs."""
    steps = [
        one
        for one in sorted(c.of("session"), key=in_order)
        if one["session_kind"] == "issue" and one["actor_role"] == "staff"
    ]
    for one in (*c.of("chat"), *c.of("feedback")):
        negative = one["sentiment"] == "negative" and one["actor_role"] == "member"
        if negative and inside(w, one["event_ms"]) and one.get("msg_type") != "system":
            until = one["event_ms"] + c.terms.session_days * DAY
            handled_by = next(
                (
                    step
                    for step in steps
                    if step["user_id"] == one["user_id"]
                    and one["event_ms"] <= step["event_ms"] <= until
                ),
                None,
            )
            yield {**one, "staff_id": (handled_by or one)["staff_id"]}, handled_by


def negative_issue_handling_time(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return stat(
        c,
        grain,
        (
            (row, (step["event_ms"] - row["event_ms"]) / 1000)
            for row, step in troubles(c, w)
            if step
        ),
        median,
    )


def negative_issue_handled_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return share(c, grain, ((row, step is not None) for row, step in troubles(c, w)))


def negative_issue_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return events(c, grain, (row for row, _ in troubles(c, w)))


def ties(c: Community, until: int) -> set[tuple[str, str]]:
    """(staff, customer) whose wecom_friend tie is open just before `until`."""
    found: dict[tuple[str, str], str] = {}
    for one in sorted(c.of("contact"), key=in_order):
        friend = one["link_type"] == "wecom_friend" and one["actor_role"] == "member"
        if friend and one["action"] in ("add", "remove") and one["event_ms"] < until:
            found[one["staff_id"], one["user_id"]] = one["action"]
    return {tie for tie, action in found.items() if action == "add" and tie[0]}


def follow_up_coverage(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    followed = {
        (one["staff_id"], one["target_user_id"]) for one in staff_actions(c, w, "follow_up")
    }
    found: dict[str, list[bool]] = {}
    for staff, customer in ties(c, w.end_ms):
        found.setdefault(staff, []).append((staff, customer) in followed)
    return {(staff, ""): (sum(them), len(them)) for staff, them in found.items()}


def workdays(c: Community, w: CalendarWindow) -> dict[str, dict[object, set[str]]]:
    """Staff -> local day -> conversations and tasks of that day."""
    found: dict[str, dict[object, set[str]]] = {}
    for one in session_events(c, w, *STAFF_STEPS):
        days = found.setdefault(one["staff_id"], {})
        days.setdefault(local_day(c, one["event_ms"]), set()).add(f"session {one['session_id']}")
    for one in c.of("staff_action"):
        if inside(w, one["event_ms"]) and one["actor_role"] == "staff":
            days = found.setdefault(one["staff_id"], {})
            days.setdefault(local_day(c, one["event_ms"]), set()).add(one["event_id"])
    return found


def staff_workload(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return {
        (staff, ""): (fmean(len(things) for things in days.values()), 1)
        for staff, days in workdays(c, w).items()
    }


def staff_overload_flag(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return {
        (staff, ""): (sum(len(things) > c.terms.overload_per_day for things in days.values()), 1)
        for staff, days in workdays(c, w).items()
    }


def staff_content_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return events(
        c,
        grain,
        (
            one
            for one in c.of("publish")
            if one["content_kind"] not in ("reply", "topic")
            and one["actor_role"] == "staff"
            and inside(w, one["event_ms"])
        ),
    )


def staff_actions(c: Community, w: CalendarWindow, *kinds: str) -> Iterator[Event]:
    for one in c.of("staff_action"):
        by_staff = one["actor_role"] == "staff" and one["action_kind"] in kinds
        if by_staff and inside(w, one["event_ms"]):
            yield one


def follow_up_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    rows = ({**one, "user_id": one["target_user_id"]} for one in staff_actions(c, w, "follow_up"))
    return events(c, grain, rows)


def team_sync_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return events(c, grain, staff_actions(c, w, "sync_meeting", "review_done"))


def due(c: Community, w: CalendarWindow) -> Iterator[tuple[Event, bool]]:
    """Calendar items due in the window, and whether they were done by then."""
    for item in c.dims.get("ops_calendar", ()):
        if not inside(w, item["due_ms"]):
            continue
        done = [
            one["event_ms"]
            for one in c.of("staff_action")
            if one["calendar_item_id"] == item["item_id"] and one["actor_role"] == "staff"
        ] + ([item["done_ms"]] if item["done_ms"] else [])
        yield (
            {**item, "staff_id": item["owner_staff_id"]},
            any(ms <= item["due_ms"] for ms in done),
        )


def task_completion_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return share(c, grain, due(c, w))


def task_missed(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return {
        (scope, item["item_id"]): (1, 1)
        for item, done in due(c, w)
        if not done
        for scope in scopes(c, grain, item)
    }


REFERENCE: Mapping[str, Reference] = {
    "complaint_rate": complaint_rate,
    "complaint_count": complaint_count,
    "positive_review_rate": positive_review_rate,
    "service_cost_per_member": service_cost_per_member,
    "perceived_value_score": scored("value_question"),
    "perceived_value_gap": perceived_value_gap,
    "negative_issue_handling_time": negative_issue_handling_time,
    "negative_issue_handled_share": negative_issue_handled_share,
    "negative_issue_count": negative_issue_count,
    "follow_up_coverage": follow_up_coverage,
    "staff_workload": staff_workload,
    "staff_overload_flag": staff_overload_flag,
    "staff_content_count": staff_content_count,
    "follow_up_count": follow_up_count,
    "task_completion_rate": task_completion_rate,
    "task_missed": task_missed,
    "team_sync_count": team_sync_count,
}
"""Metric name -> its reference."""
