"""Family B, from its definitions in METRICS.md: leads, activities and pushes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.acquired import (
    Found,
    keyed,
    sequence,
    split_by_channel,
)
from tests.reference.catalogue.base import (
    Reference,
    among,
    inside,
    over,
    scopes,
    spells,
    tally,
    total,
    type_of,
    within,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import DAY, HOUR, Community, Event, Key


def _leads(c: Community, w: CalendarWindow) -> list[Event]:
    first: dict[str, Event] = {}
    for one in sorted(c.of("contact"), key=sequence):
        if one["is_lead"]:
            first.setdefault(one["user_id"], one)
    return [one for one in first.values() if inside(w, one["event_ms"])]


def lead_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally((scope, one["user_id"]) for one in _leads(c, w) for scope in scopes(c, grain, one))


def lead_source_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return split_by_channel(
        grain,
        [(scope, one["channel_id"]) for one in _leads(c, w) for scope in scopes(c, grain, one)],
    )


def fission_activity_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    ended = [row for row in c.dims["dim_activity"] if inside(w, row["end_ms"])]
    spread = [row for row in ended if _is_spread(c, row, asof)]
    return over(
        total((scope, 1) for row in spread for scope in _of_activity(c, grain, row)),
        total((scope, 1) for row in ended for scope in _of_activity(c, grain, row)),
    )


def _of_activity(c: Community, grain: str, row: Mapping[str, str]) -> list[str]:
    if grain == "O":
        return [""]
    found = row["campaign_id"] if grain == "K" else type_of(c, row["group_id"])
    return [found] if found else []


def _is_spread(c: Community, row: Mapping[str, Any], asof: int) -> bool:
    def of_it(one: Event) -> bool:
        here = bool(one["group_id"]) and one["group_id"] == row["group_id"]
        return here or (bool(one["campaign_id"]) and one["campaign_id"] == row["campaign_id"])

    def meanwhile(ms: int) -> bool:
        return bool(row["start_ms"] <= ms < row["end_ms"])

    return any(
        spell.join["inviter_role"] == "member"
        and not spell.roster
        and meanwhile(spell.opened)
        and of_it(spell.join)
        for spell in spells(c, asof)
    ) or any(
        one["action"] == "forward"
        and one["actor_role"] == "member"
        and meanwhile(one["event_ms"])
        and of_it(one)
        for one in c.of("reaction")
    )


def reach_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    def pairs(action: str) -> list[tuple[Key, str]]:
        return [
            ((scope, ""), f"{one['push_id']} {one['user_id']}")
            for one in within(c, "delivery", w, action=action)
            for scope in scopes(c, grain, one)
        ]

    return among(pairs("sent"), pairs("delivered"))


def push_read_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return among(
        keyed(c, grain, within(c, "delivery", w, push_kind="private", action="delivered")),
        keyed(c, grain, within(c, "delivery", w, push_kind="private", action="read")),
    )


def welcome_reply_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    welcomed = list(within(c, "delivery", w, push_kind="welcome", action="delivered"))
    until = c.terms.welcome_hours * HOUR
    answers = [
        *(one for one in c.of("chat") if one["msg_type"] != "system"),
        *(one for one in c.of("session") if one["action"] == "opened"),
    ]
    answered = [
        one
        for one in welcomed
        for answer in answers
        if answer["user_id"] == one["user_id"]
        and answer["actor_role"] == "member"
        and 0 <= answer["event_ms"] - one["event_ms"] <= until
    ]
    return among(keyed(c, grain, welcomed), keyed(c, grain, answered))


def newcomer_offer_redemption_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    coupons = {row["coupon_id"] for row in c.dims["dim_coupon"] if row["kind"] == "newcomer"}
    issued = [
        {**one, "user_id": one["target_user_id"]}
        for one in within(c, "staff_action", w, action_kind="coupon_issue")
        if one["coupon_id"] in coupons
    ]
    days = c.terms.offer_days * DAY
    paid = paid_orders(c, asof)
    used = [
        one
        for one in issued
        for order in paid
        if order["user_id"] == one["user_id"]
        and order["coupon_id"] == one["coupon_id"]
        and 0 <= order["event_ms"] - one["event_ms"] <= days
    ]
    return among(keyed(c, grain, issued), keyed(c, grain, used))


def signup_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    rows = within(c, "activity", w, action="signup", actor_role="member")
    return tally((key[0], user) for key, user in keyed(c, grain, rows))


def signup_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    seen = tally(
        (scope, one["user_id"] or one["visitor_id"])
        for one in within(c, "view", w, object_kind="poster", actor_role="member")
        for scope in scopes(c, grain, one)
        if one["user_id"] or one["visitor_id"]
    )
    return over(signup_count(c, grain, w, asof), seen)


def signup_to_join_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    base, did = [], []
    for row in c.dims["dim_activity"]:
        scope = row["campaign_id"] if grain == "K" else row["group_id"]
        if not inside(w, row["start_ms"]) or not scope:
            continue
        there = {
            one.user
            for one in spells(c, asof)
            if one.group == row["group_id"] and one.at(row["start_ms"])
        }
        for one in c.of("activity"):
            signed = one["action"] == "signup" and one["actor_role"] == "member"
            this = one["activity_id"] == row["activity_id"]
            if signed and this and one["event_ms"] < row["start_ms"]:
                pair = ((scope, ""), f"{row['activity_id']} {one['user_id']}")
                base.append(pair)
                did += [pair] if one["user_id"] in there else []
    return among(base, did)


def survey_response_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    answered = {
        (one["survey_id"], one["user_id"])
        for one in within(c, "feedback", w, feedback_kind="survey", actor_role="member")
    }
    asked = [
        ((scope, one["content_id"]), one["user_id"])
        for one in within(c, "delivery", w, push_kind="survey", action="sent")
        for scope in scopes(c, grain, one)
    ]
    return among(asked, [(key, user) for key, user in asked if (key[1], user) in answered])


def survey_option_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    asked: dict[tuple[str, str], set[str]] = {}
    chose: dict[tuple[str, str, str], set[str]] = {}
    for one in within(c, "feedback", w, feedback_kind="survey", actor_role="member"):
        question = f"{one['survey_id']}/{one['question_id']}"
        for scope in scopes(c, grain, one):
            asked.setdefault((scope, question), set()).add(one["user_id"])
            chose.setdefault((scope, question, one["answer"]), set()).add(one["user_id"])
    return {
        (scope, f"{question}/{answer}"): (float(len(mine)), float(len(asked[scope, question])))
        for (scope, question, answer), mine in chose.items()
    }


def _shares(c: Community, grain: str, w: CalendarWindow) -> list[tuple[str, Event]]:
    return [
        (scope, one)
        for one in within(c, "reaction", w, action="forward", dest="moments", actor_role="member")
        for scope in ([one["target_id"]] if grain == "P" else scopes(c, grain, one))
    ]


def moments_share_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return total((scope, 1) for scope, _ in _shares(c, grain, w))


def moments_sharer_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally((scope, one["user_id"]) for scope, one in _shares(c, grain, w))


REFERENCE: Mapping[str, Reference] = {
    one.__name__: one
    for one in (
        lead_count,
        lead_source_share,
        fission_activity_rate,
        reach_rate,
        push_read_rate,
        welcome_reply_rate,
        newcomer_offer_redemption_rate,
        signup_count,
        signup_rate,
        signup_to_join_rate,
        survey_response_rate,
        survey_option_share,
        moments_share_count,
        moments_sharer_count,
    )
}
