"""Family H: paths to the first order and what goes with it, from its definitions in METRICS.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import erfc, sqrt

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    interactions,
    scopes,
    spell_row,
    spells,
)
from tests.reference.catalogue.funnels import newcomers
from tests.reference.catalogue.segments import orders_of
from tests.reference.community import DAY, Community, Event, Key, Numbers

Found = dict[Key, Numbers]
Person = tuple[str, str]


def path(c: Community, user: str, until: int) -> tuple[str, ...]:
    """Types of events of a person in the path days before a moment, each at its first place."""
    since = until - c.terms.path_days * DAY
    mine = [
        one
        for one in sorted(c.events, key=lambda one: (one["event_ms"], one["event_type"]))
        if one["user_id"] == user
        and one["actor_role"] == "member"
        and since <= one["event_ms"] < until
    ]
    return tuple(dict.fromkeys(one["event_type"] for one in mine))


def paths(c: Community, grain: str, w: CalendarWindow, asof: int) -> dict[Person, tuple[str, bool]]:
    """Member of the window -> the path, and whether it ended with the first order."""
    orders, found = orders_of(c), dict[Person, tuple[tuple[str, ...], bool]]()
    for spell in spells(c, asof):
        first = min((one["event_ms"] for one in orders.get(spell.user, ())), default=w.end_ms)
        if spell.touches(w) and first >= w.start_ms:
            until = min(first, w.end_ms)
            for scope in scopes(c, grain, spell_row(spell)):
                found[scope, spell.user] = (path(c, spell.user, until), first < w.end_ms)
    return {who: (">".join(steps) or "nothing", paid) for who, (steps, paid) in found.items()}


def conversion_path(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    told = paths(c, grain, w, asof)
    every = Counter((scope, steps) for (scope, _), (steps, _) in told.items())
    paid = Counter((scope, steps) for (scope, _), (steps, so) in told.items() if so)
    found: Found = {}
    for scope in {scope for scope, _ in every}:
        mine = sorted((-paid[key], -every[key], key[1]) for key in every if key[0] == scope)
        for number, of, steps in mine[: c.terms.top_n]:
            found[scope, steps] = (-number, -of)
    return found


def conversion_transition(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    moves, stood = Counter[Key](), Counter[Key]()
    for (scope, _), (steps, paid) in paths(c, grain, w, asof).items():
        if paid:
            walked = [*steps.split(">"), "paid"] if steps != "nothing" else []
            for one, then in pairwise(walked):
                moves[scope, f"{one}>{then}"] += 1
                stood[scope, one] += 1
    return {
        (scope, move): (number, stood[scope, move.split(">")[0]])
        for (scope, move), number in moves.items()
    }


@dataclass
class Arms:
    """Newcomers with a trait and without it, and those of them who bought."""

    n1: int
    bought1: int
    n0: int
    bought0: int

    @property
    def rates(self) -> tuple[float, float]:
        return self.bought1 / self.n1, self.bought0 / self.n0

    @property
    def p(self) -> float:
        """Two-sided p of the pooled test of two shares; 1 where all or nobody bought."""
        pooled = (self.bought1 + self.bought0) / (self.n1 + self.n0)
        error = sqrt(pooled * (1 - pooled) * (1 / self.n1 + 1 / self.n0))
        if not error:
            return 1
        return erfc(abs(self.rates[0] - self.rates[1]) / error / sqrt(2))


def deeds(c: Community) -> Iterator[tuple[Event, str]]:
    """What newcomers may do: interactions, views, and tags that are put on them."""
    for one in interactions(c):
        yield one, f"did:{one['event_type']}"
    for one in c.of("view"):
        if one["actor_role"] == "member":
            yield one, "did:view"
    for one in c.of("tag"):
        if one["action"] == "add":
            yield {**one, "group_id": ""}, f"tag:{one['tag_id']}"


def factors(c: Community, grain: str, w: CalendarWindow, asof: int) -> dict[Key, Arms]:
    """(scope, trait) -> its arms."""
    orders = orders_of(c)
    traits: dict[str, dict[str, set[str]]] = {}
    bought: dict[str, set[str]] = {}
    for spell in newcomers(c, w, asof):
        until = spell.opened + c.terms.factor_days * DAY
        mine = {
            name
            for one, name in deeds(c)
            if one["user_id"] == spell.user
            and one["group_id"] in ("", spell.group)
            and spell.opened <= one["event_ms"] < until
        }
        mine.add(f"channel:{spell.join['channel_id'] or 'unknown'}")
        if spell.join["script_id"]:
            mine.add(f"script:{spell.join['script_id']}")
        pays = any(
            spell.opened <= one["event_ms"] < spell.opened + c.terms.channel_days * DAY
            for one in orders.get(spell.user, ())
        )
        for scope in scopes(c, grain, spell_row(spell)):
            traits.setdefault(scope, {}).setdefault(spell.user, set()).update(mine)
            if pays:
                bought.setdefault(scope, set()).add(spell.user)
    found = {}
    for scope, people in traits.items():
        buyers = bought.get(scope, set())
        for trait in set().union(*people.values()):
            having = {user for user, mine in people.items() if trait in mine}
            found[scope, trait] = Arms(
                len(having),
                len(having & buyers),
                len(people) - len(having),
                len(buyers - having),
            )
    return found


def factor_conversion_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return {key: (arms.bought1, arms.n1) for key, arms in factors(c, grain, w, asof).items()}


def key_conversion_factor(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return {key: arms.rates for key, arms in factors(c, grain, w, asof).items() if arms.n0}


def factor_conversion_difference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return {
        key: (arms.rates[0] - arms.rates[1], arms.n1)
        for key, arms in factors(c, grain, w, asof).items()
        if arms.n0
    }


def factor_p_value(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    """Corrected by Benjamini and Hochberg among the traits of a scope."""
    arms = factors(c, grain, w, asof)
    found: Found = {}
    for scope in {scope for scope, _ in arms}:
        tested = sorted(
            (one.p, trait) for (at, trait), one in arms.items() if at == scope and one.n0
        )
        least = 1.0
        for rank in range(len(tested), 0, -1):
            p, trait = tested[rank - 1]
            least = min(least, p * len(tested) / rank)
            found[scope, trait] = (least, arms[scope, trait].n1)
    return found


REFERENCE: Mapping[str, Reference] = {
    "conversion_path": conversion_path,
    "conversion_transition": conversion_transition,
    "key_conversion_factor": key_conversion_factor,
    "factor_conversion_rate": factor_conversion_rate,
    "factor_conversion_difference": factor_conversion_difference,
    "factor_p_value": factor_p_value,
}
"""Metric name -> its reference."""
