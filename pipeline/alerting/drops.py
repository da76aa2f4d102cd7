"""Alerts of the milestones: every `Drop` of the catalogue as one rule.

A gauge that is missing (no baseline, a stale source, a worker that is behind) leaves the rule
without a result: no data is not a drop.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.alerting.alert import Alert
from pipeline.alerting.audience import EVERYBODY, Audience
from pipeline.alerting.timing import Timing
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.promql import beyond_noise, fall, gauge, judgeable
from pipeline.catalog.series import Part
from pipeline.catalog.vocabulary import Against, Change, Severity, Signal, Turn

WINDOW_WORDS = {
    Signal.FAST: "in the last closed hour",
    Signal.SLOW: "in the trailing 24 hours, which end at the last closed {end} less the grace",
    Signal.DAY: "on the last day that is closed and final",
    Signal.MONTH: "in the last month that is closed and final",
}
STOCK_WORDS = "now, at the last closed minute less the grace"
USUAL_WORDS = {
    Against.WEEKS: "is usual at this weekday and clock time (median of {n} earlier weeks)",
    Against.DAY: "was measured 24 hours before",
    Against.WEEK: "was measured 7 days before",
    Against.WEEK_MEAN: "is usual at this clock time (the last week, {n} days of it)",
    Against.WEEKDAY_MEAN: "is usual at this weekday and clock time (mean of {n} earlier weeks)",
    Against.FOUR_BEFORE: "is usual (mean of {n} windows before)",
    Against.BEFORE: "was measured in the window before",
    Against.EARLIER: "is usual (mean of the last {n} days that had any)",
    Against.PLAN: "is the target",
}


def drop_alerts(
    metric: Metric, drop: Drop, timing: Timing, audience: Audience = EVERYBODY
) -> Iterator[Alert]:
    """The rules of one drop: one for each severity that it has among `audience`."""
    others = audience.without_types(drop.severities)
    if not others.nobody:
        yield _alert(metric, drop, timing, others, drop.severity)
    for severity in dict.fromkeys(drop.severities.values()):
        types = [name for name, one in drop.severities.items() if one is severity]
        theirs = audience.of_types(types)
        if theirs is not None:
            yield _alert(metric, drop, timing, theirs, severity)


def _alert(
    metric: Metric, drop: Drop, timing: Timing, audience: Audience, severity: Severity
) -> Alert:
    turned = "dropped" if drop.turn is Turn.DROP else "risen"
    return Alert(
        name=metric.alert,
        expr=audience.narrowed(expression(metric, drop)),
        severity=severity,
        hold_s=timing.hold(drop.hold_s),
        keep_s=timing.keep(drop.keep_s),
        labels={
            "metric": metric.id,
            "signal": drop.signal.value,
            "against": drop.against.value,
            **audience.labels,
        },
        summary=f"The {metric.words} ({metric.zh}) of a group has {turned}.",
        description=_description(metric, drop),
        numbers={
            name: _query(metric, drop, part, "")
            for name, part in (
                ("numerator", Part.NUMERATOR),
                ("denominator", Part.DENOMINATOR),
                ("value", Part.RATIO),
                ("baseline", Part.BASELINE_RATIO),
            )
        },
    )


def expression(metric: Metric, drop: Drop) -> str:
    """PromQL of `Drop.fires`: the same conditions."""
    return (
        f"{fall(metric, drop)}\n  > {drop.threshold:.12g}\n"
        f"{beyond_noise(metric, drop)}{judgeable(metric, drop)}"
    )


def _query(metric: Metric, drop: Drop, part: Part, form: str) -> str:
    """A template that asks for one gauge of the group that fires."""
    matcher, label = ("group_id=%q", " $labels.group_id")
    if not metric.stem:
        matcher, label = (f"{matcher},measure=%q", f"{label} $labels.measure")
    series = gauge(metric, drop, part, group=matcher)
    query = f"printf `{series}`{label * series.count(matcher)} | query | first | value"
    return f"{{{{ {query}{form and f' | {form}'} }}}}"


def _description(metric: Metric, drop: Drop) -> str:
    whole = 'printf "%.0f"'
    is_count = metric.value is not None and not metric.stem and metric.unit != "ratio"
    share = whole if is_count else "humanizePercentage"

    def value(part: Part, form: str) -> str:
        return _query(metric, drop, part, form)

    usual = USUAL_WORDS[drop.against].format(n=value(Part.BASELINE_WEEKS, whole))
    if drop.turn is Turn.RISE:  # of nothing it is without bound, so it is not told in percent
        change = f"more than {1 + drop.threshold:g} times that"
    elif drop.change is Change.RELATIVE:
        change = "a drop of {{ $value | humanizePercentage }}"
    else:
        points = 'printf "%f * 100" $value | query | first | value | humanize'
        change = f"a drop of {{{{ {points} }}}} percentage points"
    base = (
        metric.base
        if is_count
        else f"({value(Part.NUMERATOR, whole)} of {value(Part.DENOMINATOR, whole)} {metric.base})"
    )
    window = WINDOW_WORDS[drop.signal].format(end="minute" if metric.stem else "hour")
    return (
        f"Group {{{{ $labels.group_id }}}}: {metric.words} "
        f"{value(Part.RATIO, share)} {base} {STOCK_WORDS if metric.stock else window}; "
        f"{value(Part.BASELINE_RATIO, share)} {usual}: {change}."
    )
