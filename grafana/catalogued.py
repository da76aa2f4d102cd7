"""Metrics of the catalogue as signals: the last closed window, the course, what is trailing now.

`v_metric_value` holds closed windows only, so that no bucket shown is still open. Names, units,
meaning and which way is better come from the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence

from grafana.milestones import change_field, change_name, slow, title
from grafana.reading import (
    AS_OF_S,
    DAY_S,
    SPOKEN,
    addable,
    closed,
    decimals,
    ended_within,
    has_n,
    meaning,
    metric,
    recent_s,
    sample,
    scopes,
    together,
    unit,
    worth,
)
from grafana.signals import Field, Look, Signal, Unit, sql
from grafana.whose import CHOSEN_GROUPS, Whose
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Change, Window, Zero
from pipeline.core.calendar import Period
from pipeline.errors import CatalogError

EMPTY = "Not computed yet"


def latest(name: str, period: Period, whose: Whose = CHOSEN_GROUPS) -> Signal:
    """The last closed window: value, n, the window before and the change.

    A day is held against the same weekday of the week before.
    """
    one = metric(name, period)
    spoken, recent = SPOKEN[period], recent_s(one, period)
    if not spoken.before:
        raise CatalogError("What is counted from the beginning has no window before", where=one.id)
    relative, change, shown = _change(one)
    fallen = (
        f"`value` / nullIf(`{spoken.before}`, 0) - 1"
        if relative
        else f"`value` - `{spoken.before}`"
    )
    earlier = (
        f"abs(toInt64(toUnixTimestamp(at)) - toInt64(toUnixTimestamp(last)) + {7 * DAY_S}) < 7200"
        if period is Period.DAY
        else "ends = toInt64(toUnixTimestamp(last)) * 1000"
    )
    reach = recent + (spoken.days + 7) * DAY_S
    since = ended_within(period, reach).replace("\n", "\n        ")
    n = "\n    maxIf(n, at = last) AS `n`," if has_n(one) else ""
    return Signal(
        id=f"{name}_{spoken.word}",
        title=f"{title(one)}, {spoken.word}",
        description=f"{meaning(one)} The last closed {spoken.word} by the end of the board's range,"
        f" and the {'same day of the ' if period is Period.DAY else ''}{spoken.before}; the change "
        f"is {'relative' if relative else 'in points'}. {whose.words(one)}",
        unit=unit(one),
        queries=(
            sql(
                f"""\
WITH
    per AS (
        SELECT
            window_start AS at,
            max(window_end_ms) AS ends,
            {worth(one)} AS worth,
            {sample(one)} AS n
        FROM v_metric_value
        WHERE metric = '{name}' AND slice = '' AND {closed(period)}
            AND {whose.rows(one)}
            AND {since}
        GROUP BY window_start
    ),
    dated AS (
        SELECT
            *,
            maxIf(at, toInt64(toUnixTimestamp(at)) > {AS_OF_S} - {recent}) OVER () AS last
        FROM per
    )
SELECT
    maxIf(worth, at = last) AS `value`,{n}
    maxIf(worth, {earlier}) AS `{spoken.before}`,
    {fallen} AS `{change}`
FROM dated"""
            ),
        ),
        fields={
            "value": Field(unit=unit(one), decimals=decimals(one)),
            **({"n": Field()} if has_n(one) else {}),
            spoken.before: Field(unit=unit(one), look=Look.PAST, decimals=decimals(one)),
            change: shown,
        },
        empty=EMPTY,
    )


def _change(one: Metric) -> tuple[bool, str, Field]:
    """Whether a change is relative, what it is called, and how shown: red as the alert says."""
    if one.milestone:
        drop = slow(one)
        return drop.change is Change.RELATIVE, change_name(drop), change_field(drop)
    relative = unit(one) is not Unit.RATIO
    name = "change" if relative else "change, points"
    return relative, name, Field(unit=Unit.RATIO, decimals=1, empty="nothing before")


def course(
    signal_id: str,
    heading: str,
    names: Sequence[str],
    period: Period,
    whose: Whose = CHOSEN_GROUPS,
) -> Signal:
    """Metrics of one unit over the board's range, a point a closed window; n of a single one."""
    metrics = [metric(name, period) for name in names]
    units = {unit(one) for one in metrics}
    places = {whose.rows(one) for one in metrics}
    if len(units) != 1 or len(places) != 1:
        raise CatalogError("A course is of one unit and one choice of scopes", where=signal_id)
    columns = [f"{worth(one, _of(one))} AS `{one.words}`" for one in metrics]
    fields = {one.words: Field(unit=unit(one), decimals=decimals(one)) for one in metrics}
    if len(metrics) == 1 and has_n(metrics[0]):
        columns.append(f"{sample(metrics[0], _of(metrics[0]))} AS `n`")
        fields["n"] = Field()
    selected = ",\n    ".join(columns)
    word = SPOKEN[period].word
    return Signal(
        id=signal_id,
        title=f"{heading}, by {word}",
        description=f"{' '.join(meaning(one) for one in metrics)} One point a closed {word} of the "
        "reporting zone, at its beginning; one that is still open has none. "
        f"{' '.join(dict.fromkeys(whose.words(one) for one in metrics))}",
        unit=units.pop(),
        queries=(
            sql(
                f"""\
SELECT
    window_start AS time,
    {selected}
FROM v_metric_value
WHERE metric IN ({_listed(names)}) AND slice = '' AND {closed(period)}
    AND {places.pop()}
    AND $__timeFilter(window_start)
GROUP BY time
ORDER BY time"""
            ),
        ),
        fields=fields,
        empty="No closed window in this range",
    )


def course_of(name: str, period: Period, whose: Whose = CHOSEN_GROUPS) -> Signal:
    """One metric over the board's range, with its n."""
    return course(f"{name}_course", title(metric(name)), [name], period, whose)


def trailing(name: str, window: Window = Window.DAY) -> Signal:
    """What a metric comes to over the trailing hour or day, computed anew each minute."""
    one = metric(name)
    if window not in one.windows:
        raise CatalogError(f"{name} has no trailing {window}", where=one.id)
    rows = f"metric = '{name}' AND slice = '' AND {scopes(one)}"
    value = worth(one, rows)
    if one.zero is Zero.COUNT:  # a count of 0 has no row
        several = "" if addable(one) else f" OR uniqExactIf(scope_id, {rows}) > 1"
        value = f"if(count() = 0{several}, NULL, ifNull({value}, 0))"
    n = f",\n    {sample(one, rows)} AS `n`" if has_n(one) else ""
    return Signal(
        id=f"{name}_trailing",
        title=f"{title(one)}, trailing {window}",
        description=f"{meaning(one)} Over the trailing {window}, event time. {together(one)}",
        unit=unit(one),
        queries=(
            sql(
                f"""\
SELECT
    {value} AS `value`{n}
FROM v_metric_live
WHERE `window` = '{window}'"""
            ),
        ),
        fields={
            "value": Field(unit=unit(one), decimals=decimals(one)),
            **({"n": Field()} if has_n(one) else {}),
        },
        empty=EMPTY,
    )


def _of(one: Metric) -> str:
    return f"metric = '{one.name}'"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
