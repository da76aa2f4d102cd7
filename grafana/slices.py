"""Distributions of the catalogue as signals: bars of a split, hours by weekdays, cohorts."""

from __future__ import annotations

from collections.abc import Sequence

from grafana.catalogued import EMPTY
from grafana.milestones import title
from grafana.reading import (
    AS_OF,
    SPOKEN,
    addable,
    closed,
    ended_within,
    meaning,
    metric,
    recent_s,
    scopes,
    together,
    unit,
)
from grafana.signals import Field, Look, Signal, Unit, sql
from pipeline.catalog.metric import Metric
from pipeline.catalog.value import Shares
from pipeline.catalog.vocabulary import Zero
from pipeline.core.calendar import Period
from pipeline.errors import CatalogError

MOST_SLICES = 30
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NOON_S = 43_200
"""From a local midnight to a moment whose UTC date is the local one, in zones up to 12 hours."""


def last_window(one: Metric, period: Period, *, alone: bool = False) -> str:
    """Conditions: the rows of its last closed window; none of several scopes that do not add up."""
    rows = (
        f"metric = '{one.name}' AND {closed(period)}\n    AND {scopes(one, alone=alone)}"
        f"\n    AND {ended_within(period, recent_s(one, period))}"
    )
    inner = rows.replace("\n", "\n        ")
    only_one = (
        ""
        if addable(one)
        else f"""
    AND 1 = (
        SELECT uniqExact(scope_id)
        FROM v_metric_value
        WHERE {inner}
    )"""
    )
    return f"""\
{rows}
    AND window_start = (
        SELECT max(window_start)
        FROM v_metric_value
        WHERE {inner}
    ){only_one}"""


def distribution(
    name: str,
    period: Period,
    word: str,
    *,
    ordered: bool = False,
    prefix: str = "",
    alone: bool = False,
) -> Signal:
    """How a metric is split in its last closed window: one row a slice, the largest first.

    `word`: what a slice is; `ordered`: by the slice itself, as hours are. `prefix`: only slices
    that begin so, as where one metric is split in several ways. `alone`: on a board of one group.
    """
    one = metric(name, period)
    shares = isinstance(one.value, Shares)
    if shares:
        columns = (
            "sum(numerator) / nullIf(sum(sum(numerator)) OVER (), 0) AS `share`,"
            "\n    sum(numerator) AS `n`"
        )
        fields = {"share": Field(unit=Unit.RATIO, decimals=1), "n": Field(look=Look.PAST)}
    elif one.zero is Zero.COUNT:
        columns, fields = f"sum(numerator) AS `{one.words}`", {one.words: Field(unit=unit(one))}
    else:
        columns = "max(value) AS `value`,\n    max(denominator) AS `n`"
        fields = {"value": Field(unit=unit(one), decimals=1), "n": Field(look=Look.PAST)}
    first = next(iter(fields))
    order = f"length(`{word}`), `{word}`" if ordered else f"`{first}` DESC, `{word}`"
    label = f"substring(slice, {len(prefix) + 1})" if prefix else "slice"
    only = f"\n    AND startsWith(slice, '{prefix}')" if prefix else "\n    AND slice != ''"
    spoken = SPOKEN[period]
    return Signal(
        id=f"{name}_split{prefix.rstrip(':/=')}",
        title=f"{title(one)}, {spoken.word}",
        description=f"{meaning(one)} The last closed {spoken.word} by the end of the board's range,"
        f" one bar a {word}, at most {MOST_SLICES}. {together(one)}",
        unit=fields[first].unit,
        queries=(
            sql(
                f"""\
SELECT
    {label} AS `{word}`,
    {columns}
FROM v_metric_value
WHERE {last_window(one, period, alone=alone)}{only}
GROUP BY `{word}`
ORDER BY {order}
LIMIT {MOST_SLICES}"""
            ),
        ),
        fields={word: Field(unit=Unit.TEXT), **fields},
        empty=EMPTY,
    )


