"""Family B, from its definitions in METRICS.md: where members come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.acquired import (
    Found,
    base_of,
    first_comers,
    opened_in,
    or_unknown,
    split_by_channel,
)
from tests.reference.catalogue.base import (
    Reference,
    Spell,
    among,
    over,
    scopes,
    tally,
    total,
    within,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import DAY, Community, Key


def _by_source(rows: Iterable[tuple[str, Spell]]) -> Found:
    """A count of memberships, split three times."""
    found: Found = {}
    for scope, one in rows:
        for name in ("channel_id", "join_method", "inviter_role"):
            key = (scope, f"{name}:{or_unknown(one.join[name])}")
            found[key] = (found.get(key, (0.0, 1.0))[0] + 1, 1.0)
    return found


def join_count_by_source(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _by_source(
        (scope, one) for one in opened_in(c, w, asof) for scope in scopes(c, grain, one.join)
    )


def new_member_count_by_source(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _by_source(first_comers(c, grain, w, asof))


def channel_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    joins = total(
        (scope, 1) for one in opened_in(c, w, asof) for scope in scopes(c, grain, one.join)
    )
    whole = sum(one for one, _ in joins.values())
    return {key: (one, whole) for key, (one, _) in joins.items()}


def channel_conversion_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    newcomers = list(first_comers(c, grain, w, asof))
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
        for scope, one in first_comers(c, grain, w, asof)
        if one.join["inviter_role"] == "member"
    ]


def fission_new_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally((scope, one.user) for scope, one in _fission(c, grain, w, asof))


def fission_channel_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return split_by_channel(
        grain, [(scope, one.join["channel_id"]) for scope, one in _fission(c, grain, w, asof)]
    )


def viral_coefficient(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    base = tally((key[0], user) for key, user in base_of(c, grain, w, asof))
    return over(fission_new_count(c, grain, w, asof), base)


def _referrals(c: Community, grain: str, w: CalendarWindow, asof: int) -> list[tuple[Key, str]]:
    return [
        ((scope, ""), one.join["inviter_id"])
        for one in opened_in(c, w, asof)
        for scope in scopes(c, grain, one.join)
    ]


def referral_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return among(base_of(c, grain, w, asof), _referrals(c, grain, w, asof))


def paid_referral_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    payers = {
        one["user_id"]
        for one in paid_orders(c, asof)
        if one["event_ms"] < w.end_ms and one["actor_role"] == "member"
    }
    base = [(key, user) for key, user in base_of(c, grain, w, asof) if user in payers]
    return among(base, _referrals(c, grain, w, asof))


def _kols(c: Community) -> set[str]:
    return {row["channel_id"] for row in c.dims["dim_channel"] if row["kind"] == "kol"}


def kol_sourced_join_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return total(
        (scope, 1)
        for one in opened_in(c, w, asof)
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


REFERENCE: Mapping[str, Reference] = {
    one.__name__: one
    for one in (
        join_count_by_source,
        new_member_count_by_source,
        channel_share,
        channel_conversion_rate,
        fission_new_count,
        fission_channel_share,
        viral_coefficient,
        referral_rate,
        paid_referral_rate,
        kol_sourced_join_count,
        kol_sourced_signup_count,
    )
}
