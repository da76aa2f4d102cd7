"""What the worker's /metrics and Prometheus' API say at one moment, as plain values."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.metric import Metric
from pipeline.catalog.series import (
    CAUGHT_UP,
    LAG_RECORDS,
    LAG_SECONDS,
    LAST_HEARTBEAT,
    MEMBER_COUNT,
    RECORDS,
    Part,
    Series,
    part_name,
)
from pipeline.errors import PulseError
from sinks.prometheus_snapshot import Baseline, GroupSignals

Samples = Mapping[str, list[tuple[Mapping[str, str], float]]]
"""Series name -> its labels and values."""


@dataclass(frozen=True)
class Pipeline:
    """The worker's state: records since it started, by outcome and by reason of rejection.

    `lag_records` and `lag_seconds` are the sum and the worst of all partitions. `caught_up` is
    false while any of them has no owner. `beats`: wall second of each live source's last beat.
    """

    outcomes: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    lag_records: int = 0
    lag_seconds: float = 0.0
    caught_up: bool = False
    beats: Mapping[str, float] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """Records read: each has one outcome."""
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class Worker:
    """One reading of /metrics."""

    pipeline: Pipeline = field(default_factory=Pipeline)
    signals: tuple[GroupSignals, ...] = ()
    members: Mapping[str, int] = field(default_factory=dict)

    @property
    def has_baselines(self) -> bool:
        """Whether any group can be compared with its past."""
        return any(one.baselines for one in self.signals)


@dataclass(frozen=True)
class ActiveAlert:
    """An alert as Prometheus has it: `state` is pending or firing, `since` its RFC 3339 time."""

    state: str
    labels: Mapping[str, str]
    since: str

    @property
    def name(self) -> str:
        """The alert's name."""
        return self.labels.get("alertname", "")


def fetch(url: str, *, timeout_s: float = 5.0) -> str:
    """The body of a GET on our own machine; PulseError when there is no good answer."""
    place = urlsplit(url)
    connection = HTTPConnection(place.netloc, timeout=timeout_s)
    try:
        connection.request("GET", place.path)
        answer = connection.getresponse()
        body = answer.read().decode()
    except (HTTPException, OSError) as error:
        raise PulseError(f"There is no answer: {error!r}", where=url) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise PulseError(f"The answer is {answer.status} {answer.reason}", where=url)
    return body


def read_worker(exposition: str) -> Worker:
    """What /metrics says, in the terms it was published in."""
    samples = _samples(exposition)
    return Worker(
        _pipeline(samples),
        tuple(one for metric in MILESTONES for one in _signals(samples, metric)),
        {labels["group_id"]: int(value) for labels, value in _of(samples, MEMBER_COUNT)},
    )


def read_alerts(answer: str) -> tuple[ActiveAlert, ...]:
    """The alerts in an answer of Prometheus' /api/v1/alerts."""
    return tuple(
        ActiveAlert(alert["state"], alert["labels"], alert["activeAt"])
        for alert in json.loads(answer)["data"]["alerts"]
    )


def _samples(exposition: str) -> Samples:
    found: defaultdict[str, list[tuple[Mapping[str, str], float]]] = defaultdict(list)
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            found[sample.name].append((sample.labels, sample.value))
    return found


def _of(samples: Samples, series: Series) -> Iterable[tuple[Mapping[str, str], float]]:
    return samples.get(series.name, ())


def _pipeline(samples: Samples) -> Pipeline:
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for labels, value in _of(samples, RECORDS):
        outcomes[labels["outcome"]] += int(value)
        if labels["reason"]:
            reasons[labels["reason"]] += int(value)
    owned = [value == 1 for _, value in _of(samples, CAUGHT_UP)]
    return Pipeline(
        outcomes,
        +reasons,
        lag_records=sum(int(value) for _, value in _of(samples, LAG_RECORDS)),
        lag_seconds=max((value for _, value in _of(samples, LAG_SECONDS)), default=0.0),
        caught_up=bool(owned) and all(owned),
        beats={labels["source"]: value for labels, value in _of(samples, LAST_HEARTBEAT)},
    )


def _signals(samples: Samples, metric: Metric) -> Iterable[GroupSignals]:
    def part(name: Part) -> list[tuple[Mapping[str, str], float]]:
        return samples.get(part_name(metric.stem, name), [])

    weeks = {_key(labels): int(value) for labels, value in part(Part.BASELINE_WEEKS)}
    baselines: defaultdict[tuple[str, str], dict[str, Baseline]] = defaultdict(dict)
    for labels, value in part(Part.BASELINE_RATIO):
        group_id, signal, against = _key(labels)
        baselines[group_id, signal][against] = Baseline(value, weeks[group_id, signal, against])
    numerators = {_key(labels): int(value) for labels, value in part(Part.NUMERATOR)}
    for labels, denominator in part(Part.DENOMINATOR):
        group_id, signal, _ = _key(labels)
        yield GroupSignals(
            group_id,
            metric.stem,
            signal,
            numerators[_key(labels)],
            int(denominator),
            baselines[group_id, signal],
        )


def _key(labels: Mapping[str, str]) -> tuple[str, str, str]:
    return labels["group_id"], labels["signal"], labels.get("against", "")
