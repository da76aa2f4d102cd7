"""Counts from the minute windows as signals: what just happened, and this week beside the last.

Time comes from v_now, which is event time wherever the clock runs. The minute that is still open,
and what the pipeline may still be writing, are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana.signals import CHOSEN, Field, Look, Signal, Unit, sql

RECENT_MIN = 30
WEEK_S = 7 * 86_400
SETTLE_S = 2
"""Wall seconds after which what happened is stored; the clock's rate makes event time of them."""

UNTIL = f"(SELECT toStartOfMinute(now - toUInt32({SETTLE_S} * rate)) FROM v_now)"
"""The end, exclusive, of the last minute that is stored whole."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A column of group_minute that may be added up."""

    column: str
    title: str
    meaning: str
    unit: Unit = Unit.COUNT


MEASURES: Sequence[Measure] = (
    Measure(
        column="messages",
        title="Messages",
        meaning="C01 message_count: chats but those of bots and system notices",
    ),
    Measure(
        column="member_messages",
        title="Member messages",
        meaning="chats of members, staff left out",
    ),
    Measure(column="join_events", title="Joins", meaning="joins as they came, rosters left out"),
    Measure(column="leave_events", title="Leaves", meaning="leaves as they came"),
    Measure(column="paid_orders", title="Paid orders", meaning="F03 order_count: orders paid"),
    Measure(
        column="gmv",
        title="GMV",
        meaning="F05 gmv: amounts of the paid orders, gross, in the one reporting currency",
        unit=Unit.MONEY,
    ),
)

_OF = {measure.column: measure for measure in MEASURES}


def _days(span_s: int, shift: str = "") -> str:
    """The days, mostly one, that hold the last `span_s` seconds."""
    return f"event_date >= toDate(until - {span_s}){shift} AND event_date <= toDate(until){shift}"


def right_now(measure: Measure) -> Signal:
    """The last 30 minutes against the same time last week."""
    span, column = RECENT_MIN * 60, f"toFloat64({measure.column})"
    recent = f"minute >= until - {span} AND minute < until"
    before = f"minute >= until - {WEEK_S + span} AND minute < until - {WEEK_S}"
    return Signal(
        id=f"{measure.column}_now",
        title=f"{measure.title}, last {RECENT_MIN} min",
        description=f"{measure.meaning.capitalize()}, in the last {RECENT_MIN} closed minutes of "
        "the chosen groups, the same minutes one week earlier, and the change. Event time, from "
        "v_now. No change is shown where last week has none.",
        unit=measure.unit,
        queries=(
            sql(
                f"""\
WITH {UNTIL} AS until
SELECT
    sumIf({column}, {recent}) AS `now`,
    sumIf({column}, {before}) AS `last week`,
    if(`last week` = 0, NULL, `now` / `last week` - 1) AS `change`
FROM v_group_minute_part
WHERE ({_days(span)} OR {_days(span, " - 7")})
    AND (({recent}) OR ({before}))
    AND {CHOSEN}"""
            ),
        ),
        fields={
            "last week": Field(unit=measure.unit, look=Look.PAST),
            "change": Field(unit=Unit.RATIO, decimals=0, empty="nothing last week"),
        },
        empty="No minute windows",
    )


def course(signal_id: str, title: str, columns: Sequence[str]) -> Signal:
    """Columns over the board's range, this week and, dashed, the last."""
    measures = [_OF[column] for column in columns]
    several = len(measures) > 1
    fields: dict[str, Field] = {}
    selected = []
    for measure in measures:
        value = f"sumIf({measure.column}, week = {{}})"
        this, last = "this week", "last week"
        if several:
            lead = measure.title.lower()
            this, last = f"{lead}, this week", f"{lead}, last week"
        selected += [f"{value.format(0)} AS `{this}`", f"{value.format(1)} AS `{last}`"]
        fields[last] = Field(unit=measure.unit, look=Look.PAST)
    sums = ",\n    ".join(selected)
    nothing = ", ".join(f"toFloat64(0) AS {column}" for column in columns)
    added = ", ".join(f"sum(toFloat64({column})) AS {column}" for column in columns)
    return Signal(
        id=signal_id,
        title=title,
        description=f"{'; '.join(measure.meaning for measure in measures)}. Per bucket of the "
        "chosen groups; dashed: the same time one week earlier. Event time; a bucket that is "
        "still open is left out. Nothing stored is 0.",
        unit=measures[0].unit,
        queries=(
            sql(
                f"""\
SELECT
    toDateTime(intDiv(toUInt32(at), $__interval_s) * $__interval_s, 'UTC') AS time,
    {sums}
FROM (
    SELECT minute + week * {WEEK_S} AS at, week, {", ".join(columns)}
    FROM (
        SELECT minute, {added}
        FROM v_group_minute_part
        WHERE ({_days_shown()} OR {_days_shown(" - 7")})
            AND ($__timeFilter(minute) OR $__timeFilter(minute + {WEEK_S}))
            AND {CHOSEN}
        GROUP BY minute
    )
    ARRAY JOIN [0, 1] AS week
    WHERE $__timeFilter(minute + week * {WEEK_S})
    UNION ALL
    SELECT $__fromTime + arrayJoin(range(toUInt64({_SPAN_S} / $__interval_s)))
        * $__interval_s AS at, 0 AS week, {nothing}
)
GROUP BY time
HAVING time + $__interval_s <= {UNTIL}
ORDER BY time"""
            ),
        ),
        fields=fields,
        empty="No minute windows in this range",
    )


_SPAN_S = "(toUInt32($__toTime) - toUInt32($__fromTime))"


def _days_shown(shift: str = "") -> str:
    """Days of the board's range, in UTC as `event_date` is."""
    first, last = (
        f"toDate(toDateTime(toUInt32({edge}), 'UTC')){shift}"
        for edge in ("$__fromTime", "$__toTime")
    )
    return f"event_date >= {first} AND event_date <= {last}"
