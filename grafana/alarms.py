"""Alerts as signals: what fires, since when, how long it fired, and whether it could have.

Prometheus' own series ALERTS and ALERTS_FOR_STATE tell it: wall time, kept as long as Prometheus
keeps anything.
"""

from __future__ import annotations

from grafana.health import FIRING
from grafana.milestones import WATCHED
from grafana.signals import A_GROUP, GROUPS, Field, Look, Signal, Unit, promql
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.promql import fall, gauge, judgeable
from pipeline.catalog.series import MEMBER_COUNT, Part
from pipeline.catalog.vocabulary import Severity

RESOLUTION_S = 15
"""Seconds between two looks at the past: a scrape, so that a short alert is not overlooked."""

QUIET = "None"
ALWAYS = f'ALERTS{{alertstate="firing",alertname=~"Community.+",severity="{Severity.NONE}"}}'
PENDING = FIRING.replace('"firing"', '"pending"')
OF_GROUP = FIRING.replace("}", ",group_id!=``," + GROUPS + "}")


def _firing(severity: Severity) -> str:
    return FIRING.replace(f'severity!="{Severity.NONE}"', f'severity="{severity}"')


def _severity(severity: Severity, meaning: str) -> Signal:
    return Signal(
        id=f"firing_{severity}",
        title=f"{severity.value.capitalize()}, firing",
        description=f"Alerts of severity {severity} that fire now, of groups and of the pipeline "
        f"together: {meaning}.",
        unit=Unit.COUNT,
        queries=(promql("firing", f"count({_firing(severity)})"),),
        fields={"firing": Field(look=Look.RISE_IS_BAD, limit=1)},
        empty=QUIET,
    )


CRITICAL = _severity(Severity.CRITICAL, "they wake the on-call")
WARNING = _severity(Severity.WARNING, "they wait for office hours")

ABOUT_TO_FIRE = Signal(
    id="pending",
    title="About to fire",
    description="Alerts whose condition holds, though not yet for as long as it must.",
    unit=Unit.COUNT,
    queries=(promql("pending", f"count({PENDING})"),),
    empty=QUIET,
)

GROUPS_IN_ALARM = Signal(
    id="groups_in_alarm",
    title="Groups in alarm",
    description="Groups of which some milestone alert fires, and n = groups that have live values.",
    unit=Unit.COUNT,
    queries=(
        promql("in alarm", f"count(count by (group_id) ({OF_GROUP}))"),
        promql("n", f"count({MEMBER_COUNT.name}{{{GROUPS}}})"),
    ),
    fields={"in alarm": Field(look=Look.RISE_IS_BAD, limit=1)},
    empty=QUIET,
)

WATCHDOG = Signal(
    id="watchdog",
    title="Watchdog",
    description="The alert that always fires: heard as long as Prometheus evaluates the rules. "
    "Whether Alertmanager passes it on, its receiver alone can tell (the dead man's switch).",
    unit=Unit.COUNT,
    queries=(promql("watchdog", f"max({ALWAYS})"),),
    fields={
        "watchdog": Field(
            look=Look.FALL_IS_BAD, limit=1, words={"1": "heard"}, empty="not heard: alerts are down"
        )
    },
    empty="not heard: alerts are down",
)

LABELS = {
    "severity": "severity",
    "alertname": "alert",
    "group_id": "group",
    "signal": "signal",
    "against": "against",
    "source": "source",
    "check": "check",
}
"""Labels that tell what an alert is about, and the columns that they become."""

NOW = Signal(
    id="firing_now",
    title="Firing now",
    description="One row an alert that fires, with what it is about and the wall time for which "
    "its condition has held. What it means and what to do: the runbook has a section of its name.",
    unit=Unit.SECONDS,
    queries=(
        promql(
            "for",
            f"max by ({', '.join(LABELS)}) (\n"
            '  (time() - ALERTS_FOR_STATE{alertname=~"Community.+"})\n'
            f"  and ignoring (alertstate) {FIRING}\n)",
        ),
    ),
    fields={
        "for": Field(unit=Unit.SECONDS),
        "group": A_GROUP,
        "severity": Field(unit=Unit.TEXT),
    },
    empty="Nothing fires",
)

