"""B08, the quality of a channel: numbers of its cohort side by side, each as it is defined."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    among,
    inside,
    interactions,
    local_day,
    scopes,
    spells,
)
from tests.reference.catalogue.costs import cac
from tests.reference.catalogue.members import churn_rate, zombie_member_ratio
from tests.reference.catalogue.origins import channel_conversion_rate
from tests.reference.community import Community, Key, Numbers

Found = dict[Key, Numbers]


def _retention_rate_d7(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    """Persons who joined in the window and came back on the seventh day after their own join."""
    seen = {
        (one["group_id"], one["user_id"], local_day(c, one["event_ms"])) for one in interactions(c)
    }
    cohort = [
        (((scope, ""), spell.user), spell)
        for spell in spells(c, asof)
        if inside(w, spell.opened) and not spell.roster
        for scope in scopes(c, grain, spell.join)
    ]
    week = timedelta(days=7)
    return among(
        [pair for pair, _ in cohort],
        [
            pair
            for pair, spell in cohort
            if (spell.group, spell.user, local_day(c, spell.opened) + week) in seen
        ],
    )


PARTS: Mapping[str, Reference] = {
    "retention_rate_d7": _retention_rate_d7,
    "zombie_member_ratio": zombie_member_ratio,
    "churn_rate": churn_rate,
    "channel_conversion_rate": channel_conversion_rate,
    "cac": cac,
}


def channel_quality(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return {
        (scope, name): numbers
        for name, part in PARTS.items()
        for (scope, _), numbers in part(c, grain, w, asof).items()
    }


REFERENCE: Mapping[str, Reference] = {"channel_quality": channel_quality}
"""Metric name -> its reference."""
