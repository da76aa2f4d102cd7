"""Members as signals that have a form of their own: moves between segments, stages, cohorts."""

from __future__ import annotations

from dataclasses import replace

from grafana.catalogued import EMPTY
from grafana.milestones import title
from grafana.reading import AS_OF_S, closed, ended_within, meaning, metric, recent_s, together
from grafana.signals import CHOSEN, Field, Look, Signal, Unit, sql
from grafana.slices import distribution, last_window
from pipeline.core.calendar import Period

SEGMENTS = ("potential", "new", "core", "dormant")
STAGE_DAYS, STAGES = "journey_stage_days", "journey_stage_count"
WEEKS = 12


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
        f"if(week + {after} > newest, NULL,"
        f" countIf(bitTest(seen, week + {after})) / n) AS `{after}`"
        for after in range(WEEKS + 1)
    )


def _week(ms: str) -> str:
    """Number of the week that a moment lies in, from 1: those of `begins`."""
    return f"transform(roundDown({ms}, begins), begins, range(1, toInt64(length(begins)) + 1), 0)"


RETENTION_BY_WEEK = Signal(
    id="retention_by_week",
    title="Active again, week by week",
    description="Of the memberships that opened in a week (rosters left out), the share of whose "
    f"member interacted in the group in that week and in each of the {WEEKS} after it; n = "
    "memberships, a person in two groups twice. Weeks of the reporting zone, those that the rollup "
    "has closed; deeper is more.",
    unit=Unit.RATIO,
    queries=(
        sql(
            f"""\
WITH
    (
        SELECT arraySort(groupArray(window_start_ms))
        FROM (
            SELECT window_start_ms
            FROM v_rollup_window
            WHERE `window` = 'W' AND window_start_ms <= {AS_OF_S} * 1000 - 604800000
            ORDER BY window_start_ms DESC
            LIMIT {2 * WEEKS}
        )
    ) AS weeks,
    toInt64(length(weeks)) AS newest,
    if(newest = 0, toInt64({AS_OF_S} * 1000), weeks[1]) AS since,
    if(newest = 0, [toInt64(0)], weeks) AS begins
SELECT
    toDate(toDateTime(intDiv(weeks[week] + 43200000, 1000), 'UTC')) AS `week of joining`,
    count() AS `n`,
    {_cells()}
FROM (
    SELECT DISTINCT group_id, user_id, {_week("opened_ms")} AS week
    FROM v_membership
    WHERE {CHOSEN} AND is_roster = 0 AND opened_ms >= since
        AND opened_ms < weeks[-1] + 604800000
) AS joined
LEFT JOIN (
    SELECT
        group_id, user_id, groupBitOr(bitShiftLeft(toUInt64(1), {_week("event_ms")})) AS seen
    FROM v_member_interaction
    WHERE {CHOSEN} AND event_date >= toDate(toDateTime(intDiv(since, 1000), 'UTC'))
        AND event_ms >= since AND event_ms < weeks[-1] + 604800000
    GROUP BY group_id, user_id
) AS active USING (group_id, user_id)
GROUP BY week
ORDER BY week DESC"""
        ),
    ),
    fields={
        "week of joining": Field(unit=Unit.TEXT),
        "n": Field(),
        **{
            str(after): Field(unit=Unit.RATIO, look=Look.HEAT, decimals=0)
            for after in range(WEEKS + 1)
        },
    },
    empty="No week is closed, or nobody joined",
)
