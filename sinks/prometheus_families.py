"""A published snapshot as Prometheus samples, family by family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial

from pipeline.catalog.catalogue import MILESTONES
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
from sinks.prometheus_text import Family, Sample

_NAMES = {one.stem: {part: part_name(one.stem, part) for part in Part} for one in MILESTONES}


def families(snapshot: ExportSnapshot) -> Iterator[Family]:
    """Every gauge of `snapshot`; a family without samples is there all the same.

    Samples are made when they are asked for, and once.
    """
    yield from _live(snapshot.signals)
    yield from _stored(snapshot.stored)
    yield Family(GROUP_INFO, ((labels, 1) for labels in snapshot.types.items()))
    yield Family(GROUP_VALUE, snapshot.indicators.items())
    yield Family(MEMBER_COUNT, (((group,), n) for group, n in snapshot.member_count.items()))
    yield Family(
        FUNNEL_MEMBERS,
        (
            ((group, step), n)
            for group, steps in snapshot.funnel.items()
            for step, n in steps.items()
        ),
    )
    yield Family(LAST_EVENT, (((source,), s) for source, s in snapshot.last_event_s.items()))
    yield Family(
        LAST_HEARTBEAT, (((source,), s) for source, s in snapshot.last_heartbeat_s.items())
    )
    for series, lags in (
        (LAG_RECORDS, snapshot.lag_records),
        (LAG_SECONDS, snapshot.lag_seconds),
    ):
        yield Family(series, (((topic, str(n)), lag) for (topic, n), lag in lags.items()))
    yield Family(CAUGHT_UP, (((str(n),), up) for n, up in snapshot.caught_up.items()))
    yield Family(CLOCK_RATE, [((), snapshot.clock_rate)])
    yield Family(LABEL_OVERFLOW, [((), snapshot.left_out)])
    yield Family(AUDIT_MISMATCHES, (((check,), n) for check, n in snapshot.audit.items()))
    for series, last in (
        (AUDIT_LAST_RUN, snapshot.audit_last_s),
        (READINGS_LAST, snapshot.readings_last_s),
    ):
        yield Family(series, [] if last is None else [((), last)])


def _live(signals: Iterable[GroupSignals]) -> Iterator[Family]:
    samples = cache(partial(_live_samples, signals))
    for milestone in MILESTONES:
        for series in milestone_series(milestone):
            yield Family(series, _of(samples, series))


def _live_samples(signals: Iterable[GroupSignals]) -> Mapping[str, list[Sample]]:
    samples: defaultdict[str, list[Sample]] = defaultdict(list)
    for one in signals:
        parts, labels = _NAMES[one.stem], (one.group_id, one.signal)
        samples[parts[Part.NUMERATOR]].append((labels, one.numerator))
        samples[parts[Part.DENOMINATOR]].append((labels, one.denominator))
        if one.ratio is not None:
            samples[parts[Part.RATIO]].append((labels, one.ratio))
        for against, baseline in one.baselines.items():
            compared = (*labels, against)
            samples[parts[Part.BASELINE_RATIO]].append((compared, baseline.ratio))
            samples[parts[Part.BASELINE_WEEKS]].append((compared, baseline.weeks))
    return samples


def _of(samples: Callable[[], Mapping[str, Iterable[Sample]]], series: Series) -> Iterator[Sample]:
    yield from samples().get(series.name, ())


def _stored(milestones: Iterable[StoredMilestone]) -> Iterator[Family]:
    """What was read once, and each comparison of it."""
    samples = cache(partial(_stored_samples, milestones))
    for series in (STORED_NUMERATOR, STORED_DENOMINATOR, STORED_BASELINE, STORED_WINDOWS):
        yield Family(series, _of(samples, series))


def _stored_samples(milestones: Iterable[StoredMilestone]) -> Mapping[str, Iterable[Sample]]:
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
    return {
        STORED_NUMERATOR.name: numerators.items(),
        STORED_DENOMINATOR.name: denominators.items(),
        STORED_BASELINE.name: baselines.items(),
        STORED_WINDOWS.name: windows.items(),
    }