HISTORY = Signal(
    id="firing_history",
    title="Alerts firing, by name and severity",
    description="How many alerts of each name and severity fired at a time: a milestone's alert "
    "counts once for each group, signal and baseline. Wall time.",
    unit=Unit.COUNT,
    queries=(promql("{{alertname}} {{severity}}", f"count by (alertname, severity) ({FIRING})"),),
    empty="Nothing fired in this range",
)


def _time_firing(by: str, alerts: str) -> str:
    spells = f"max by ({by}) ({alerts})[$__range:{RESOLUTION_S}s]"
    return f"sort_desc(count_over_time({spells}) * {RESOLUTION_S})"


TIME_FIRING = Signal(
    id="time_firing",
    title="Time firing, by alert",
    description="For how much of the board's range at least one alert of the name fired, to within "
    f"{RESOLUTION_S} s.",
    unit=Unit.SECONDS,
    queries=(promql("{{alertname}}", _time_firing("alertname", FIRING)),),
    empty="Nothing fired in this range",
)

MOST_ALARMS = Signal(
    id="groups_by_time_firing",
    title="Groups most often in alarm",
    description="For how much of the board's range some milestone alert of the group fired, the 20 "
    f"groups with the most, to within {RESOLUTION_S} s.",
    unit=Unit.SECONDS,
    queries=(promql("time firing", f"topk(20, {_time_firing('group_id', OF_GROUP)})"),),
    fields={"time firing": Field(unit=Unit.SECONDS), "group": A_GROUP},
    empty="No group was in alarm",
)


def _rule(metric: Metric, drop: Drop) -> str:
    return f"{metric.id} {metric.words}, {drop.signal} vs {drop.against}"


def _for_each(part: str) -> str:
    """One of `_PARTS` for each rule, labelled by what the rule is."""
    return "\nor\n".join(
        f'label_replace({_PARTS[part](metric, drop)}, "rule", "{_rule(metric, drop)}", "", "")'
        for metric, drop in WATCHED
    )


def _judged(metric: Metric, drop: Drop) -> str:
    ratio = gauge(metric, drop, Part.RATIO, GROUPS)
    return f"count({ratio}\n{judgeable(metric, drop, GROUPS)})"


def _beyond(metric: Metric, drop: Drop) -> str:
    fallen = f"{fall(metric, drop, GROUPS)}\n  > {drop.threshold:.12g}"
    return f"count({fallen}\n{judgeable(metric, drop, GROUPS)})"


_PARTS = {
    "groups": lambda metric, drop: f"count({gauge(metric, drop, Part.DENOMINATOR, GROUPS)})",
    "with a baseline": lambda metric, drop: (
        f"count({gauge(metric, drop, Part.BASELINE_RATIO, GROUPS)})"
    ),
    "large enough": _judged,
    "beyond the threshold": _beyond,
}

COULD_TELL = Signal(
    id="evaluations_that_can_tell",
    title="Could the alerts tell?",
    description="By rule: groups with live values; of these with a baseline for this moment; of "
    "these large enough (sample and expected count of the rule) for a drop to be told from noise, "
    "also as a share of the groups; and those beyond the threshold now. Where few can be judged, "
    "silence says little.",
    unit=Unit.COUNT,
    queries=(
        *(promql(name, _for_each(name)) for name in _PARTS),
        promql("share", f"({_for_each('large enough')})\n/ on (rule) ({_for_each('groups')})"),
    ),
    fields={
        "share": Field(unit=Unit.RATIO, decimals=0),
        "beyond the threshold": Field(look=Look.RISE_IS_BAD, limit=1),
        "rule": Field(unit=Unit.TEXT),
    },
    empty="No group has live values",
)

JUDGED = Signal(
    id="judged_share",
    title="Share of groups that can be judged",
    description="Of the groups with live values, those with a baseline and large enough for a drop "
    "to be told from noise, by rule; n = groups with live values, on the right.",
    unit=Unit.RATIO,
    queries=(
        promql("{{rule}}", f"({_for_each('large enough')})\n/ on (rule) ({_for_each('groups')})"),
        promql("n", f"count({MEMBER_COUNT.name}{{{GROUPS}}})"),
    ),
    fields={"n": Field()},
    empty="No group has live values",
)
