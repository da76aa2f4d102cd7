"""METRICS.md, rendered from the catalogue: what is computed, when it alerts, what is exported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.series import COMMUNITY, LABELS, PIPELINE, Series, milestone_series
from pipeline.catalog.vocabulary import Change, Mode

HEADER = "<!-- Generated from pipeline/catalog by `python -m deploy.render`. DO NOT EDIT. -->"

INTRODUCTION = """\
# Metrics

What this release computes, by the ids of the catalogue. A value is per group unless said
otherwise. **Window**: `now` = the state at the clock; `1m` = a minute of event time; `1h` = the
last closed hour; `24h` = the trailing 24 hours up to the last closed minute less the grace.
**Empty**: `Z0` = a count of nothing is 0; `ZN` = no denominator, no value (never 0, never an
alert). Rates are fractions of 1, times UTC, money in the one reporting currency. Staff and bots
are not members. **Read at**: a Prometheus series; `group_minute.x`, a column of that table (view
`v_group_minute`); `signals.x`, a column of the query in `pipeline/catalog/sql_signals.py`, which
the worker's live view equals."""

MODES = {Mode.LIVE: "worker", Mode.SQL: "SQL", Mode.BOTH: "worker, SQL"}

DROPS = """\
## When a milestone has dropped

Fires when the change exceeds the threshold **and** the denominator is at least *sample* **and**
the numerator that the baseline promises is at least *expected* **and** this lasts for *hold* of
event time. No baseline, no alert; 0 of a positive denominator is a real 0 and does alert.
Every number here is a default of this project, not a norm: `METRIC.signal.against.field=value`
changes it, for example `python -m deploy.render --to DIR --set C06.slow.4w.threshold=0.4`.
`4w` = median of the same weekday and clock time in the last four weeks, at least three of them
present; `24h`, `7d` = the value that long before."""

SERIES = """\
## Prometheus series

No label holds a person's id. A group has series while it is among the exported groups, its
worker keeps up, and no live source that feeds it is stale; otherwise they are gone, not 0."""


def document(metrics: Sequence[Metric] = CATALOGUE) -> str:
    """The text of METRICS.md."""
    milestones = [metric for metric in metrics if metric.milestone]
    return (
        "\n\n".join(
            [
                HEADER,
                INTRODUCTION,
                "## Computed",
                _table(
                    ("id", "metric", "formula", "unit", "window", "empty", "from", "by", "read at"),
                    (_metric_row(metric) for metric in metrics),
                ),
                *(f"**{metric.id}** {metric.note}" for metric in metrics if metric.note),
                DROPS,
                _table(
                    (
                        "alert",
                        "metric",
                        "signal",
                        "against",
                        "drop over",
                        "sample",
                        "expected",
                        "hold",
                        "severity",
                    ),
                    (_drop_row(metric, drop) for metric in milestones for drop in metric.drops),
                ),
                SERIES,
                _table(("series", "type", "labels", "meaning"), _series_rows(milestones)),
                _table(("label", "its values"), ((f"`{k}`", v) for k, v in LABELS.items())),
            ]
        )
        + "\n"
    )


def _metric_row(metric: Metric) -> tuple[str, ...]:
    outlets = metric.outlets or (f"community_{metric.stem}_ratio",)
    return (
        metric.id,
        f"`{metric.name}` {metric.zh}{' (milestone)' if metric.milestone else ''}",
        metric.formula,
        metric.unit,
        ", ".join(metric.windows),
        metric.zero,
        ", ".join(metric.events),
        MODES[metric.mode],
        ", ".join(f"`{outlet}`" for outlet in outlets),
    )


def _drop_row(metric: Metric, drop: Drop) -> tuple[str, ...]:
    points = drop.change is Change.POINTS
    return (
        f"[{metric.alert}](../deploy/runbook.md#{metric.alert})",
        f"{metric.id} {metric.words}",
        drop.signal,
        drop.against,
        f"{drop.threshold * 100:g} {'percentage points' if points else '%'}",
        f"{drop.min_sample}",
        f"{drop.min_expected:g}",
        f"{drop.hold_s // 60} min",
        drop.severity,
    )


def _series_rows(milestones: Iterable[Metric]) -> Iterator[tuple[str, ...]]:
    series: list[Series] = [one for metric in milestones for one in milestone_series(metric)]
    for one in (*series, *COMMUNITY, *PIPELINE):
        yield (
            f"`{one.name}`",
            one.type,
            ", ".join(f"`{label}`" for label in one.labels),
            one.help,
        )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