def week_map(name: str) -> Signal:
    """A metric split by weekday and hour (slice d-h) as seven rows of 24 coloured cells."""
    one = metric(name, Period.WEEK)
    hours = [f"{hour:02d}" for hour in range(24)]
    columns = ",\n    ".join(
        f"sumIf(numerator, hour = {number}) AS `{hour}`" for number, hour in enumerate(hours)
    )
    days = ", ".join(f"'{day}'" for day in WEEKDAYS)
    return Signal(
        id=f"{name}_map",
        title=f"{title(one)}, week",
        description=f"{meaning(one)} Messages of the last closed week by the end of the board's "
        f"range, by weekday and hour of the reporting zone; deeper is more. {together(one)}",
        unit=Unit.COUNT,
        queries=(
            sql(
                f"""\
SELECT
    [{days}][day] AS `weekday`,
    {columns}
FROM (
    SELECT
        toUInt8OrZero(splitByChar('-', slice)[1]) AS day,
        toUInt8OrZero(splitByChar('-', slice)[2]) AS hour,
        numerator
    FROM v_metric_value
    WHERE {last_window(one, Period.WEEK).replace(chr(10), chr(10) + "    ")}
)
GROUP BY day
ORDER BY day"""
            ),
        ),
        fields={
            "weekday": Field(unit=Unit.TEXT),
            **{hour: Field(look=Look.HEAT) for hour in hours},
        },
        empty=EMPTY,
    )


def _ripe(one: Metric) -> str:
    """SQL: whether all days of a week of cohorts are final."""
    return (
        f"countIf(metric = '{one.name}' AND note = 'immature') = 0"
        f" AND `week of joining` + {7 + one.matures_days} <= toDate({AS_OF})"
    )


def cohorts(signal_id: str, heading: str, names: Sequence[str]) -> Signal:
    """Rates of the same people at several ages, by the week they joined, as coloured cells.

    Each metric is of those who joined on a day; a week's are its days' together, a person who
    joined on two of them twice. Of a week, a rate stands once every day of it is final.
    """
    metrics = [metric(name, Period.DAY) for name in names]
    places = {scopes(one) for one in metrics}
    if len(places) != 1 or any(one.zero is not Zero.RATIO for one in metrics):
        raise CatalogError("Cohorts are ratios of one choice of scopes", where=signal_id)
    columns = ",\n    ".join(
        f"if({_ripe(one)}, sumIf(numerator, {of}) / nullIf(sumIf(denominator, {of}), 0), NULL)"
        f" AS `{one.words}`"
        for one in metrics
        for of in [f"metric = '{one.name}'"]
    )
    listed = ", ".join(f"'{name}'" for name in names)
    return Signal(
        id=signal_id,
        title=heading,
        description=f"{' '.join(meaning(one) for one in metrics)} One row for each week of joining "
        "in the board's range; n: those who joined on its days, each day for itself. A cell stands "
        f"once the last day of its week is final. {together(metrics[0])}",
        unit=Unit.RATIO,
        queries=(
            sql(
                f"""\
SELECT
    toMonday(day) AS `week of joining`,
    sumIf(denominator, metric = '{names[0]}') AS `n`,
    {columns}
FROM (
    SELECT
        toDate(window_start + {NOON_S}) AS day, metric, scope_id, numerator, denominator, note
    FROM v_metric_value
    WHERE metric IN ({listed}) AND `window` = 'D' AND slice = '' AND {places.pop()}
        AND $__timeFilter(window_start)
)
GROUP BY `week of joining`
HAVING n > 0 AND uniqExact(scope_id) = 1
ORDER BY `week of joining` DESC
LIMIT 60"""
            ),
        ),
        fields={
            "week of joining": Field(unit=Unit.TEXT),
            "n": Field(),
            **{one.words: Field(unit=Unit.RATIO, look=Look.HEAT, decimals=1) for one in metrics},
        },
        empty="Nobody joined in this range",
    )
