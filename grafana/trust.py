"""Whether what the boards show is true, from Prometheus: one number for each way it may not be."""

from __future__ import annotations

from grafana.health import RATE
from grafana.signals import Field, Look, Signal, Unit, promql
from pipeline.catalog.health_limits import (
    AUDIT_OVERDUE_S,
    CONFLICTS,
    LAG_GROWING_ABOVE_S,
    REJECTED_SHARE,
)
from pipeline.catalog.series import (
    ANOMALIES,
    AUDIT_LAST_RUN,
    AUDIT_MISMATCHES,
    COMMIT_DURATION,
    COMMIT_ROWS,
    LABEL_OVERFLOW,
    LAG_SECONDS,
    LAST_EVENT,
    LAST_HEARTBEAT,
    MEMBER_COUNT,
    RECORDS,
    STORING,
    Series,
)
from pipeline.core.export_choice import FORGET_AFTER_MS, STALE_AFTER_S

_NO_WORKER = "No worker reports"


def _latest(series: Series, having: str = "") -> str:
    return f"max without (instance) ({series.name}{having})"


def _read(outcome: str = "") -> str:
    having = f'{{outcome="{outcome}"}}' if outcome else ""
    return f"sum(increase({RECORDS.name}{having}[$__range]))"


OLDEST = Signal(
    id="oldest_waiting",
    title="Oldest record that waits",
    description="Wall age of the oldest record that no worker has committed yet, of all topics. "
    f"Red from {LAG_GROWING_ABOVE_S} s, the age from which on a growing lag is an alert.",
    unit=Unit.SECONDS,
    queries=(promql("age", f"max({LAG_SECONDS.name})"),),
    fields={"age": Field(unit=Unit.SECONDS, look=Look.RISE_IS_BAD, limit=LAG_GROWING_ABOVE_S)},
    empty=_NO_WORKER,
)

_QUIET = f"time() - {_latest(LAST_HEARTBEAT)} < {FORGET_AFTER_MS // 1000}"

SILENT_SOURCES = Signal(
    id="silent_sources",
    title="Silent sources",
    description=f"Live sources without a heartbeat for {STALE_AFTER_S} s of wall time, of how many "
    "there are. Groups of a silent source have no live values and no drop alerts until it beats "
    "again; one that was silent for a week is retired.",
    unit=Unit.COUNT,
    queries=(
        promql("silent", f"sum(({_QUIET}) > bool {STALE_AFTER_S})"),
        promql("of", f"count({_QUIET})"),
    ),
    fields={"silent": Field(look=Look.RISE_IS_BAD, limit=1)},
    empty="No live source has beaten",
)

REFUSED = Signal(
    id="rejected_share",
    title="Rejected records",
    description="Share of the records read within the board's range that were rejected, and n = "
    f"records read. Red from {REJECTED_SHARE:.0%}, the share from which on a topic is alerted.",
    unit=Unit.RATIO,
    queries=(
        promql("rejected", f"{_read('rejected')}\n/ ({_read()} > 0)"),
        promql("n", _read()),
    ),
    fields={
        "rejected": Field(unit=Unit.RATIO, look=Look.RISE_IS_BAD, limit=REJECTED_SHARE, decimals=2),
        "n": Field(),
    },
    empty=_NO_WORKER,
)

_EXACT, _EXPLAINED = (f'{{check{sign}"{CONFLICTS}"}}' for sign in ("!=", "="))

AUDITED = Signal(
    id="audit_now",
    title="Latest audit",
    description="What the latest audit found that is not as the log and the facts say it should "
    "be: 0 while all is exact. Conflicts are ids that name two events, its source's to explain. "
    f"Age: wall time since then; an alert after {AUDIT_OVERDUE_S // 3600} h.",
    unit=Unit.COUNT,
    queries=(
        promql("mismatches", f"sum({_latest(AUDIT_MISMATCHES, _EXACT)})"),
        promql("conflicts", f"sum({_latest(AUDIT_MISMATCHES, _EXPLAINED)})"),
        promql("age", f"time() - max({AUDIT_LAST_RUN.name})"),
    ),
    fields={
        "mismatches": Field(look=Look.RISE_IS_BAD, limit=1),
        "conflicts": Field(look=Look.RISE_IS_BAD, limit=1),
        "age": Field(unit=Unit.SECONDS, look=Look.RISE_IS_BAD, limit=AUDIT_OVERDUE_S),
    },
    empty="No audit yet",
)

