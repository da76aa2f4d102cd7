"""PromQL of the milestones, said once: the alerts and the boards are both made of it.

All gauges of a signal come from one snapshot of the worker and are joined on group and signal, so
no expression compares two moments. A gauge that is missing leaves an expression without a result.
"""

from __future__ import annotations

from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.series import Part, part_name
from pipeline.catalog.vocabulary import Change

JOIN = "on (group_id, signal)"


def gauge(metric: Metric, drop: Drop, part: Part, group: str = "") -> str:
    """One value per group, whichever worker exports it; `group`: a matcher that narrows it."""
    matchers = [group, f'signal="{drop.signal}"']
    if part in (Part.BASELINE_RATIO, Part.BASELINE_WEEKS):
        matchers.append(f'against="{drop.against}"')
    selector = ",".join(filter(None, matchers))
    return f"max without (instance) ({part_name(metric.stem, part)}{{{selector}}})"


def fall(metric: Metric, drop: Drop, group: str = "") -> str:
    """`Drop.change_of` per group: how far the ratio lies below its baseline."""
    ratio = gauge(metric, drop, Part.RATIO, group)
    baseline = gauge(metric, drop, Part.BASELINE_RATIO, group)
    if drop.change is Change.RELATIVE:
        return f"1 - {ratio}\n  / {JOIN} ({baseline} > 0)"
    return f"({baseline} > 0)\n  - {JOIN} {ratio}"


def judgeable(metric: Metric, drop: Drop, group: str = "") -> str:
    """To follow an expression: only groups large enough for the drop to be told from noise."""
    denominator = gauge(metric, drop, Part.DENOMINATOR, group)
    return "\n".join(
        [
            f"and {JOIN}",
            f"  {denominator} >= {drop.min_sample}",
            f"and {JOIN}",
            f"  {_expected(metric, drop, group)}",
            f"  >= {drop.min_expected:.12g}",
        ]
    )


def beyond_noise(metric: Metric, drop: Drop, group: str = "") -> str:
    """To follow an expression: only falls that chance alone rarely makes where so few are expected.

    Empty for a drop that has no `noise`.
    """
    if not drop.noise:
        return ""
    return "\n".join(
        [
            f"and {JOIN}",
            f"  ({fall(metric, drop, group)})",
            f"  * {JOIN} ({_expected(metric, drop, group)}) ^ 0.5",
            f"  > {drop.noise:.12g}",
            "",
        ]
    )


def _expected(metric: Metric, drop: Drop, group: str) -> str:
    """The numerator that the baseline promises."""
    denominator = gauge(metric, drop, Part.DENOMINATOR, group)
    return f"{denominator}\n  * {JOIN} {gauge(metric, drop, Part.BASELINE_RATIO, group)}"
