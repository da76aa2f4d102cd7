"""PURE: by what a rate that changed is split to find the cause, as SQL of the catalogue.

Whatever is a ratio over relations can be split by what their rows have: channel, campaign, age of
the membership, role, staff, hour. One statement answers a window for all splits at once, as cells
that `pipeline.core.attribution` takes. Dialect: ClickHouse 24.8 and later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.catalog.families.activity.relations import TOOK_PART
from pipeline.catalog.families.members.relations import MEMBERSHIP
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import SCOPES, Relation, days, local_hour, within
from pipeline.catalog.relations import MEMBER, MEMBERSHIP_EVENTS, persons
from pipeline.catalog.value import Measure, Ratio, ratio
from pipeline.catalog.vocabulary import Grain
from schemas.event_type import EventType

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

_MEMBERSHIP = Relation(
    "membership with its age",
    f"SELECT *, opened_ms AS since_ms FROM ({MEMBERSHIP.sql})",
    MEMBERSHIP_EVENTS,
)

_BUYER = Relation(
    "buyer",
    f"""
SELECT group_id, user_id,
    argMax(channel_id, paid_ms) AS channel_id,
    argMax(campaign_id, paid_ms) AS campaign_id,
    argMax(staff_id, paid_ms) AS staff_id,
    uniqExact(order_id) AS orders
FROM v_paid_order
WHERE paid_ms >= %(end_ms)s - {days("rolling_days")} AND paid_ms < %(end_ms)s
    AND actor_role = 'member'