AUDITS = Signal(
    id="audit_course",
    title="Mismatches of the audits, by check",
    description="What each check of the latest audit found that is not as it should be; a line "
    "above 0 says that numbers were wrong from about then on. Wall time.",
    unit=Unit.COUNT,
    queries=(promql("{{check}}", f"max by (check) ({AUDIT_MISMATCHES.name})"),),
    empty="No audit in this range",
)

REPEATED = Signal(
    id="duplicate_share",
    title="Duplicates",
    description="Share of the records read that had been counted before (sent twice, or read "
    "again after a restart), each a moment of the board's range; none of them counts. n = records "
    "a second, on the right.",
    unit=Unit.RATIO,
    queries=(
        *(
            promql(
                name,
                f'sum(rate({RECORDS.name}{{outcome="{name}"}}{RATE}))\n'
                f"/ (sum(rate({RECORDS.name}{RATE})) > 0)",
            )
            for name in ("duplicate", "replayed")
        ),
        promql("n", f"sum(rate({RECORDS.name}{RATE}))"),
    ),
    fields={"n": Field(unit=Unit.PER_SECOND)},
    empty="No records in this range",
)

ODDITIES = Signal(
    id="membership_anomalies",
    title="Oddities of membership, as they came",
    description="Legal but odd, within the board's range: a join of someone present, a leave of "
    "someone absent, chat or an order from outside. They change no number, but many of a kind say "
    "that a source misses joins or leaves.",
    unit=Unit.COUNT,
    queries=(promql("{{kind}}", f"sum by (kind) (increase({ANOMALIES.name}[$__range]))"),),
    empty="None in this range",
)

LAST_EVENTS = Signal(
    id="last_events",
    title="Time since each source's latest event",
    description="Wall time since the broker took the source's latest event. A source that beats "
    "and sends nothing is a quiet community, or one whose events get lost before it.",
    unit=Unit.SECONDS,
    queries=(promql("{{source}}", f"time() - {_latest(LAST_EVENT)}"),),
    empty="No source has sent anything",
)

INSERTS = Signal(
    id="insert_share",
    title="What storing is spent on",
    description="Share of the time of storing that each of its stages takes; the stages run one "
    "after another. Facts that take more and more say that the store is at its limit. n = seconds "
    "of storing in a second, of all workers, on the right.",
    unit=Unit.RATIO,
    queries=(
        *(
            promql(
                stage.replace("_", " "),
                f'sum(rate({COMMIT_DURATION.name}_sum{{stage="{stage}"}}{RATE}))\n'
                f'/ (sum(rate({COMMIT_DURATION.name}_sum{{stage="{STORING}"}}{RATE})) > 0)',
            )
            for stage in ("facts", "windows", "offsets", "dead_letters")
        ),
        promql("n", f'sum(rate({COMMIT_DURATION.name}_sum{{stage="{STORING}"}}{RATE}))'),
    ),
    fields={"n": Field(unit=Unit.SECONDS)},
    empty="No commits in this range",
)

BATCHES = Signal(
    id="commit_rows",
    title="Records in a group commit",
    description="Mean of the records that one group commit holds: few on a quiet stream, up to "
    "PULSE_BATCH__COMMIT_ROWS while a worker catches up.",
    unit=Unit.COUNT,
    queries=(
        promql(
            "records",
            f"sum(rate({COMMIT_ROWS.name}_sum{RATE}))\n"
            f"/ (sum(rate({COMMIT_ROWS.name}_count{RATE})) > 0)",
        ),
    ),
    empty="No commits in this range",
)

OVERFLOW = Signal(
    id="label_overflow",
    title="Groups without live series",
    description="Groups beyond PULSE_ALERT_GROUPS, which are in the store and are not watched by "
    "alerts; and how many groups have live values now.",
    unit=Unit.COUNT,
    queries=(
        promql("left out", f"max({LABEL_OVERFLOW.name})"),
        promql("shown", f"count({_latest(MEMBER_COUNT)})"),
    ),
    fields={"left out": Field(look=Look.RISE_IS_BAD, limit=1)},
    empty=_NO_WORKER,
)
