"""Family C, from its definitions in METRICS.md: verdicts, ties, pressure, points, answers."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.activity import (
    Answer,
    base,
    counted,
    members,
    messages,
    places,
    sums,
)
from tests.reference.catalogue.base import (
    Reference,
    inside,
    interactions,
    over,
    scopes,
    spells,
    tally,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import DAY, Community, Event


def labelled(column: str, of: tuple[str, ...], among: tuple[str, ...]) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
        said = [m for m in messages(c, w) if not among or m[column] in among]
        return over(
            counted(c, grain, (m for m in said if m[column] in of)), counted(c, grain, said)
        )

    return reference


def sensitive_message_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return counted(c, grain, (m for m in messages(c, w) if m["quality"] == "sensitive"))


def links(c: Community, t: int) -> dict[str, set[str]]:
    """Kinds of open ties of each person at t."""
    last: dict[tuple[str, str, str], Event] = {}
    for one in sorted(
        c.of("contact"), key=lambda e: (e["event_ms"], e["source_seq"], e["event_id"])
    ):
        if one["action"] in ("add", "remove") and one["event_ms"] < t:
            last[one["user_id"], one["link_type"], one["staff_id"]] = one
    found: dict[str, set[str]] = {}
    for (user, kind, _), one in last.items():
        if one["action"] == "add":
            found.setdefault(user, set()).add(kind)
    return found


def at(c: Community, grain: str, t: int, asof: int) -> set[tuple[str, str]]:
    """(scope, member) at t."""
    return {
        (s, spell.user)
        for spell in spells(c, asof)
        if spell.at(t)
        for s in places(c, grain, spell.group)
    }


def cross_coverage_degree(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    there, tied = at(c, grain, w.end_ms, asof), links(c, w.end_ms)
    return over(sums((s, len(tied.get(user, ()))) for s, user in there), tally(there))


def tied_to(least: str) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
        n = c.terms.strong_links if least == "strong" else 1
        there, tied = at(c, grain, w.end_ms, asof), links(c, w.end_ms)
        return over(tally(one for one in there if len(tied.get(one[1], ())) >= n), tally(there))

    return reference


def weak_to_strong_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    before, after, n = links(c, w.start_ms), links(c, w.end_ms), c.terms.strong_links
    weak = {one for one in at(c, grain, w.start_ms, asof) if len(before.get(one[1], ())) < n}
    return over(tally(one for one in weak if len(after.get(one[1], ())) >= n), tally(weak))


def post_purchase_connection_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    seen = [(one["user_id"], one["event_ms"]) for one in interactions(c)] + [
        (one["user_id"], one["event_ms"]) for one in c.of("view") if one["actor_role"] == "member"
    ]
    span = c.terms.connection_days * DAY
    buyers: set[tuple[str, str]] = set()
    connected: set[tuple[str, str]] = set()
    for order in paid_orders(c, asof):
        if order["actor_role"] != "member" or not inside(w, order["paid_ms"]):
            continue
        again = any(
            user == order["user_id"] and order["paid_ms"] < ms <= order["paid_ms"] + span
            for user, ms in seen
        )
        for s in order["item_product_id"] if grain == "P" else scopes(c, grain, order):
            buyers.add((s, order["user_id"]))
            if again:
                connected.add((s, order["user_id"]))
    return over(tally(connected), tally(buyers))


def contact_pressure(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    """Of staff: over the members of the groups that they reached for."""
    reached = [
        (one["group_id"], one["staff_id"], 1)
        for one in c.of("delivery")
        if inside(w, one["event_ms"])
        and one["action"] == "sent"
        and one["push_kind"] in ("group_broadcast", "private")
    ] + [
        (m["group_id"], m["user_id"], len(m["mentions"]))
        for m in messages(c, w)
        if m["actor_role"] == "staff" and m["mentions"]
    ]
    length = (w.end_ms - w.start_ms) / DAY
    if grain != "S":
        n = sums((s, n / length) for group, _, n in reached for s in places(c, grain, group))
        return over(n, base(c, grain, w, asof))
    rows = members(c, w, asof)
    asked = {
        (staff, one.user)
        for group, staff, _ in reached
        for one in rows
        if one.row["group_id"] == group and staff
    }
    return over(
        sums((staff, n) for _, staff, n in reached if staff),
        {key: (n * length, 1.0) for key, (n, _) in tally(asked).items()},
    )


def points_granted(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    gained: list[tuple[str, float]] = []
    for kind in ("checkin", "activity", "staff_action"):
        for one in c.of(kind):
            if one["points_delta"] <= 0 or not inside(w, one["event_ms"]):
                continue
            if kind != "staff_action" and one["actor_role"] != "member":
                continue
            whose = "target_user_id" if kind == "staff_action" else "user_id"
            s = one[whose] if grain == "U" else one["group_id"]
            if s:
                gained.append((s, one["points_delta"]))
    return sums(gained)


def points_per_member(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return over(points_granted(c, grain, w, asof), base(c, grain, w, asof))


def qa_professional_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    since = w.start_ms - c.terms.attribution_days * DAY
    asked = {
        (m["group_id"], m["message_id"])
        for m in c.of("chat")
        if m["is_question"] and since <= m["event_ms"] < w.end_ms
    }
    accepted = {one["message_id"] for one in c.of("session") if one["action"] == "resolved"} - {""}
    answers = [
        m
        for m in messages(c, w)
        if m["actor_role"] == "member" and (m["group_id"], m["reply_to_message_id"]) in asked
    ]
    good = (m for m in answers if m["quality"] == "professional" or m["message_id"] in accepted)
    return over(counted(c, grain, good), counted(c, grain, answers))


REFERENCE: Mapping[str, Reference] = {
    "effective_message_ratio": labelled("quality", ("valid",), ("valid", "noise")),
    "message_label_coverage": labelled("quality", ("valid", "noise"), ()),
    "sensitive_message_count": sensitive_message_count,
    "negative_sentiment_ratio": labelled(
        "sentiment", ("negative",), ("positive", "neutral", "negative")
    ),
    "cross_coverage_degree": cross_coverage_degree,
    "strong_tie_ratio": tied_to("strong"),
    "weak_to_strong_rate": weak_to_strong_rate,
    "off_group_reachable_ratio": tied_to("one"),
    "post_purchase_connection_rate": post_purchase_connection_rate,
    "contact_pressure": contact_pressure,
    "points_granted": points_granted,
    "points_per_member": points_per_member,
    "qa_professional_rate": qa_professional_rate,
}
"""Metric name -> its reference."""
