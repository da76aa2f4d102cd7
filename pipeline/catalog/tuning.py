"""Other thresholds than the defaults: one mapping, written METRIC.signal.against.field=value.

For example `C06.slow.4w.threshold=0.4` or `A11.slow.24h.min_sample=500`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.errors import UsageError

TUNABLE: Mapping[str, type[int] | type[float]] = {
    "threshold": float,
    "min_sample": int,
    "min_expected": float,
    "hold_s": int,
    "keep_s": int,
    "noise": float,
}


def tuned(metrics: Sequence[Metric], overrides: Mapping[str, str]) -> tuple[Metric, ...]:
    """`metrics` with the overridden thresholds.

    Raises UsageError that names everything that is no threshold or no number at once, and
    CatalogError for a number out of its range.
    """
    known = {
        f"{metric.id}.{drop.key}.{field}"
        for metric in metrics
        for drop in metric.drops
        for field in TUNABLE
    }
    faults = [f"{name} is no threshold" for name in overrides if name not in known]
    values: dict[str, int | float] = {}
    for name in known & overrides.keys():
        try:
            values[name] = TUNABLE[name.rpartition(".")[2]](overrides[name])
        except ValueError:
            faults.append(f"{name}={overrides[name]} is no number")
    if faults:
        raise UsageError(
            f"Thresholds cannot be set: {'; '.join(sorted(faults))}",
            remedy=f"Write METRIC.signal.against.({'|'.join(TUNABLE)}) as METRICS.md has them, "
            "for example C06.slow.4w.threshold=0.4.",
        )
    return tuple(
        replace(metric, drops=tuple(_tuned(metric, drop, values) for drop in metric.drops))
        for metric in metrics
    )


def _tuned(metric: Metric, drop: Drop, values: Mapping[str, int | float]) -> Drop:
    fresh = drop
    for field in TUNABLE:
        value = values.get(f"{metric.id}.{drop.key}.{field}")
        if value is not None:
            fresh = replace(fresh, **{field: value})  # type: ignore[arg-type]
    return fresh
