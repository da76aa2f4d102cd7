"""PromQL of the milestones, said once: the alerts and the boards are both made of it.

All gauges of a signal come from one snapshot and are joined on group and signal, so no expression
compares two moments. A gauge that is missing leaves an expression without a result.
"""

from __future__ import annotations

from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.series import (
    STORED_BASELINE,
    STORED_DENOMINATOR,
    STORED_NUMERATOR,
    STORED_WINDOWS,
    Part,
    Series,
    part_name,
)
from pipeline.catalog.value import Ratio
from pipeline.catalog.vocabulary import Change, Turn

JOIN = "on (group_id, signal)"
STORED_JOIN = "on (group_id, measure, signal)"

_STORED: dict[Part, Series] = {
    Part.NUMERATOR: STORED_NUMERATOR,
    Part.DENOMINATOR: STORED_DENOMINATOR,
    Part.BASELINE_RATIO: STORED_BASELINE,
    Part.BASELINE_WEEKS: STORED_WINDOWS,
}


def join(metric: Metric) -> str:
    """On what the gauges of a milestone are joined."""
    return JOIN if metric.stem else STORED_JOIN


def gauge(metric: Metric, drop: Drop, part: Part, group: str = "") -> str:
    """One value per group, whichever worker exports it; `group`: matchers that narrow it."""
    if not metric.stem and part is Part.RATIO:
        numerator = gauge(metric, drop, Part.NUMERATOR, group)
        denominator = gauge(metric, drop, Part.DENOMINATOR, group)
        return f"({numerator} / {STORED_JOIN} ({denominator} > 0))"
    matchers = [group, f'signal="{drop.signal}"']
    if part in (Part.BASELINE_RATIO, Part.BASELINE_WEEKS):
        matchers.append(f'against="{drop.against}"')
    if metric.stem:
        name = part_name(metric.stem, part)
    else:
        name = _STORED[part].name
        if "measure=" not in group:
            matchers.insert(1, _measures(metric))
    return f"max without (instance) ({name}{{{','.join(filter(None, matchers))}}})"


def _measures(metric: Metric) -> str:
    """A matcher of the measures of a stored milestone: itself, and what it is split into."""
    if isinstance(metric.value, Ratio) and not metric.value.numerator.slice:
        return f'measure="{metric.name}"'
    return f'measure=~"{metric.name}(:.+)?"'


def fall(metric: Metric, drop: Drop, group: str = "") -> str:
    """`Drop.change_of` per group: how far the ratio lies on the bad side of its baseline."""
    ratio = gauge(metric, drop, Part.RATIO, group)
    baseline = gauge(metric, drop, Part.BASELINE_RATIO, group)
    on = join(metric)
    if drop.turn is Turn.RISE:
        if drop.change is Change.RELATIVE:
            return f"{ratio}\n  / {on} {baseline} - 1"
        return f"{ratio}\n  - {on} {baseline}"
    if drop.change is Change.RELATIVE:
        return f"1 - {ratio}\n  / {on} ({baseline} > 0)"
    return f"({baseline} > 0)\n  - {on} {ratio}"


def judgeable(metric: Metric, drop: Drop, group: str = "") -> str:
    """To follow an expression: only groups large enough for the drop to be told from noise."""
    denominator = gauge(metric, drop, Part.DENOMINATOR, group)
    on = join(metric)
    _, more = _apart(metric, drop, group)
    return "\n".join(
        [
            f"and {on}",
            f"  {denominator} >= {drop.min_sample}",
            f"and {on}",
            f"  {more}",
            f"  >= {drop.min_expected:.12g}",
        ]
    )


def beyond_noise(metric: Metric, drop: Drop, group: str = "") -> str:
    """To follow an expression: only changes that chance alone rarely makes of so few.

    Empty for a drop that has no `noise`.
    """
    if not drop.noise:
        return ""
    on = join(metric)
    less, more = _apart(metric, drop, group)
    return "\n".join(
        [
            f"and {on}",
            f"  ({more}",
            f"  - {on} {less})",
            f"  / {on} ({more}) ^ 0.5",
            f"  > {drop.noise:.12g}",
            "",
        ]
    )


def _apart(metric: Metric, drop: Drop, group: str) -> tuple[str, str]:
    """What is counted, and what the baseline promises; of a rise the other way round.

    So where the rule fires the second is the larger.
    """
    counted = gauge(metric, drop, Part.NUMERATOR, group)
    denominator = gauge(metric, drop, Part.DENOMINATOR, group)
    baseline = gauge(metric, drop, Part.BASELINE_RATIO, group)
    promised = f"{denominator}\n  * {join(metric)} {baseline}"
    if drop.turn is Turn.RISE:
        return f"({promised})", counted
    return counted, promised
