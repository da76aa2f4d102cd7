"""Weeks of joining, looked for in the weeks after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import Reference, local_day, scopes, spell_row, spells
from tests.reference.catalogue.members import Found, Pairs, acted
from tests.reference.community import Community


def weekly_retention_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    active = acted(c, w.start_ms, w.end_ms)
    cohorts: dict[tuple[str, str], Pairs] = {}
    for it in spells(c, asof):
        joined = local_day(c, it.opened)
        monday = joined - timedelta(days=joined.weekday())
        weeks = (local_day(c, w.start_ms) - monday).days // 7
        if it.opened < w.end_ms and weeks <= 12 and not it.roster:
            for scope in scopes(c, grain, spell_row(it)):
                cohorts.setdefault((scope, str(weeks)), set()).add((it.group, it.user))
    return {key: (float(len(its & active)), float(len(its))) for key, its in cohorts.items()}


REFERENCE: Mapping[str, Reference] = {"weekly_retention_rate": weekly_retention_rate}
