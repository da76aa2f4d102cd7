"""A metric of the catalogue broken down by the scopes of a grain: over time, and by its slices."""

from __future__ import annotations

from grafana.catalogued import EMPTY
from grafana.milestones import title
from grafana.rankings import NAMED
from grafana.reading import (
    CHOICES,
    SPOKEN,
    closed,
    decimals,
    ended_within,
    has_n,
    meaning,
    metric,
    recent_s,
    unit,
)
from grafana.signals import A_GROUP, Field, Look, Signal, Unit, sql
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Grain
from pipeline.core.calendar import Period

MOST_ROWS = 100
MOST_LINES = 10


def _rows(one: Metric, grain: Grain, period: Period) -> str:
    chosen = f" AND {CHOICES[grain]}" if grain in CHOICES else ""
    return f"metric = '{one.name}' AND grain = '{grain}' AND {closed(period)}{chosen}"


def course_by(name: str, grain: Grain, period: Period) -> Signal:
    """A metric over the board's range, one line for each of the ten largest scopes."""
    one = metric(name, period, grain)
    word = NAMED[grain].word
    rows = f"{_rows(one, grain, period)} AND slice = '' AND $__timeFilter(window_start)"
    return Signal(
        id=f"{name}_by_{word.replace(' ', '_')}",
        title=f"{title(one)} by {word} and {SPOKEN[period].word}",
        description=f"{meaning(one)} One line a {word}, of the {MOST_LINES} with the most in the "
        f"board's range; one point a closed {SPOKEN[period].word}.",
        unit=unit(one),
        queries=(
            sql(
                f"""\
SELECT
    window_start AS time,
    scope_id AS `{word}`,
    value AS `{one.words}`
FROM v_metric_value
WHERE {rows}
    AND scope_id IN (
        SELECT scope_id
        FROM v_metric_value
        WHERE {rows}
        GROUP BY scope_id
        ORDER BY sum(numerator) DESC, scope_id
        LIMIT {MOST_LINES}
    )
ORDER BY time, scope_id"""
            ),
        ),
        fields={one.words: Field(unit=unit(one), decimals=decimals(one))},
        empty="No closed window in this range",
    )


def split_by(
    name: str, grain: Grain, period: Period, word: str, *, in_order: bool = False
) -> Signal:
    """Each scope's slices in its last closed window: a row each, with value and n.

    `word`: what a slice is. The largest first, or `in_order` of scope and slice, as of steps.
    """
    one = metric(name, period, grain)
    named, spoken = NAMED[grain], SPOKEN[period]
    rows = (
        f"{_rows(one, grain, period)} AND slice != ''"
        f"\n    AND {ended_within(period, recent_s(one, period))}"
    )
    inner = rows.replace("\n", "\n        ")
    n = ",\n    denominator AS `n`" if has_n(one) else ""
    order = "scope_id, slice" if in_order else "value DESC, scope_id, slice"
    look = Look.HEAT if unit(one) is Unit.RATIO else Look.PLAIN
    fields = {
        named.word: A_GROUP if grain is Grain.GROUP else Field(unit=Unit.TEXT),
        word: Field(unit=Unit.TEXT),
        one.words: Field(unit=unit(one), decimals=decimals(one), look=look),
    }
    return Signal(
        id=f"{name}_by_{named.word.replace(' ', '_')}_and_{word.replace(' ', '_')}",
        title=f"{title(one)} by {named.word}, {spoken.word}",
        description=f"{meaning(one)} One row a {named.word} and {word}, of the last closed "
        f"{spoken.word} by the end of the board's range, at most {MOST_ROWS}.",
        unit=unit(one),
        queries=(
            sql(
                f"""\
SELECT
    scope_id AS `{named.word}`,
    slice AS `{word}`,
    value AS `{one.words}`{n}
FROM v_metric_value
WHERE {rows}
    AND window_start = (
        SELECT max(window_start)
        FROM v_metric_value
        WHERE {inner}
    )
ORDER BY {order}
LIMIT {MOST_ROWS}"""
            ),
        ),
        fields=fields | ({"n": Field(look=Look.PAST)} if has_n(one) else {}),
        empty=EMPTY,
    )
