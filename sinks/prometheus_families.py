"""A published snapshot as Prometheus samples: names, labels and help from the catalogue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.metric import Metric as Milestone
from pipeline.catalog.series import (
    AUDIT_LAST_RUN,
    AUDIT_MISMATCHES,
    CAUGHT_UP,
    CLOCK_RATE,
    FUNNEL_MEMBERS,
    GROUP_INFO,
    GROUP_VALUE,
    LABEL_OVERFLOW,
    LAG_RECORDS,
    LAG_SECONDS,
    LAST_EVENT,
    LAST_HEARTBEAT,
    MEMBER_COUNT,
    READINGS_LAST,
    STORED_BASELINE,
    STORED_DENOMINATOR,
    STORED_NUMERATOR,
    STORED_WINDOWS,
    Part,
    Series,
    milestone_series,
    part_name,
)
from sinks.prometheus_snapshot import ExportSnapshot, GroupSignals, StoredMilestone

Sample = tuple[tuple[str, ...], float]


def families(snapshot: ExportSnapshot) -> Iterator[Metric]:
    """Every gauge of `snapshot`; a family without samples still says its name and help."""
    for milestone in MILESTONES:
        yield from _milestone(milestone, snapshot.signals)
    yield from _stored(snapshot.stored)
    yield _gauge(GROUP_INFO, ((labels, 1) for labels in snapshot.types.items()))
    yield _gauge(GROUP_VALUE, snapshot.indicators.items())
    yield _gauge(MEMBER_COUNT, (((group,), n) for group, n in snapshot.member_count.items()))
    yield _gauge(
        FUNNEL_MEMBERS,
        (
            ((group, step), n)
            for group, steps in snapshot.funnel.items()
            for step, n in steps.items()
        ),
    )
    yield _gauge(LAST_EVENT, (((source,), s) for source, s in snapshot.last_event_s.items()))
    yield _gauge(
        LAST_HEARTBEAT, (((source,), s) for source, s in snapshot.last_heartbeat_s.items())
    )
    for series, lags in (
        (LAG_RECORDS, snapshot.lag_records),
        (LAG_SECONDS, snapshot.lag_seconds),
    ):
        yield _gauge(series, (((topic, str(n)), lag) for (topic, n), lag in lags.items()))
    yield _gauge(CAUGHT_UP, (((str(n),), up) for n, up in snapshot.caught_up.items()))
    yield _gauge(CLOCK_RATE, [((), snapshot.clock_rate)])
    yield _gauge(LABEL_OVERFLOW, [((), snapshot.left_out)])
    yield _gauge(AUDIT_MISMATCHES, (((check,), n) for check, n in snapshot.audit.items()))
    for series, last in (
        (AUDIT_LAST_RUN, snapshot.audit_last_s),
        (READINGS_LAST, snapshot.readings_last_s),
    ):
        yield _gauge(series, [] if last is None else [((), last)])


def _milestone(milestone: Milestone, signals: Iterable[GroupSignals]) -> Iterator[Metric]:
    samples: defaultdict[str, list[Sample]] = defaultdict(list)

    def add(part: Part, labels: tuple[str, ...], value: float) -> None:
        samples[part_name(milestone.stem, part)].append((labels, value))

    for one in signals:
        if one.stem != milestone.stem:
            continue
        labels = (one.group_id, one.signal)
        add(Part.NUMERATOR, labels, one.numerator)
        add(Part.DENOMINATOR, labels, one.denominator)
        if one.ratio is not None:
            add(Part.RATIO, labels, one.ratio)
        for against, baseline in one.baselines.items():
            add(Part.BASELINE_RATIO, (*labels, against), baseline.ratio)
            add(Part.BASELINE_WEEKS, (*labels, against), baseline.weeks)
    for series in milestone_series(milestone):
        yield _gauge(series, samples[series.name])


def _stored(milestones: Iterable[StoredMilestone]) -> Iterator[Metric]:
    """What was read once, and each comparison of it."""
    numerators: dict[tuple[str, ...], float] = {}
    denominators: dict[tuple[str, ...], float] = {}
    baselines: dict[tuple[str, ...], float] = {}
    windows: dict[tuple[str, ...], float] = {}
    for one in milestones:
        labels = (one.group_id, one.measure, one.signal)
        numerators[labels] = one.numerator
        denominators[labels] = one.denominator
        if one.baseline is not None:
            baselines[(*labels, one.against)] = one.baseline
            windows[(*labels, one.against)] = one.windows
    yield _gauge(STORED_NUMERATOR, numerators.items())
    yield _gauge(STORED_DENOMINATOR, denominators.items())
    yield _gauge(STORED_BASELINE, baselines.items())
    yield _gauge(STORED_WINDOWS, windows.items())


def _gauge(series: Series, samples: Iterable[Sample]) -> Metric:
    family = GaugeMetricFamily(series.name, series.help, labels=series.labels)
    for labels, value in samples:
        family.add_metric(labels, float(value))
    return family