GROUP BY group_id, user_id""",
    (EventType.ORDER,),
)
"""Persons with a paid order of a group in the rolling window before the end, and how many."""

_IS_BUYER = "is_member AND paid_orders > 0"

ALIKE: Mapping[str, Ratio] = MappingProxyType(
    {
        "in_group_rate": ratio(_EVER, persons("is_member"), persons("1")),
        "daily_active_rate": ratio(
            MEMBER, persons("is_member AND messages > 0"), persons("is_member")
        ),
        "conversion_rate": ratio(MEMBER, persons(_IS_BUYER), persons("is_member")),
        "leave_rate": ratio(_MEMBERSHIP, "countIf(is_leave)", "count()"),
        "activity_participation_rate": ratio(
            MEMBER,
            persons(
                "(group_id, user_id) IN ("
                f"SELECT group_id, user_id FROM v_activity WHERE {within()} AND {TOOK_PART})"
            ),
            persons("1"),
        ),
        "repurchase_rate": ratio(_BUYER, persons("orders >= 2"), persons("1")),
    }
)
"""Metrics that are split otherwise than they are computed, by name: as the alert sees them (only
who is a member at the end counts), or over a relation that has what to split by."""

STEPS: Mapping[str, Sequence[tuple[tuple[str, ...], tuple[str, ...]]]] = MappingProxyType(
    {
        "conversion_rate": (
            (
                ("spoke", "ordered after speaking"),
                ("is_member", "is_member AND messages > 0", f"{_IS_BUYER} AND messages > 0"),
            ),
            (("ordered in silence",), ("is_member", f"{_IS_BUYER} AND messages = 0")),
        )
    }
)
"""The ways through which members come to a rate's numerator, each a funnel: names of the steps
after the first, and conditions on a row of `MEMBER` that each step fulfils beside the earlier."""

_ROLES = (
    "(SELECT arraySort(groupArray((concat(group_id, '/', user_id), role))) FROM ("
    "SELECT group_id, user_id, min(role) AS role FROM v_dim_member_role"
    " WHERE valid_from_ms < %(end_ms)s AND (valid_to_ms = 0 OR valid_to_ms > %(start_ms)s)"
    " GROUP BY group_id, user_id))"
)


@dataclass(frozen=True)
class Split:
    """One way to split: the label of a row, from columns that it `needs`."""

    name: str
    needs: tuple[str, ...]
    label: str

    def fits(self, columns: Collection[str]) -> bool:
        """Whether a relation of these columns can be split so."""
        return set(self.needs) <= set(columns)


def _hours(column: str) -> str:
    hour = local_hour(column)
    return f"multiIf({hour} < 6, '00-06', {hour} < 12, '06-12', {hour} < 18, '12-18', '18-24')"


def _named(column: str) -> str:
    return f"if({column} = '', 'none', {column})"


SPLITS: tuple[Split, ...] = (
    Split("group", ("group_id",), "group_id"),
    Split("channel", ("channel_id",), SCOPES[Grain.CHANNEL]),
    Split("campaign", ("campaign_id",), _named("campaign_id")),
    Split(
        "tenure",
        ("since_ms",),
        f"if(since_ms >= %(start_ms)s - {days('new_days')}, 'new', 'old')",
    ),
    Split(
        "role",
        ("since_ms", "user_id"),
        f"transform(concat(group_id, '/', user_id), {_ROLES}.1, {_ROLES}.2, 'none')",
    ),
    Split("staff", ("staff_id",), _named("staff_id")),
    Split("script", ("script_id",), _named("script_id")),
    Split("kind", ("session_kind",), _named("session_kind")),
    Split("push", ("push_kind",), _named("push_kind")),
    Split("hour", ("session_kind", "opened_ms"), _hours("opened_ms")),
    Split("hour", ("message_id", "event_ms"), _hours("event_ms")),
)
"""By what, in the order in which a cause is named where two say as much. channel and campaign are
those of the newest join, or of the event; tenure new = joined within `new_days`; role = KOL, KOC
and so on; script = the wording that was sent."""

WIDE = ("group", "channel", "tenure", "staff")
"""What a scope of many groups is split by: with every split it would fall into single members."""


def ratio_of(metric: Metric) -> Ratio | None:
    """The ratio by which a metric is split; None where it cannot be."""
    if metric.name in ALIKE:
        return ALIKE[metric.name]
    return metric.value if isinstance(metric.value, Ratio) else None


def splits_of(columns: Collection[str], grain: Grain) -> tuple[Split, ...]:
    """The splits that rows of these columns allow, for one scope of a grain.

    A group is not split by group, nor a channel by channel, and so on.
    """
    own = {Grain.GROUP: "group", Grain.CHANNEL: "channel", Grain.CAMPAIGN: "campaign"}
    own[Grain.STAFF] = "staff"
    return tuple(
        split
        for split in SPLITS
        if split.fits(columns)
        and split.name != own.get(grain)
        and (grain is Grain.GROUP or split.name in WIDE)
    )


def columns_sql(relation: Relation) -> str:
    """A statement whose rows name the columns of a relation; it reads no fact."""
    return f"DESCRIBE TABLE ({relation.sql}\n)"


def cells_sql(measures: Sequence[Measure], splits: Sequence[Split], grain: Grain) -> str:
    """Measures of one relation in one scope (parameter `scope_id`), cell by cell.

    Columns: by0, by1, ... the labels of the splits, then m0, m1, ... the measures.
    """
    relation = measures[0].relation
    labels = [f"{one.label} AS by{place}" for place, one in enumerate(splits)]
    numbers = [f"toFloat64({one.select}) AS m{place}" for place, one in enumerate(measures)]
    scope = {**SCOPES, **relation.scopes}[grain]
    where = "" if grain is Grain.OVERALL else f"\nWHERE {scope} = %(scope_id)s"
    by = ", ".join(f"by{place}" for place in range(len(splits)))
    return f"SELECT {', '.join([*labels, *numbers])}\nFROM ({relation.sql}\n){where}" + (
        f"\nGROUP BY {by}" if by else ""
    )


def steps_of(metric: Metric) -> tuple[tuple[tuple[str, ...], tuple[Measure, ...]], ...]:
    """`STEPS` of a metric as measures."""
    return tuple(
        (names, tuple(Measure(MEMBER, persons(condition)) for condition in conditions))
        for names, conditions in STEPS.get(metric.name, ())
    )
