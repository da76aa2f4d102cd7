"""PURE: by what a fallen milestone is split to find the cause, as values of the catalogue.

Each is the milestone's ratio over the trailing day, sliced; `pipeline.core.decomposition` splits
the difference between two moments over the slices.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.catalog.relation import SCOPES, Relation, days
from pipeline.catalog.relations import MEMBER, MEMBERSHIP_EVENTS, persons
from pipeline.catalog.value import Measure, Ratio
from pipeline.catalog.vocabulary import Grain

_EVER = Relation(
    "ever joined",
    """
SELECT group_id, user_id,
    argMax(channel_id, opened_ms) AS channel_id,
    argMax(campaign_id, opened_ms) AS campaign_id,
    max(opened_ms) AS since_ms,
    max(closed_ms) >= %(end_ms)s AS is_member
FROM v_membership
WHERE opened_ms < %(end_ms)s
GROUP BY group_id, user_id""",
    MEMBERSHIP_EVENTS,
)
"""Everybody who ever joined a group, with whether they are still in it."""

SPLITS: Mapping[str, str] = MappingProxyType(
    {
        "channel": SCOPES[Grain.CHANNEL],
        "campaign": "if(campaign_id = '', 'none', campaign_id)",
        "tenure": f"if(since_ms >= %(start_ms)s - {days('new_days')}, 'new', 'old')",
    }
)
"""By what: name -> slice of a member's row. `tenure`: joined within `new_days`, or before."""

_RATIOS: Mapping[str, tuple[Relation, str, str]] = MappingProxyType(
    {
        "in_group_rate": (_EVER, persons("is_member"), persons("1")),
        "daily_active_rate": (MEMBER, persons("is_member AND messages > 0"), persons("is_member")),
        "conversion_rate": (MEMBER, persons("is_member AND paid_orders > 0"), persons("is_member")),
    }
)


def split(metric: str, by: str) -> Ratio:
    """A milestone's ratio by one of `SPLITS`."""
    relation, numerator, denominator = _RATIOS[metric]
    return Ratio(
        Measure(relation, numerator, SPLITS[by]), Measure(relation, denominator, SPLITS[by])
    )
