"""Family G, from its definitions in METRICS.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import fmean, median

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    inside,
    local,
    local_day,
    over,
    paid_orders,
    scopes,
    spell_row,
    spells,
    tally,
)
from tests.reference.community import DAY, Community, Event, Key, Numbers

Found = dict[Key, Numbers]
STAFF_STEPS = ("replied", "resolved", "closed", "transferred")


@dataclass
class Talk:
    """A conversation: how it was opened, and the first of each step from then on."""

    opened: Event
    steps: dict[str, Event] = field(default_factory=dict)

    def waited(self, action: str) -> int | None:
        """Milliseconds to the first step of that kind, if it came."""
        step = self.steps.get(action)
        return None if step is None else step["event_ms"] - self.opened["event_ms"]

    @property
    def row(self) -> Event:
        """Its scopes: those of its opening, and the staff that replied first."""
        replied = self.steps.get("replied")
        return {**self.opened, "staff_id": replied["staff_id"]} if replied else self.opened


def opens(one: Event) -> bool:
    return bool(one["action"] == "opened" and one["actor_role"] == "member")


def serves(one: Event) -> bool:
    return bool(one["action"] in STAFF_STEPS and one["actor_role"] == "staff")


def replies(one: Event) -> bool:
    return bool(one["action"] == "replied" and one["actor_role"] == "staff")


def in_order(one: Event) -> tuple[int, int, str]:
    return (one["event_ms"], one["source_seq"], one["event_id"])


def talks(c: Community, w: CalendarWindow, kind: str = "") -> list[Talk]:
    """Conversations opened in the window; a step counts within the session days."""
    found: dict[str, Talk] = {}
    for one in sorted(c.of("session"), key=in_order):
        talk = found.get(one["session_id"])
        if opens(one):
            found.setdefault(one["session_id"], Talk(one))
        elif talk is not None and serves(one):
            in_time = one["event_ms"] - talk.opened["event_ms"] <= c.terms.session_days * DAY
            if in_time:
                talk.steps.setdefault(one["action"], one)
    return [
        talk
        for talk in found.values()
        if inside(w, talk.opened["event_ms"]) and kind in ("", talk.opened["session_kind"])
    ]


def p90(numbers: list[float]) -> float:
    """90th percentile, interpolated."""
    place = 0.9 * (len(numbers) - 1)
    below, above = sorted(numbers)[math.floor(place)], sorted(numbers)[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


def stat(
    c: Community,
    grain: str,
    rows: Iterable[tuple[Event, float]],
    of: Callable[[list[float]], float],
) -> Found:
    """A statistic of the numbers of each scope, and how many they are."""
    found: dict[str, list[float]] = {}
    for row, number in rows:
        for scope in scopes(c, grain, row):
            found.setdefault(scope, []).append(number)
    return {(scope, ""): (of(numbers), len(numbers)) for scope, numbers in found.items()}


def share(c: Community, grain: str, rows: Iterable[tuple[Event, bool]]) -> Found:
    """How many of the rows of each scope are so."""
    return stat(c, grain, ((row, float(so)) for row, so in rows), sum)


def events(c: Community, grain: str, rows: Iterable[Event]) -> Found:
    """How many events each scope has."""
    return tally((scope, one["event_id"]) for one in rows for scope in scopes(c, grain, one))


def session_events(c: Community, w: CalendarWindow, *actions: str) -> Iterator[Event]:
    for one in c.of("session"):
        if one["action"] in actions and serves(one) and inside(w, one["event_ms"]):
            yield one


def sessions_handled(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, one["session_id"])
        for one in session_events(c, w, "replied")
        for scope in scopes(c, grain, one)
    )


def response(of: Callable[[list[float]], float], action: str, kind: str = "") -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        waits = ((talk.row, talk.waited(action)) for talk in talks(c, w, kind))
        return stat(c, grain, ((row, ms / 1000) for row, ms in waits if ms is not None), of)

    return reference


def timely_response_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    sla = c.terms.sla_seconds * 1000
    return share(
        c,
        grain,
        (
            (talk.row, (waited := talk.waited("replied")) is not None and waited <= sla)
            for talk in talks(c, w)
            if talk.opened["event_ms"] + sla <= asof
        ),
    )


def work_session_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, one["session_id"])
        for one in c.of("session")
        if one["actor_role"] == "staff" and inside(w, one["event_ms"])
        for scope in scopes(c, grain, one)
    )


def came(action: str, kind: str = "") -> Reference:
    """Share of conversations opened in the window that reached a step."""

    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        return share(c, grain, ((talk.row, action in talk.steps) for talk in talks(c, w, kind)))

    return reference


def complete_reply_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    labelled = (one for one in session_events(c, w, "replied") if one["is_complete"] >= 0)
    return share(c, grain, ((one, one["is_complete"] == 1) for one in labelled))


def closings(c: Community, w: CalendarWindow) -> Iterator[tuple[Event, Event | None, Event | None]]:
    """First closings in the window, with the first opening and reply before, in its last days."""
    since = w.start_ms - c.terms.session_days * DAY
    steps: dict[str, list[Event]] = {}
    for one in sorted(c.of("session"), key=in_order):
        if since <= one["event_ms"] < w.end_ms:
            steps.setdefault(one["session_id"], []).append(one)
    for mine in steps.values():
        closing = next((one for one in mine if one["action"] == "closed"), None)
        if closing and inside(w, closing["event_ms"]):
            earlier = [one for one in mine if one["event_ms"] <= closing["event_ms"]]
            opening = next((one for one in earlier if opens(one)), None)
            reply = next((one for one in earlier if replies(one)), None)
            yield closing, opening, reply


def handled(of: Callable[[list[float]], float]) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        rows = []
        for closing, _, reply in closings(c, w):
            if closing["handle_seconds"]:
                rows.append((closing, float(closing["handle_seconds"])))
            elif reply:
                rows.append((closing, (closing["event_ms"] - reply["event_ms"]) / 1000))
        return stat(c, grain, rows, of)

    return reference


def latest_handling_time(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    def seconds(one: Event) -> float:
        when = local(c, one["event_ms"])
        return when.hour * 3600 + when.minute * 60 + when.second

    return stat(c, grain, ((one, seconds(one)) for one in session_events(c, w, *STAFF_STEPS)), max)


def longest_handling_time(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    rows = []
    for closing, opening, _ in closings(c, w):
        if opening:
            rows.append((closing, (closing["event_ms"] - opening["event_ms"]) / 1000))
    return stat(c, grain, rows, max)


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


def served(c: Community, grain: str, w: CalendarWindow) -> set[tuple[str, str]]:
    """(scope, person) of those who had a conversation or paid an order in the window."""
    found = {
        (scope, one["user_id"])
        for one in c.of("session")
        if inside(w, one["event_ms"]) and grain != "P"
        for scope in scopes(c, grain, one)
    }
    for one in paid_orders(c):
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
    for scope, user in served(c, grain, w):
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


def overdue_session_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    """Neither replied to nor at an end since they were last opened, and past their time."""
    found: dict[str, Event] = {}
    named: dict[str, str] = {}
    for one in sorted(c.of("session"), key=in_order):
        if one["event_ms"] >= w.end_ms:
            break
        talk = one["session_id"]
        named[talk] = one["to_staff_id"] or one["staff_id"] or named.get(talk, "")
        if opens(one):
            found[talk] = one
        elif replies(one) or one["action"] in ("resolved", "closed"):
            found.pop(talk, None)
    return tally(
        (scope, talk)
        for talk, opening in found.items()
        if opening["event_ms"] + c.terms.sla_seconds * 1000 < w.end_ms
        for scope in scopes(c, grain, {**opening, "staff_id": named[talk]})
    )


REFERENCE: Mapping[str, Reference] = {
    "sessions_handled": sessions_handled,
    "first_response_time": response(median, "replied"),
    "first_response_time_p90": response(p90, "replied"),
    "first_response_time_mean": response(fmean, "replied"),
    "timely_response_rate": timely_response_rate,
    "work_session_count": work_session_count,
    "reply_rate": came("replied"),
    "complete_reply_rate": complete_reply_rate,
    "handling_time": handled(median),
    "handling_time_total": handled(sum),
    "latest_handling_time": latest_handling_time,
    "longest_handling_time": longest_handling_time,
    "question_resolution_rate": came("resolved", "question"),
    "resolution_time": response(median, "resolved", "question"),
    "resolution_time_p90": response(p90, "resolved", "question"),
    "complaint_rate": complaint_rate,
    "complaint_count": complaint_count,
    "overdue_session_count": overdue_session_count,
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
