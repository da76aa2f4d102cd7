"""Family B, from its definitions in METRICS.md: invitations."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.acquired import (
    Found,
    or_unknown,
)
from tests.reference.catalogue.base import (
    Reference,
    among,
    over,
    scopes,
    spells,
    tally,
    total,
    within,
)
from tests.reference.community import DAY, Community, Event, Key


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
    return "/".join(or_unknown(one[name]) for name in ("method", "script_id", "channel_id"))


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


REFERENCE: Mapping[str, Reference] = {
    one.__name__: one
    for one in (
        invite_sent_count,
        join_rate,
        join_funnel_step_rate,
        join_rate_by_variant,
        join_rate_by_variant_lower,
        join_rate_by_variant_upper,
        join_rate_variant_rank,
        admission_pass_rate,
    )
}
