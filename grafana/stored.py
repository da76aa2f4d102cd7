"""The milestones from the store: the last day that closed, where Prometheus has no answer.

v_metric_value holds a day's numerator and denominator of every group, v_signal_baseline what it is
compared with. They are put side by side by adding up rows of both, each with its own columns.
"""

from __future__ import annotations

from collections.abc import Iterable

from grafana.milestones import change_field, change_name, slow, worst_field
from grafana.signals import A_GROUP, CHOSEN, Field, Look, Signal, Unit, sql
from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Change

RECENT_DAYS = 3
_WINDOW = (
    "grain = 'G' AND `window` = '24h'"
    f" AND window_start >= (SELECT now FROM v_now) - {(RECENT_DAYS + 1) * 86_400}"
)


def _list(texts: Iterable[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


_NAMED = f"metric IN ({_list(metric.name for metric in MILESTONES)})"
_LAST = f"(SELECT max(window_end_ms) FROM v_metric_value WHERE {_NAMED} AND {_WINDOW})"
CLOSED = (
    "The last day that closed in the reporting zone, if it is at most "
    f"{RECENT_DAYS} days past; stored by the rollup for every group, also where no source is live."
)


def _coded(by: Iterable[str]) -> str:
    """SQL: the milestone's id, from how the table calls it."""
    ids = _list(metric.id for metric in MILESTONES)
    return f"transform(metric, [{_list(by)}], [{ids}], metric)"


def _compared(metric: Metric) -> str:
    drop = slow(metric)
    of = f"metric = '{metric.stem}' AND signal = '{drop.signal}' AND against = '{drop.against}'"
    return f"({of})"


_EVERY_ROW = f"""\
SELECT
        scope_id, id,
        sum(up) AS numerator, sum(down) AS n, sum(usual) AS baseline, sum(has) AS known
    FROM (
        SELECT
            scope_id, {_coded(metric.name for metric in MILESTONES)} AS id,
            numerator AS up, denominator AS down, 0. AS usual, 0 AS has
        FROM v_metric_value
        WHERE {_NAMED} AND {_WINDOW} AND window_end_ms = {_LAST}
        UNION ALL
        SELECT
            group_id AS scope_id, {_coded(metric.stem for metric in MILESTONES)} AS id,
            0. AS up, 0. AS down, ratio AS usual, 1 AS has
        FROM v_signal_baseline
        WHERE ({" OR ".join(map(_compared, MILESTONES))})
            AND window_end_ms = {_LAST}
    )
    WHERE {CHOSEN.replace("group_id", "scope_id")}
    GROUP BY scope_id, id
    HAVING n > 0"""
"""By group and milestone: numerator, denominator, and the baseline if there is one."""

NAMES = {metric.id: f"{metric.words} {metric.zh}" for metric in MILESTONES}
_IN_POINTS = [metric.id for metric in MILESTONES if slow(metric).change is Change.POINTS]

STORED_MILESTONES = Signal(
    id="stored_milestones",
    title="Milestones, last closed day",
    description=f"One row a milestone, the chosen groups together. {CLOSED} Baselines as in the "
    "first row, weighted by n over the groups that have one; the change is over the same groups, "
    "relative, and for the in-group rate in points.",
    unit=Unit.RATIO,
    queries=(
        sql(
            f"""\
SELECT
    transform(id, [{_list(NAMES)}], [{_list(NAMES.values())}], id) AS `milestone`,
    counted / persons AS `value`,
    persons AS `n`,
    if(compared = 0, NULL, promised / compared) AS `baseline`,
    if(promised = 0, NULL, (found - promised) / if(id IN ({_list(_IN_POINTS)}), compared, promised))
        AS `change`
FROM (
    SELECT
        id, sum(numerator) AS counted, sum(n) AS persons, sumIf(numerator, known > 0) AS found,
        sumIf(n, known > 0) AS compared, sum(baseline * n) AS promised
    FROM (
    {_EVERY_ROW}
    )
    GROUP BY id
)
ORDER BY id"""
        ),
    ),
    fields={
        "milestone": Field(unit=Unit.TEXT),
        "value": Field(unit=Unit.RATIO, decimals=1),
        "n": Field(),
        "baseline": Field(unit=Unit.RATIO, look=Look.PAST, decimals=1),
        "change": Field(unit=Unit.RATIO, decimals=1),
    },
    empty="No closed day yet",
)


def _columns(metric: Metric) -> dict[str, tuple[str, Field]]:
    """Of one milestone, by name: a group's value from its row, and how it is shown."""
    drop, of = slow(metric), f"id = '{metric.id}'"
    known = f"maxIf(known, {of}) = 0"
    fallen = (
        "numerator / n - baseline"
        if drop.change is Change.POINTS
        else "if(baseline = 0, NULL, numerator / n / baseline - 1)"
    )
    return {
        metric.words: (
            f"if(maxIf(n, {of}) = 0, NULL, sumIf(numerator / n, {of}))",
            Field(unit=Unit.RATIO, decimals=1),
        ),
        f"n {metric.words}": (f"sumIf(n, {of})", Field()),
        f"usual {metric.words}": (
            f"if({known}, NULL, sumIf(baseline, {of}))",
            Field(unit=Unit.RATIO, look=Look.PAST, decimals=1),
        ),
        f"{change_name(drop)} {metric.words}": (
            f"if({known}, NULL, sumIf({fallen}, {of}))",
            change_field(drop),
        ),
    }


_COLUMNS = {name: it for metric in MILESTONES for name, it in _columns(metric).items()}
_SELECTED = ",\n    ".join(f"{text} AS `{name}`" for name, (text, _) in _COLUMNS.items())
_JUDGED = " OR ".join(
    f"id = '{metric.id}' AND n >= {slow(metric).min_sample}"
    f" AND baseline * n >= {slow(metric).min_expected:g}"
    for metric in MILESTONES
)

STORED_GROUPS = Signal(
    id="stored_groups",
    title="Groups, last closed day",
    description=f"One row a group, the deepest relative fall of the day's milestones first, as "
    f"far as the group is large enough to tell it from noise. {CLOSED} At most 200 groups.",
    unit=Unit.RATIO,
    queries=(
        sql(
            f"""\
SELECT
    scope_id AS `group`,
    if(countIf(known > 0 AND ({_JUDGED})) = 0, NULL,
        minIf(numerator / n / baseline - 1, known > 0 AND ({_JUDGED}))) AS `worst change`,
    {_SELECTED}
FROM (
    {_EVERY_ROW}
)
GROUP BY scope_id
ORDER BY `worst change` IS NULL, `worst change`, `group`
LIMIT 200"""
        ),
    ),
    fields={
        "group": A_GROUP,
        "worst change": worst_field(),
        **{name: shown for name, (_, shown) in _COLUMNS.items()},
    },
    empty="No closed day yet",
)
