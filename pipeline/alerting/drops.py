"""Drop alerts of the milestones: every `Drop` of the catalogue as one rule.

A gauge that is missing (no baseline, a stale source, a worker that is behind) leaves the rule
without a result: no data is not a drop.
"""

from __future__ import annotations

from pipeline.alerting.alert import Alert
from pipeline.alerting.timing import Timing
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.promql import beyond_noise, fall, gauge, judgeable
from pipeline.catalog.series import Part
from pipeline.catalog.vocabulary import Against, Change, Signal

WINDOW_WORDS = {
    Signal.FAST: "in the last closed hour",
    Signal.SLOW: "in the trailing 24 hours, which end at the last closed minute less the grace",
}
STOCK_WORDS = "now, at the last closed minute less the grace"
USUAL_WORDS = {
    Against.WEEKS: "is usual at this weekday and clock time (median of {weeks} earlier weeks)",
    Against.DAY: "was measured 24 hours before",
    Against.WEEK: "was measured 7 days before",
}


def drop_alert(metric: Metric, drop: Drop, timing: Timing) -> Alert:
    """The rule of one drop."""
    return Alert(
        name=metric.alert,
        expr=expression(metric, drop),
        severity=drop.severity,
        hold_s=timing.hold(drop.hold_s),
        keep_s=timing.keep(drop.keep_s),
        labels={"signal": drop.signal.value, "against": drop.against.value},
        summary=f"The {metric.words} ({metric.zh}) of a group has dropped.",
        description=_description(metric, drop),
    )


def expression(metric: Metric, drop: Drop) -> str:
    """PromQL of `Drop.fires`: the same conditions."""
    return (
        f"{fall(metric, drop)}\n  > {drop.threshold:.12g}\n"
        f"{beyond_noise(metric, drop)}{judgeable(metric, drop)}"
    )


def _description(metric: Metric, drop: Drop) -> str:
    def value(part: Part, form: str) -> str:
        series = gauge(metric, drop, part, group="group_id=%q")
        query = f"printf `{series}` $labels.group_id | query"
        return f"{{{{ {query} | first | value | {form} }}}}"

    whole = 'printf "%.0f"'
    usual = USUAL_WORDS[drop.against].format(weeks=value(Part.BASELINE_WEEKS, whole))
    if drop.change is Change.RELATIVE:
        change = "a drop of {{ $value | humanizePercentage }}"
    else:
        points = 'printf "%f * 100" $value | query | first | value | humanize'
        change = f"a drop of {{{{ {points} }}}} percentage points"
    return (
        f"Group {{{{ $labels.group_id }}}}: {metric.words} "
        f"{value(Part.RATIO, 'humanizePercentage')} "
        f"({value(Part.NUMERATOR, whole)} of {value(Part.DENOMINATOR, whole)} "
        f"{metric.base}) {STOCK_WORDS if metric.stock else WINDOW_WORDS[drop.signal]}; "
        f"{value(Part.BASELINE_RATIO, 'humanizePercentage')} {usual}: {change}."
    )
