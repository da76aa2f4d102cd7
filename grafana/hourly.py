"""The milestones that are read from the store each hour, as one table: who turned for the worse?"""

from __future__ import annotations

from grafana.signals import A_GROUP, CHOSEN, Field, Look, Signal, Unit, sql
from pipeline.catalog.catalogue import STORED_MILESTONES
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.series import EVERY_GROUP
from pipeline.catalog.vocabulary import Turn


def _is(metric: Metric, drop: Drop) -> str:
    of = f"splitByChar(':', measure)[1] = '{metric.name}'"
    return f"{of} AND signal = '{drop.signal}' AND against = '{drop.against}'"


def _judged() -> str:
    """Whether a row is large enough to be told from noise, by its rule."""
    parts = []
    for metric in STORED_MILESTONES:
        for drop in metric.drops:
            counted = "numerator" if drop.turn is Turn.RISE else "baseline * denominator"
            parts.append(
                f"({_is(metric, drop)} AND denominator >= {drop.min_sample}"
                f" AND {counted} >= {drop.min_expected:g})"
            )
    return "\n        OR ".join(parts)


def _rises() -> str:
    names = (one.name for one in STORED_MILESTONES if one.drops[0].turn is Turn.RISE)
    return ", ".join(f"'{name}'" for name in names)


HOURLY = Signal(
    id="hourly_milestones",
    title="Milestones of the last closed hour",
    description="Each milestone that is read from the store as an hour closes, of the chosen "
    "groups and of all together: value with n, what it is compared with, and how far it turned "
    "for the worse, relative to that (a rise where a rise is bad); the worst first, and first "
    "those that are large enough to be told from noise. The alerts' thresholds are in METRICS.md.",
    unit=Unit.RATIO,
    queries=(
        sql(
            f"""\
SELECT
    group_id AS `group`,
    measure AS `milestone`,
    concat(signal, ' against ', against) AS `compared`,
    numerator / denominator AS `value`,
    denominator AS `n`,
    baseline AS `baseline`,
    if(splitByChar(':', measure)[1] IN ({_rises()}), 1, -1) * (`value` / nullIf(baseline, 0) - 1)
        AS `worse by`,
    ifNull({_judged()}, 0) AS `large enough`,
    toDateTime(intDiv(window_end_ms, 1000), 'UTC') AS `up to`
FROM v_milestone_now
WHERE {CHOSEN} OR group_id = '{EVERY_GROUP}'
ORDER BY `large enough` DESC, `worse by` IS NULL, `worse by` DESC, `group`, `milestone`
LIMIT 300"""
        ),
    ),
    fields={
        "group": A_GROUP,
        "milestone": Field(unit=Unit.TEXT),
        "compared": Field(unit=Unit.TEXT),
        "value": Field(unit=Unit.RATIO, decimals=1),
        "n": Field(),
        "baseline": Field(unit=Unit.RATIO, look=Look.PAST, decimals=1, empty="none yet"),
        "worse by": Field(unit=Unit.RATIO, decimals=0),
        "large enough": Field(words={"0": "no", "1": "yes"}),
        "up to": Field(unit=Unit.TIME),
    },
    empty="Nothing has been read yet",
)
