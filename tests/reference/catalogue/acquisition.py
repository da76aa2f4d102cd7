"""Family B, from its definitions in METRICS.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import sqrt
from typing import Any

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    Spell,
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
from tests.reference.community import DAY, HOUR, Community, Event, Key, Numbers

Found = dict[Key, Numbers]
UNKNOWN = "unknown"


def _joins(c: Community, w: CalendarWindow, asof: int) -> list[Spell]:
    """Memberships opened in the window; a roster opens none."""
    return [one for one in spells(c, asof) if inside(w, one.opened) and not one.roster]


def _newcomers(
    c: Community, grain: str, w: CalendarWindow, asof: int
) -> Iterator[tuple[str, Spell]]:
    """(scope, first membership in it) of persons whom the scope sees for the first time."""
    first: dict[tuple[str, str], Spell] = {}
    for one in sorted(spells(c, asof), key=lambda spell: (spell.opened, spell.group)):
        for scope in scopes(c, grain, one.join):
            first.setdefault((scope, one.user), one)
    for (scope, _), one in first.items():
        if inside(w, one.opened) and not one.roster:
            yield scope, one


def _order(one: Event) -> tuple[int, int, str]:
    return one["event_ms"], one["source_seq"], one["event_id"]


def _firsts(c: Community, w: CalendarWindow, asof: int) -> list[Event]:
    """First paid orders of members, those in the window."""
    return [
        one
        for one in paid_orders(c, asof)
        if inside(w, one["paid_ms"]) and one["number"] == 1 and one["actor_role"] == "member"
    ]


def _base(c: Community, grain: str, w: CalendarWindow, asof: int) -> list[tuple[Key, str]]:
    """member_base: (scope and no slice, person)."""
    return [
        ((scope, ""), one.user)
        for one in spells(c, asof)
        if one.touches(w)
        for scope in scopes(c, grain, one.join)
    ]


def _keyed(c: Community, grain: str, rows: Iterable[Event]) -> list[tuple[Key, str]]:
    """(scope and no slice, person) of events."""
    return [((scope, ""), one["user_id"]) for one in rows for scope in scopes(c, grain, one)]


def _or_unknown(value: str) -> str:
    return value or UNKNOWN


# --- Invitations: B01-B03, B06, B11


def _sent(c: Community, w: CalendarWindow) -> list[Event]:
    return list(within(c, "invite", w, action="sent"))


def _joined(c: Community, one: Event, asof: int) -> bool:
    """Whether somebody joined by the invitation in time."""
    days = c.terms.attribution_days * DAY
    return any(
        spell.join["invite_id"] == one["invite_id"]
        and not spell.roster
        and 0 <= spell.opened - one["event_ms"] <= days
        for spell in spells(c, asof)
    )


def invite_sent_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, one["invite_id"]) for one in _sent(c, w) for scope in scopes(c, grain, one)
    )


def _join_rate(
    c: Community, grain: str, w: CalendarWindow, asof: int, *, by_variant: bool
) -> Found:
    rows = [
        ((scope, _variant(one) if by_variant else ""), one)
        for one in _sent(c, w)
        for scope in scopes(c, grain, one)
    ]
    return among(
        [(key, one["invite_id"]) for key, one in rows],
        [(key, one["invite_id"]) for key, one in rows if _joined(c, one, asof)],
    )


def _variant(one: Event) -> str:
    return "/".join(_or_unknown(one[name]) for name in ("method", "script_id", "channel_id"))


def join_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _join_rate(c, grain, w, asof, by_variant=False)


def join_rate_by_variant(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _join_rate(c, grain, w, asof, by_variant=True)


def _wilson(joined: float, sent: float, sign: int) -> float:
    z = 1.96
    share = joined / sent
    middle = share + z * z / (2 * sent)
    width = z * sqrt(share * (1 - share) / sent + z * z / (4 * sent * sent))
    return (middle + sign * width) / (1 + z * z / sent)


def join_rate_by_variant_lower(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    rates = join_rate_by_variant(c, grain, w, asof)
    return {key: (_wilson(*numbers, -1), numbers[1]) for key, numbers in rates.items()}


def join_rate_by_variant_upper(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    rates = join_rate_by_variant(c, grain, w, asof)
    return {key: (_wilson(*numbers, +1), numbers[1]) for key, numbers in rates.items()}


def join_rate_variant_rank(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    found: Found = {}
    rates = join_rate_by_variant(c, grain, w, asof)
    for scope in {key[0] for key in rates}:
        enough = [
            (-joined / sent, variant)
            for (where, variant), (joined, sent) in rates.items()
            if where == scope and sent >= c.terms.variant_min_sample
        ]
        for rank, (less, variant) in enumerate(sorted(enough), 1):
            found[scope, variant] = (-less, float(rank))
    return found


def join_funnel_step_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    names = ("clicked", "applied", "approved", "joined")
    before: dict[Key, set[str]] = {}
    reached: dict[Key, set[str]] = {}
    for one in _sent(c, w):
        steps = _way(c, one, asof)
        for scope in scopes(c, grain, one):
            for number, name in enumerate(names):
                if steps >= number:
                    before.setdefault((scope, name), set()).add(one["invite_id"])
                if steps > number:
                    reached.setdefault((scope, name), set()).add(one["invite_id"])
    return {
        key: (float(len(reached.get(key, set()))), float(len(mine))) for key, mine in before.items()
    }


def _way(c: Community, sent: Event, asof: int) -> int:
    """How many steps the invitation went on after it was sent, in order and in time."""
    until = sent["event_ms"] + c.terms.attribution_days * DAY
    at, steps = sent["event_ms"], 0
    for name in ("clicked", "applied", "approved", "joined"):
        if name == "joined":
            moments = [
                one.opened
                for one in spells(c, asof)
                if one.join["invite_id"] == sent["invite_id"] and not one.roster
            ]
        else:
            moments = [
                one["event_ms"]
                for one in c.of("invite")
                if one["action"] == name and one["invite_id"] == sent["invite_id"]
            ]
        later = [ms for ms in moments if at <= ms <= until]
        if not later:
            return steps
        at, steps = min(later), steps + 1
    return steps


def admission_pass_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    judged = list(within(c, "invite", w, action=("approved", "rejected")))
    passed = [one for one in judged if one["action"] == "approved"]
    return over(
        total((scope, 1) for one in passed for scope in scopes(c, grain, one)),
        total((scope, 1) for one in judged for scope in scopes(c, grain, one)),
    )


# --- Where members come from: B04, B05, B07, B13, B14, B16, B23


def _by_source(rows: Iterable[tuple[str, Spell]]) -> Found:
    """A count of memberships, split three times."""
    found: Found = {}
    for scope, one in rows:
        for name in ("channel_id", "join_method", "inviter_role"):
            key = (scope, f"{name}:{_or_unknown(one.join[name])}")
            found[key] = (found.get(key, (0.0, 1.0))[0] + 1, 1.0)
    return found


def join_count_by_source(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _by_source(
        (scope, one) for one in _joins(c, w, asof) for scope in scopes(c, grain, one.join)
    )


def new_member_count_by_source(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _by_source(_newcomers(c, grain, w, asof))


def channel_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    joins = total((scope, 1) for one in _joins(c, w, asof) for scope in scopes(c, grain, one.join))
    whole = sum(one for one, _ in joins.values())
    return {key: (one, whole) for key, (one, _) in joins.items()}


def channel_conversion_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    newcomers = list(_newcomers(c, grain, w, asof))
    days = c.terms.channel_days * DAY
    paid = paid_orders(c, asof)
    return among(
        [((scope, ""), one.user) for scope, one in newcomers],
        [
            ((scope, ""), one.user)
            for scope, one in newcomers
            for order in paid
            if order["user_id"] == one.user
            and order["actor_role"] == "member"
            and 0 <= order["event_ms"] - one.opened <= days
        ],
    )


def _fission(c: Community, grain: str, w: CalendarWindow, asof: int) -> list[tuple[str, Spell]]:
    return [
        (scope, one)
        for scope, one in _newcomers(c, grain, w, asof)
        if one.join["inviter_role"] == "member"
    ]


def fission_new_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally((scope, one.user) for scope, one in _fission(c, grain, w, asof))


def fission_channel_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _split_by_channel(
        grain, [(scope, one.join["channel_id"]) for scope, one in _fission(c, grain, w, asof)]
    )


def _split_by_channel(grain: str, rows: list[tuple[str, str]]) -> Found:
    """(scope, channel) of persons: of each channel / all; at grain C the scope is the channel."""
    found: Found = {}
    for scope, channel in rows:
        key = (scope, "" if grain == "C" else _or_unknown(channel))
        found[key] = (found.get(key, (0.0, 0.0))[0] + 1, 0.0)
    return {
        key: (
            mine,
            sum(n for other, (n, _) in found.items() if grain == "C" or other[0] == key[0]),
        )
        for key, (mine, _) in found.items()
    }


def viral_coefficient(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    base = tally((key[0], user) for key, user in _base(c, grain, w, asof))
    return over(fission_new_count(c, grain, w, asof), base)


def _referrals(c: Community, grain: str, w: CalendarWindow, asof: int) -> list[tuple[Key, str]]:
    return [
        ((scope, ""), one.join["inviter_id"])
        for one in _joins(c, w, asof)
        for scope in scopes(c, grain, one.join)
    ]


def referral_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return among(_base(c, grain, w, asof), _referrals(c, grain, w, asof))


def paid_referral_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    payers = {
        one["user_id"]
        for one in paid_orders(c, asof)
        if one["event_ms"] < w.end_ms and one["actor_role"] == "member"
    }
    base = [(key, user) for key, user in _base(c, grain, w, asof) if user in payers]
    return among(base, _referrals(c, grain, w, asof))


def _kols(c: Community) -> set[str]:
    return {row["channel_id"] for row in c.dims["dim_channel"] if row["kind"] == "kol"}


def kol_sourced_join_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return total(
        (scope, 1)
        for one in _joins(c, w, asof)
        if one.join["channel_id"] in _kols(c)
        for scope in scopes(c, grain, one.join)
    )


def kol_sourced_signup_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return total(
        (scope, 1)
        for one in within(c, "activity", w, action="signup", actor_role="member")
        if one["channel_id"] in _kols(c)
        for scope in scopes(c, grain, one)
    )


# --- Money: B09, B10, B26


def _spent(c: Community, grain: str, w: CalendarWindow, asof: int, *kinds: str) -> Found:
    """Spend of the window: of a period the part that lies in it, else what is dated in it."""
    amounts = []
    for one in c.of("spend"):
        start, end = one["period_start_ms"], one["period_end_ms"]
        if end > start:
            overlap = max(0, min(end, w.end_ms) - max(start, w.start_ms))
            part = float(one["amount"]) * overlap / (end - start)
        else:
            part = float(one["amount"]) if inside(w, one["event_ms"]) else 0.0
        if part and one["event_ms"] < asof and (not kinds or one["cost_kind"] in kinds):
            amounts += [(scope, part) for scope in scopes(c, grain, one)]
    return total(amounts)


def cac(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    new = tally((scope, one.user) for scope, one in _newcomers(c, grain, w, asof))
    return over(_spent(c, grain, w, asof, "acquisition"), new)


def cac_paying(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    payers = tally(
        (scope, one["user_id"]) for one in _firsts(c, w, asof) for scope in scopes(c, grain, one)
    )
    return over(_spent(c, grain, w, asof, "acquisition"), payers)


def _earned(c: Community, grain: str, w: CalendarWindow, asof: int, *, with_cost: bool) -> Found:
    """Revenue, or gross profit, of orders paid and refunds dated in the window."""
    orders = {one["order_id"]: one for one in paid_orders(c, asof)}
    amounts = []
    for one in orders.values():
        pieces = zip(one["item_qty"], one["item_cost"], strict=True)
        cost = sum(n * price for n, price in pieces) if with_cost else 0
        if inside(w, one["event_ms"]):
            amounts += [
                (scope, float(one["amount_paid"] - cost)) for scope in scopes(c, grain, one)
            ]
    for one in within(c, "refund", w):
        order = orders.get(one["order_id"], one)
        where = {name: one[name] or order[name] for name in ("channel_id", "campaign_id")}
        back = one["amount"] - (one["cost_reversed"] if with_cost else 0)
        amounts += [(scope, -float(back)) for scope in scopes(c, grain, where)]
    return total(amounts)


def roi(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    spent, profit = _spent(c, grain, w, asof), _earned(c, grain, w, asof, with_cost=True)
    return {
        key: (profit.get(key, (0.0, 1.0))[0] - amount, amount) for key, (amount, _) in spent.items()
    }


def roas(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return over(_earned(c, grain, w, asof, with_cost=False), _spent(c, grain, w, asof))


def alliance_benefit_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return total(
        (scope, 1)
        for one in within(c, "staff_action", w, action_kind="incentive")
        if one["partner_id"]
        for scope in scopes(c, grain, one)
    )


def alliance_benefit_value(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _spent(c, grain, w, asof, "alliance_in_kind")


# --- Leads, activities and pushes: B12, B15, B17-B22, B24, B25


def _leads(c: Community, w: CalendarWindow) -> list[Event]:
    first: dict[str, Event] = {}
    for one in sorted(c.of("contact"), key=_order):
        if one["is_lead"]:
            first.setdefault(one["user_id"], one)
    return [one for one in first.values() if inside(w, one["event_ms"])]


def lead_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally((scope, one["user_id"]) for one in _leads(c, w) for scope in scopes(c, grain, one))


def lead_source_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _split_by_channel(
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
        _keyed(c, grain, within(c, "delivery", w, push_kind="private", action="delivered")),
        _keyed(c, grain, within(c, "delivery", w, push_kind="private", action="read")),
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
    return among(_keyed(c, grain, welcomed), _keyed(c, grain, answered))


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
    return among(_keyed(c, grain, issued), _keyed(c, grain, used))


def signup_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    rows = within(c, "activity", w, action="signup", actor_role="member")
    return tally((key[0], user) for key, user in _keyed(c, grain, rows))


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
        invite_sent_count,
        join_rate,
        join_funnel_step_rate,
        join_count_by_source,
        new_member_count_by_source,
        channel_share,
        join_rate_by_variant,
        join_rate_by_variant_lower,
        join_rate_by_variant_upper,
        join_rate_variant_rank,
        channel_conversion_rate,
        cac,
        cac_paying,
        roi,
        roas,
        admission_pass_rate,
        lead_count,
        lead_source_share,
        fission_new_count,
        fission_channel_share,
        viral_coefficient,
        fission_activity_rate,
        referral_rate,
        paid_referral_rate,
        reach_rate,
        push_read_rate,
        welcome_reply_rate,
        newcomer_offer_redemption_rate,
        signup_count,
        signup_rate,
        signup_to_join_rate,
        kol_sourced_join_count,
        kol_sourced_signup_count,
        survey_response_rate,
        survey_option_share,
        moments_share_count,
        moments_sharer_count,
        alliance_benefit_count,
        alliance_benefit_value,
    )
}
"""Metric name -> its reference."""
