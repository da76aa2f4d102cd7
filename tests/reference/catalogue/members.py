"""Family A, from its definitions in METRICS.md."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import Reference, inside, over, scopes, spell_row, spells, tally
from tests.reference.community import Community, Key, Numbers


def member_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> dict[Key, Numbers]:
    return tally(
        (scope, spell.user)
        for spell in spells(c, asof)
        if spell.at(w.end_ms)
        for scope in scopes(c, grain, spell_row(spell))
    )


def membership_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> dict[Key, Numbers]:
    return tally(
        (scope, f"{spell.user} {spell.group}")
        for spell in spells(c, asof)
        if spell.at(w.end_ms)
        for scope in scopes(c, grain, spell_row(spell))
    )


def join_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> dict[Key, Numbers]:
    return tally(
        (scope, f"{spell.user} {spell.group} {spell.opened}")
        for spell in spells(c, asof)
        if inside(w, spell.opened) and not spell.roster
        for scope in scopes(c, grain, spell_row(spell))
    )


def leave_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> dict[Key, Numbers]:
    return tally(
        (scope, f"{spell.user} {spell.group} {spell.closed}")
        for spell in spells(c, asof)
        if inside(w, spell.closed)
        for scope in scopes(c, grain, spell_row(spell))
    )


def in_group_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> dict[Key, Numbers]:
    ever = tally(
        (scope, spell.user)
        for spell in spells(c, asof)
        if spell.opened < w.end_ms
        for scope in scopes(c, grain, spell_row(spell))
    )
    return over(member_count(c, grain, w, asof), ever)


REFERENCE: Mapping[str, Reference] = {
    "member_count": member_count,
    "membership_count": membership_count,
    "join_count": join_count,
    "leave_count": leave_count,
    "in_group_rate": in_group_rate,
}
"""Metric name -> its reference."""
