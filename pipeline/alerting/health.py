"""Alerts of the pipeline itself: stalled, a source stale, dead letters, the audit, the watchdog.

They tell "we cannot see" from "it has dropped". Heartbeats and staleness are wall time, whatever
the clock's rate.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.alerting.alert import Alert
from pipeline.alerting.timing import Timing, duration
from pipeline.catalog.health_limits import (
    AUDIT_OVERDUE_S,
    CONFLICTS,
    LAG_GROWING_ABOVE_S,
    REJECTED_ABOVE,
    REJECTED_IN_S,
    REJECTED_SHARE,
)
from pipeline.catalog.series import (
    AUDIT_LAST_RUN,
    AUDIT_MISMATCHES,
    CAUGHT_UP,
    LAG_SECONDS,
    LAST_HEARTBEAT,
    RECORDS,
    Series,
)
from pipeline.catalog.vocabulary import Severity
from pipeline.core.export_choice import FORGET_AFTER_MS, STALE_AFTER_S

STALLED = "CommunityPipelineStalled"
SOURCE_STALE = "CommunitySourceStale"
DEAD_LETTERS = "CommunityDeadLettersRising"
AUDIT_MISMATCH = "CommunityAuditMismatch"
AUDIT_CONFLICTS = "CommunityAuditConflicts"
AUDIT_STALE = "CommunityAuditStale"
WATCHDOG = "CommunityWatchdog"

KEEP_S = 900
SOURCE_HOLD_S = 300


def _latest(series: Series, having: str = "") -> str:
    return f"max without (instance) ({series.name}{having})"


def stalled(timing: Timing) -> Iterator[Alert]:
    """No worker, a partition nobody keeps up with, or a lag that only grows."""
    span = duration(timing.span(600))
    lag = LAG_SECONDS.name
    causes = {
        "no_worker": (
            f"absent({CAUGHT_UP.name})",
            "No worker exports anything: none runs, none can be scraped, or none has partitions.",
        ),
        "behind": (
            f"{_latest(CAUGHT_UP)} == 0",
            "Partition {{ $labels.partition }}: no worker keeps up with it, so its groups are "
            "not watched.",
        ),
        "lag_growing": (
            f"max without (instance) (min_over_time({lag}[{span}])) > {LAG_GROWING_ABOVE_S}\n"
            f"and max without (instance) (deriv({lag}[{span}])) > 0",
            "Topic {{ $labels.topic }}, partition {{ $labels.partition }}: what waits is up to "
            "{{ $value | humanizeDuration }} old at the least and still growing, so it will not "
            "recover by itself.",
        ),
    }
    for cause, (expr, description) in causes.items():
        yield Alert(
            name=STALLED,
            expr=expr,
            severity=Severity.CRITICAL,
            hold_s=timing.stall_s,
            keep_s=timing.keep(KEEP_S),
            labels={"cause": cause},
            summary="The pipeline is stalled; milestones are not watched meanwhile.",
            description=description,
        )


def source_stale(timing: Timing) -> Alert:
    """A live source that beat before and does not now; forgotten after a week."""
    return Alert(
        name=SOURCE_STALE,
        expr=f"time() - {_latest(LAST_HEARTBEAT)} > {STALE_AFTER_S} < {FORGET_AFTER_MS // 1000}",
        severity=Severity.CRITICAL,
        hold_s=timing.hold(SOURCE_HOLD_S),
        keep_s=timing.keep(KEEP_S),
        summary="A live source is silent; the milestones of its groups are not watched meanwhile.",
        description="Source {{ $labels.source }} beat last {{ $value | humanizeDuration }} ago; "
        f"it should every 30 s and counts as stale after {STALE_AFTER_S} s.",
    )


def dead_letters(timing: Timing) -> Alert:
    """More than a few records of a topic are rejected for one reason."""
    span = duration(timing.span(REJECTED_IN_S))
    rejected = f'sum without (instance) (increase({RECORDS.name}{{outcome="rejected"}}[{span}]))'
    read = f"sum by (topic) (increase({RECORDS.name}[{span}]))"
    return Alert(
        name=DEAD_LETTERS,
        expr=f"{rejected} > {REJECTED_ABOVE}\n"
        f"and {rejected}\n"
        f"  / on (topic) group_left () {read}\n"
        f"  > {REJECTED_SHARE:g}",
        severity=Severity.WARNING,
        hold_s=timing.hold(300),
        keep_s=timing.keep(KEEP_S),
        summary="Records are rejected at a rate that one stray error does not explain.",
        description='Topic {{ $labels.topic }}: {{ $value | printf "%.0f" }} records rejected as '
        f"{{{{ $labels.reason }}}} in the last {span}. They are kept in table dead_letter.",
    )


def audit_found(timing: Timing) -> Iterator[Alert]:
    """Stored numbers are not what the log or the facts say; or one id names two events."""
    for name, severity, having, summary in (
        (
            AUDIT_MISMATCH,
            Severity.CRITICAL,
            f'{{check!="{CONFLICTS}"}}',
            "What is stored is not what the log says: numbers are wrong.",
        ),
        (
            AUDIT_CONFLICTS,
            Severity.WARNING,
            f'{{check="{CONFLICTS}"}}',
            "An event_id names two events; both are counted.",
        ),
    ):
        yield Alert(
            name=name,
            expr=f"{_latest(AUDIT_MISMATCHES, having)} > 0",
            severity=severity,
            hold_s=0,
            keep_s=timing.keep(KEEP_S),
            summary=summary,
            description="Check {{ $labels.check }} of the latest audit found "
            '{{ $value | printf "%.0f" }} mismatches. v_audit has the rows.',
        )


def audit_stale(timing: Timing) -> Alert:
    """It ran once and does not any more."""
    return Alert(
        name=AUDIT_STALE,
        expr=f"time() - {_latest(AUDIT_LAST_RUN)} > {AUDIT_OVERDUE_S}",
        severity=Severity.WARNING,
        hold_s=timing.hold(SOURCE_HOLD_S),
        keep_s=timing.keep(KEEP_S),
        summary="Nobody checks the numbers any more.",
        description="The latest audit was {{ $value | humanizeDuration }} ago; the rollup does one "
        "each PULSE_AUDIT_MINUTES.",
    )


def watchdog() -> Alert:
    """Always firing: whoever stops hearing it knows that alerting itself is down."""
    return Alert(
        name=WATCHDOG,
        expr="vector(1)",
        severity=Severity.NONE,
        hold_s=0,
        keep_s=0,
        summary="Alerting works.",
        description="This alert always fires. Its absence at the receiver is the alarm: "
        "Prometheus or Alertmanager is down.",
    )
