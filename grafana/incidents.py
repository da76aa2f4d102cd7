"""Incidents as signals: what fell, from when to when, and why. Event time."""

from __future__ import annotations

from grafana import cause_cells as cells
from grafana.signals import A_GROUP, CHOSEN, Field, Look, Signal, Unit, sql

_NOW_MS = "(SELECT now_ms FROM v_now)"
_LASTED = f"if(resolved_ms = 0, {_NOW_MS}, resolved_ms) - started_ms"
_SEEN = (
    "started_ms < toInt64(toUnixTimestamp($__toTime)) * 1000\n"
    "    AND (resolved_ms = 0 OR resolved_ms >= toInt64(toUnixTimestamp($__fromTime)) * 1000)"
)
"""Condition: it fired at some time within the board's range."""

RIPE = f"{_SEEN}\n    AND {CHOSEN}"


def _at(column: str) -> str:
    return f"toDateTime(intDiv({column}, 1000), 'UTC')"


COUNTED = Signal(
    id="incidents_counted",
    title="Incidents",
    description="Drops of a milestone in the chosen groups that fired within the board's range, "
    "those that fire still, the groups they were in, how long one lasts in the middle, and the "
    "share for which a cause was found; n is the incidents.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    count() AS `n`,
    countIf(status = 'firing') AS `firing`,
    uniqExact(group_id) AS `groups`,
    if(count() = 0, NULL, quantileExact(0.5)({_LASTED}) / 1000) AS `last`,
    if(count() = 0, NULL, countIf(notEmpty(cause_by)) / count()) AS `with a cause`
FROM v_milestone_incident
WHERE {RIPE}"""
        ),
    ),
    fields={
        "firing": Field(look=Look.RISE_IS_BAD, limit=1),
        "last": Field(unit=Unit.SECONDS),
        "with a cause": Field(unit=Unit.RATIO, decimals=0),
    },
    empty="No incident in this range",
)

INCIDENTS = Signal(
    id="incidents",
    title="Incidents of milestones, newest first",
    description="Each drop that fired within the board's range: of which group and metric, the "
    "value with n and baseline when it fired, the change (relative, or in points where it says "
    "so), how long it lasted, the three largest causes with what each added in points, and how "
    "many other groups fell by the same rule. `pulse incidents show ID` tells all of one.",
    unit=Unit.TEXT,
    queries=(
        sql(
            f"""\
SELECT
    {_at("started_ms")} AS `began`,
    status AS `status`,
    severity AS `severity`,
    group_id AS `group`,
    group_name AS `name`,
    concat(metric, ' ', {cells.METRIC.en}) AS `what`,
    value AS `value`,
    denominator AS `n`,
    baseline AS `baseline`,
    change AS `change`,
    if(change_kind = 'points', 'points', 'relative') AS `in`,
    ({_LASTED}) / 1000 AS `lasts`,
    {cells.CAUSES.en} AS `causes`,
    length(affected_group_id) AS `other groups`,
    incident_id AS `id`
FROM v_milestone_incident
WHERE {RIPE}
ORDER BY started_ms DESC, incident_id
LIMIT 200"""
        ),
    ),
    fields={
        "began": Field(unit=Unit.TIME),
        "status": Field(unit=Unit.TEXT, words={"firing": "firing", "resolved": "resolved"}),
        "severity": Field(unit=Unit.TEXT, words={"critical": "critical", "warning": "warning"}),
        "in": Field(unit=Unit.TEXT, words={"points": "points", "relative": "relative"}),
        "group": A_GROUP,
        "value": Field(unit=Unit.RATIO, decimals=1),
        "n": Field(),
        "baseline": Field(unit=Unit.RATIO, look=Look.PAST, decimals=1),
        "change": Field(unit=Unit.RATIO, decimals=1),
        "lasts": Field(unit=Unit.SECONDS),
        "other groups": Field(),
    },
    empty="No incident in this range",
)

CAUSES = Signal(
    id="incident_causes",
    title="What is most often the cause",
    description="Parts that were among the three largest causes of the incidents within the "
    "board's range, and how many points they took off the rates together; n is the incidents they "
    "were a cause of.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    {cells.SPLIT_BY.en} AS `split by`,
    {cells.PART.en} AS `part`,
    uniqExact(incident_id) AS `n`,
    sum(points) AS `points together`,
    uniqExact(group_id) AS `groups`
FROM v_milestone_incident_cause
WHERE place <= 3 AND incident_id IN (
        SELECT incident_id FROM v_milestone_incident WHERE {RIPE}
    )
GROUP BY `by`, part
ORDER BY `n` DESC, `points together`, part
LIMIT 30"""
        ),
    ),
    fields={
        "split by": Field(unit=Unit.TEXT),
        "part": Field(unit=Unit.TEXT),
        "points together": Field(unit=Unit.RATIO, decimals=2),
    },
    empty="No cause was found in this range",
)
