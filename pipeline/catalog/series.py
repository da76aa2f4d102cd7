"""Every Prometheus series the program exports: name, type, labels, help, said once.

The exporter builds its collectors from here, the rules take names and labels from here, and
METRICS.md lists them. No label ever holds a person's id; the bound of each label is beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.metric import Metric

LABELS: Mapping[str, str] = {
    "group_id": "a group; at most PULSE_ALERT_GROUPS of them; _all = all groups together",
    "measure": "a metric of the catalogue; with :slice where it is split",
    "community_type": "conversion, content, service, learning, forum, or empty",
    "signal": "fast (the last closed hour), slow (the trailing 24 hours), day or month (the last "
    "that is closed and final)",
    "against": "what the baseline is, by the codes of METRICS.md",
    "step": "joined, spoke or ordered",
    "topic": "a topic of ours",
    "partition": "a partition number",
    "source": "a source of events",
    "outcome": "counted, duplicate, replayed, rejected, or control: an order to the worker",
    "reason": "why it was rejected, from a closed list; empty for the other outcomes",
    "stage": "a step of the commit, or all of it",
    "kind": "one of a closed list of codes",
    "check": "holes, committed, ids, windows, conflicts or live",
    "version": "the program's version",
    "channel": "a channel of the bridge: wecom, dingtalk, feishu, slack, email, webhook",
    "status": "firing or resolved",
    "result": "one of a closed list: later, refused, full, fault; taken, failed, withheld",
}


class Type(StrEnum):
    """The Prometheus type of a series."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Series:
    """One metric family; `buckets` only for a histogram."""

    name: str
    type: Type
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()


