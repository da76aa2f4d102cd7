"""Family G: conversations, from its definitions in METRICS.md."""

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
    scopes,
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
    "overdue_session_count": overdue_session_count,
}
"""Metric name -> its reference."""
