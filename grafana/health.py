"""The pipeline's own health as signals: is what the board shows still true?"""

from __future__ import annotations

from grafana.signals import A_GROUP, GROUPS, Field, Look, Signal, Unit, promql, sql
from pipeline.catalog.health_limits import BUSY_SHARE
from pipeline.catalog.series import (
    CAUGHT_UP,
    CLOCK_RATE,
    COMMIT_DURATION,
    FOLDING,
    LAG_RECORDS,
    LAG_SECONDS,
    LAST_HEARTBEAT,
    RECORDS,
    STORE_ERRORS,
    STORING,
    Series,
)
from pipeline.catalog.vocabulary import Severity
from pipeline.core.export_choice import STALE_AFTER_S

RATE = "[$__rate_interval]"

FIRING = f'ALERTS{{alertstate="firing",alertname=~"Community.+",severity!="{Severity.NONE}"}}'
"""Our alerts that fire, the watchdog left out."""

ALERTS = Signal(
    id="alerts_firing",
    title="Alerts that fire",
    description="Alerts of the chosen groups that fire now: which, how severe, on which signal, "
    "against what. The alert's own runbook section says what to do.",
    unit=Unit.COUNT,
    queries=(
        promql(
            "firing",
            "max by (group_id, alertname, severity, signal, against)"
            f' (ALERTS{{alertstate="firing",severity!="{Severity.NONE}",{GROUPS}}})',
        ),
    ),
    fields={"group": A_GROUP},
    empty="None fires",
)


def _latest(series: Series) -> str:
    return f"max without (instance) ({series.name})"


TO_HEALTH = "/d/community-health/community-health?${__url_time_range}"
"""To the board that tells all of it."""

CAUGHT_UP_NOW = Signal(
    id="caught_up",
    title="Pipeline",
    description="Whether a worker owns every partition number and keeps up with it (nothing older "
    "than 10 s waits). While one is behind, its groups have no live values.",
    unit=Unit.COUNT,
    queries=(promql("pipeline", f"min({_latest(CAUGHT_UP)})"),),
    fields={
        "pipeline": Field(
            look=Look.FALL_IS_BAD,
            limit=1,
            words={"0": "behind", "1": "caught up"},
            link=TO_HEALTH,
        )
    },
    empty="No worker",
)

LAG = Signal(
    id="lag_records",
    title="Records that wait",
    description="Records in the broker that are not yet committed, by topic. Wall time.",
    unit=Unit.COUNT,
    queries=(promql("{{topic}}", f"sum by (topic) ({_latest(LAG_RECORDS)})"),),
    empty="No worker reports a lag",
)

LAG_AGE = Signal(
    id="lag_seconds",
    title="Age of the oldest record that waits",
    description="Wall age of the oldest record not yet committed, the worst partition by topic.",
    unit=Unit.SECONDS,
    queries=(promql("{{topic}}", f"max by (topic) ({LAG_SECONDS.name})"),),
    empty="No worker reports a lag",
)

OUTCOMES = Signal(
    id="records_by_outcome",
    title="Records read, by outcome",
    description="Records a second of wall time by their one outcome: counted, duplicate, replayed "
    "or rejected. Together they are all records read.",
    unit=Unit.PER_SECOND,
    queries=(promql("{{outcome}}", f"sum by (outcome) (rate({RECORDS.name}{RATE}))"),),
    empty="No records in this range",
)

REJECTED = Signal(
    id="rejected_by_reason",
    title="Rejected records, by reason",
    description="Records rejected within the board's range, by topic and reason. Each is kept as "
    "a dead letter.",
    unit=Unit.COUNT,
    queries=(
        promql(
            "{{topic}} {{reason}}",
            "sum by (topic, reason) "
            f'(increase({RECORDS.name}{{outcome="rejected"}}[$__range])) > 0',
        ),
    ),
    empty="Nothing was rejected",
)

LETTERS = Signal(
    id="newest_dead_letters",
    title="Newest dead letters",
    description="The 50 records last refused: when the broker took them, which, and why. Payloads "
    "are not shown; `pulse dlq show` has them.",
    unit=Unit.TEXT,
    queries=(
        sql(
            """\
SELECT
    toDateTime(intDiv(ingest_ms, 1000), 'UTC') AS `taken`,
    reason AS `reason`,
    detail AS `detail`,
    topic AS `topic`,
    partition AS `partition`,
    offset AS `offset`,
    source AS `source`
FROM v_dead_letter
ORDER BY ingest_ms DESC, topic, partition, offset
LIMIT 50"""
        ),
    ),
    fields={"taken": Field(unit=Unit.TIME)},
    empty="No dead letters",
)

HEARTBEATS = Signal(
    id="source_heartbeats",
    title="Seconds since each source's heartbeat",
    description=f"Live sources beat every 30 s of wall time; one is stale after {STALE_AFTER_S} s, "
    "and its groups have no live values until it beats again. Importers never beat.",
    unit=Unit.SECONDS,
    queries=(promql("{{source}}", f"time() - {_latest(LAST_HEARTBEAT)}"),),
    fields={"": Field(unit=Unit.SECONDS, look=Look.RISE_IS_BAD, limit=STALE_AFTER_S)},
    empty="No live source has beaten",
)


def _quantile(share: float) -> str:
    rates = f"sum by (le, stage) (rate({COMMIT_DURATION.name}_bucket{RATE}))"
    return f"histogram_quantile({share}, {rates})"


COMMITS = Signal(
    id="commit_duration",
    title="Time of a group commit, p50 and p99",
    description="Wall time of one group commit by stage, median and 99th percentile, interpolated "
    "between the histogram's buckets.",
    unit=Unit.SECONDS,
    queries=(promql("p50 {{stage}}", _quantile(0.5)), promql("p99 {{stage}}", _quantile(0.99))),
    empty="No commits in this range",
)

BUSY = Signal(
    id="busy_share",
    title="How busy the busiest worker is",
    description="Share of wall time that folding takes, and storing (they run side by side). Near "
    "1, a worker is at its limit and the lag begins to grow: give it a second worker, or the "
    "store more room.",
    unit=Unit.RATIO,
    queries=tuple(
        promql(
            name,
            f'max(rate({COMMIT_DURATION.name}_sum{{stage="{stage}"}}{RATE}))',
        )
        for name, stage in (("folding", FOLDING), ("storing", STORING))
    ),
    fields={"": Field(unit=Unit.RATIO, look=Look.RISE_IS_BAD, limit=BUSY_SHARE)},
    empty="No commits in this range",
)

ERRORS = Signal(
    id="store_errors",
    title="Errors of the store",
    description="Answers of the store that were errors, within the board's range: retryable "
    "(waited out) or fatal to a record (a dead letter).",
    unit=Unit.COUNT,
    queries=(promql("{{kind}}", f"sum by (kind) (increase({STORE_ERRORS.name}[$__range]))"),),
    fields={"": Field(look=Look.RISE_IS_BAD, limit=1)},
    empty="No worker reports",
)

RATE_OF_CLOCK = Signal(
    id="clock_rate",
    title="Clock rate",
    description="Event seconds in a wall second: 1 in production; in the demo 0 while history is "
    "written, then 288.",
    unit=Unit.TIMES,
    queries=(promql("rate", f"max({CLOCK_RATE.name})"),),
    empty="No worker",
)