class Part(StrEnum):
    """The gauges of one milestone."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    RATIO = "ratio"
    BASELINE_RATIO = "baseline_ratio"
    BASELINE_WEEKS = "baseline_weeks"


def part_name(stem: str, part: Part) -> str:
    """Series name of one part of a milestone."""
    return f"community_{stem}_{part}"


_PER_SIGNAL = ("group_id", "signal")
_PER_BASELINE = (*_PER_SIGNAL, "against")


def milestone_series(metric: Metric) -> Iterator[Series]:
    """The five gauges of a milestone; all of a group and signal are of one moment."""
    for part, labels, meaning in (
        (Part.NUMERATOR, _PER_SIGNAL, "persons that count"),
        (Part.DENOMINATOR, _PER_SIGNAL, "persons that could"),
        (Part.RATIO, _PER_SIGNAL, "numerator / denominator, no sample when that is 0"),
        (Part.BASELINE_RATIO, _PER_BASELINE, "what the ratio is compared with"),
        (Part.BASELINE_WEEKS, _PER_BASELINE, "how many past values that rests on"),
    ):
        yield Series(
            part_name(metric.stem, part),
            Type.GAUGE,
            labels,
            f"{metric.id} {metric.words} ({metric.zh}): {meaning}",
        )


EVERY_GROUP = "_all"
"""group_id under which all groups together are shown."""

_PER_READING = ("group_id", "measure", "signal")

STORED_NUMERATOR = Series(
    "community_milestone_numerator",
    Type.GAUGE,
    _PER_READING,
    "milestones that the rollup reads from the store each hour: what counts",
)
STORED_DENOMINATOR = Series(
    "community_milestone_denominator",
    Type.GAUGE,
    _PER_READING,
    "of these milestones: what it is a share of; 1 for a count",
)
STORED_BASELINE = Series(
    "community_milestone_baseline",
    Type.GAUGE,
    (*_PER_READING, "against"),
    "of these milestones: what numerator / denominator is compared with",
)
STORED_WINDOWS = Series(
    "community_milestone_baseline_windows",
    Type.GAUGE,
    (*_PER_READING, "against"),
    "of these milestones: how many past values the baseline rests on",
)
GROUP_INFO = Series(
    "community_group_info",
    Type.GAUGE,
    ("group_id", "community_type"),
    "always 1, for each group that is shown; community_type from dim_group, empty = not said",
)
GROUP_VALUE = Series(
    "community_group_value",
    Type.GAUGE,
    ("group_id", "measure"),
    "indicators of the group's community type, trailing 24 hours or the last final day",
)

MEMBER_COUNT = Series(
    "community_member_count", Type.GAUGE, ("group_id",), "A01 members of the group now"
)
FUNNEL_MEMBERS = Series(
    "community_funnel_members",
    Type.GAUGE,
    ("group_id", "step"),
    "members of the trailing 24 hours who reached this step after the ones before, same group",
)

RECORDS = Series(
    "community_pipeline_records_total",
    Type.COUNTER,
    ("topic", "outcome", "reason"),
    "records read, each with its one outcome",
)
LAST_EVENT = Series(
    "community_pipeline_last_event_timestamp_seconds",
    Type.GAUGE,
    ("source",),
    "wall time at which the broker took the source's latest event",
)
LAST_HEARTBEAT = Series(
    "community_pipeline_last_heartbeat_timestamp_seconds",
    Type.GAUGE,
    ("source",),
    "wall time of the source's latest heartbeat; only live sources beat",
)
LAG_RECORDS = Series(
    "community_pipeline_lag_records",
    Type.GAUGE,
    ("topic", "partition"),
    "records in the broker not yet committed, of the partitions this worker owns",
)
LAG_SECONDS = Series(
    "community_pipeline_lag_seconds",
    Type.GAUGE,
    ("topic", "partition"),
    "wall age of the oldest record not yet committed, of the partitions this worker owns",
)
COMMIT_ROWS = Series(
    "community_pipeline_commit_rows",
    Type.HISTOGRAM,
    (),
    "records in one group commit",
    (1, 10, 100, 500, 1_000, 5_000, 10_000, 20_000, 50_000, 100_000),
)
FOLDING, STORING = "fold", "all"
"""Stages of a commit: its fold, and all of its storing, beside which the next one is folded."""

COMMIT_DURATION = Series(
    "community_pipeline_commit_duration_seconds",
    Type.HISTOGRAM,
    ("stage",),
    "time of one group commit by stage",
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
STORE_ERRORS = Series(
    "community_pipeline_store_errors_total",
    Type.COUNTER,
    ("kind",),
    "answers of the store that were errors: retryable, or fatal to a record",
)
CAUGHT_UP = Series(
    "community_pipeline_caught_up",
    Type.GAUGE,
    ("partition",),
    "1 while the worker owns the partition number, nothing older than 10 s waits in it, and its "
    "live view misses nothing",
)
CLOCK_RATE = Series(
    "community_pipeline_clock_rate",
    Type.GAUGE,
    (),
    "event seconds per wall second: 1, and in the demo 0 (history) or 288 (live)",
)
INFO = Series("community_pipeline_info", Type.GAUGE, ("version",), "always 1")
ANOMALIES = Series(
    "community_pipeline_membership_anomalies_total",
    Type.COUNTER,
    ("kind",),
    "legal oddities: a join of someone present, a leave of someone absent, chat from outside",
)
LABEL_OVERFLOW = Series(
    "community_pipeline_label_overflow",
    Type.GAUGE,
    (),
    "groups left out of Prometheus by its bound on groups; they are in the store all the same",
)

AUDIT_MISMATCHES = Series(
    "community_pipeline_audit_mismatches",
    Type.GAUGE,
    ("check",),
    "what the latest audit found that is not as it should be; always 0 while all is exact",
)
AUDIT_LAST_RUN = Series(
    "community_pipeline_audit_last_run_timestamp_seconds",
    Type.GAUGE,
    (),
    "wall time at which the latest audit was done; no sample before the first",
)

READINGS_LAST = Series(
    "community_pipeline_readings_timestamp_seconds",
    Type.GAUGE,
    (),
    "wall time at which the rollup last read the stored milestones; no sample before the first",
)

BRIDGE_MESSAGES = Series(
    "community_bridge_messages_total",
    Type.COUNTER,
    ("channel", "status"),
    "messages that a channel of the bridge took, by what they told",
)
BRIDGE_FAILURES = Series(
    "community_bridge_failures_total",
    Type.COUNTER,
    ("channel", "result"),
    "attempts of the bridge that failed: later is tried again, full waits for Alertmanager",
)
BRIDGE_WAITING = Series(
    "community_bridge_waiting_groups",
    Type.GAUGE,
    ("channel",),
    "groups of alerts that a channel of the bridge has not been told yet",
)
BRIDGE_WATCHDOG = Series(
    "community_bridge_watchdog_timestamp_seconds",
    Type.GAUGE,
    (),
    "wall time at which the bridge last heard the watchdog; 0 = not since it started",
)
BRIDGE_HEARTBEATS = Series(
    "community_bridge_heartbeats_total",
    Type.COUNTER,
    ("result",),
    "asks of the dead man's switch: taken, failed, or withheld as alerts are stuck",
)

COMMUNITY: tuple[Series, ...] = (
    STORED_NUMERATOR,
    STORED_DENOMINATOR,
    STORED_BASELINE,
    STORED_WINDOWS,
    GROUP_INFO,
    GROUP_VALUE,
    MEMBER_COUNT,
    FUNNEL_MEMBERS,
)
PIPELINE: tuple[Series, ...] = (
    RECORDS,
    LAST_EVENT,
    LAST_HEARTBEAT,
    LAG_RECORDS,
    LAG_SECONDS,
    COMMIT_ROWS,
    COMMIT_DURATION,
    STORE_ERRORS,
    CAUGHT_UP,
    CLOCK_RATE,
    INFO,
    ANOMALIES,
    LABEL_OVERFLOW,
    AUDIT_MISMATCHES,
    AUDIT_LAST_RUN,
    READINGS_LAST,
)
BRIDGE: tuple[Series, ...] = (
    BRIDGE_MESSAGES,
    BRIDGE_FAILURES,
    BRIDGE_WAITING,
    BRIDGE_WATCHDOG,
    BRIDGE_HEARTBEATS,
)
"""On the bridge's /metrics; all else is on a worker's."""


def all_series(metrics: Sequence[Metric] = CATALOGUE) -> tuple[Series, ...]:
    """Everything on any /metrics, the milestones of `metrics` first."""
    milestones = [
        series for metric in metrics if metric.stem for series in milestone_series(metric)
    ]
    return (*milestones, *COMMUNITY, *PIPELINE, *BRIDGE)
