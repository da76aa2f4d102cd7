"""Members as signals that have a form of their own: moves between segments, stages, cohorts."""

from __future__ import annotations

from dataclasses import replace

from grafana.catalogued import EMPTY
from grafana.milestones import title
from grafana.reading import (
    DAY_S,
    closed,
    ended_within,
    meaning,
    metric,
    recent_s,
    scopes,
    together,
)
from grafana.signals import Field, Look, Signal, Unit, sql
from grafana.slices import NOON_S, distribution, last_window
from pipeline.catalog.families.members.retention import COHORT_WEEKS
from pipeline.core.calendar import Period

SEGMENTS = ("potential", "new", "core", "dormant")
STAGE_DAYS, STAGES = "journey_stage_days", "journey_stage_count"
SHOWN_WEEKS = 24


def leavers(side: str, word: str, by: str) -> Signal:
    """Who left in the last closed month, by one side of the profile; `by` tells it in words."""
    split = distribution("leaver_profile", Period.MONTH, word, prefix=f"{side}=")
    return replace(split, title=f"{title(metric('leaver_profile'))} by {by}, month")


def migration() -> Signal:
    """From which segment to which: one row a segment before, one column a segment after."""
    one = metric("segment_migration", Period.MONTH)
    columns = ",\n    ".join(
        f"sumIf(numerator, splitByChar('>', slice)[2] = '{name}') AS `now {name}`"
        for name in SEGMENTS
    )
    return Signal(
        id="segment_migration",
        title=f"{title(one)}, month",
        description=f"{meaning(one)} The last closed month by the end of the board's range; one "
        f"row a segment at its start, one column a segment at its end. {together(one)}",
        unit=Unit.COUNT,
        queries=(
            sql(
                f"""\
SELECT
    splitByChar('>', slice)[1] AS `was`,
    {columns}
FROM v_metric_value
WHERE {last_window(one, Period.MONTH)}
GROUP BY `was`
ORDER BY indexOf({list(SEGMENTS)}, `was`)"""
            ),
        ),
        fields={
            "was": Field(unit=Unit.TEXT),
            **{f"now {name}": Field(look=Look.HEAT) for name in SEGMENTS},
        },
        empty=EMPTY,
    )


def journey() -> Signal:
    """How many members of each community type are in which stage, and how long they stay."""
    count, days = metric(STAGES, Period.MONTH), metric(STAGE_DAYS, Period.MONTH)
    rows = (
        f"metric IN ('{STAGES}', '{STAGE_DAYS}') AND {closed(Period.MONTH)} AND grain = 'T'"
        f" AND {ended_within(Period.MONTH, recent_s(count, Period.MONTH))}"
    )
    return Signal(
        id="journey_stages",
        title=f"{title(count)}, month",
        description=f"{meaning(count)} {meaning(days)} The last closed month by the end of the "
        "board's range, by community type: a stage belongs to no group. n: stays that the days are "
        "of.",
        unit=Unit.COUNT,
        queries=(
            sql(
                f"""\
SELECT
    scope_id AS `community type`,
    slice AS `stage`,
    maxIf(value, metric = '{STAGES}') AS `members`,
    maxIf(value, metric = '{STAGE_DAYS}') AS `days`,
    maxOrNullIf(denominator, metric = '{STAGE_DAYS}') AS `n`
FROM v_metric_value
WHERE {rows}
    AND window_start = (SELECT max(window_start) FROM v_metric_value WHERE {rows})
GROUP BY scope_id, slice
ORDER BY scope_id, `members` DESC, slice
LIMIT 100"""
            ),
        ),
        fields={
            "community type": Field(unit=Unit.TEXT),
            "stage": Field(unit=Unit.TEXT),
            "days": Field(unit=Unit.DAYS, decimals=1),
            "n": Field(look=Look.PAST),
        },
        empty=EMPTY,
    )


def _cells() -> str:
    return ",\n    ".join(
        f"sumOrNullIf(active, weeks = {after}) / sumIf(members, weeks = {after}) AS `{after}`"
        for after in range(COHORT_WEEKS + 1)
    )


def retention_by_week() -> Signal:
    """Who joined in a week, looked for in that week and those after it: a row a week of joining."""
    one = metric("weekly_retention_rate", Period.WEEK)
    return Signal(
        id="retention_by_week",
        title="Active again, week by week",
        description=f"{meaning(one)} One row for each week of joining, rosters left out, of the "
        f"{SHOWN_WEEKS} that the rollup closed last; one column for each week after it. n: "
        f"memberships, a person in two groups twice. Deeper is more. {together(one)}",
        unit=Unit.RATIO,
        queries=(
            sql(
                f"""\
SELECT
    joined AS `week of joining`,
    toUInt64(argMax(members, weeks)) AS `n`,
    {_cells()}
FROM (
    SELECT
        toUInt8OrZero(slice) AS weeks,
        toDate(window_start + {NOON_S}) - 7 * weeks AS joined,
        sum(numerator) AS active,
        sum(denominator) AS members
    FROM v_metric_value
    WHERE metric = '{one.name}' AND {closed(Period.WEEK)} AND {scopes(one)}
    AND {ended_within(Period.WEEK, SHOWN_WEEKS * 7 * DAY_S)}
    GROUP BY joined, weeks
)
GROUP BY joined
HAVING min(weeks) = 0
ORDER BY joined DESC"""
            ),
        ),
        fields={
            "week of joining": Field(unit=Unit.TEXT),
            "n": Field(),
            **{
                str(after): Field(unit=Unit.RATIO, look=Look.HEAT, decimals=0)
                for after in range(COHORT_WEEKS + 1)
            },
        },
        empty="No week is closed, or nobody joined",
    )
