"""The milestones as signals: from the live gauges and, where those are silent, from the store.

Several groups together are sums of numerators over sums of denominators, never a mean of rates.
Their baseline is weighted likewise, over the groups that have one, and the change compares the
same groups: persons that counted against persons that the baselines promise.
"""

from __future__ import annotations

from grafana.signals import A_GROUP, GROUPS, Field, Look, Query, Signal, Unit, promql
from pipeline.catalog.catalogue import ALL_MILESTONES, MILESTONES
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.promql import JOIN, fall, gauge, join, judgeable
from pipeline.catalog.series import EVERY_GROUP, FUNNEL_MEMBERS, Part
from pipeline.catalog.vocabulary import Against, Change, Turn
from pipeline.catalog.vocabulary import Signal as Speed

USUAL = {
    Against.WEEKS: "median of this weekday and clock time in the last 4 weeks",
    Against.DAY: "24 hours before",
    Against.WEEK: "7 days before",
}
LIVE = "Empty while no live source feeds the group or the worker is behind: no data is not zero."
WALL = "The axis is wall time, also where the event clock runs faster (the demo)."
WATCHED = [(metric, drop) for metric in ALL_MILESTONES for drop in metric.drops]

SPAN = {Speed.FAST: "last closed hour", Speed.SLOW: "trailing 24 h"}


def title(metric: Metric) -> str:
    """Its name as a heading."""
    return f"{metric.words.capitalize()} {metric.zh}"


def slow(metric: Metric) -> Drop:
    """The drop that a board shows: of the trailing 24 hours, else the first declared."""
    return next((drop for drop in metric.drops if drop.signal is Speed.SLOW), metric.drops[0])


def change_field(drop: Drop) -> Field:
    """A change is red beyond the alert's own threshold."""
    rises = drop.turn is Turn.RISE
    return Field(
        unit=Unit.RATIO,
        look=Look.RISE_IS_BAD if rises else Look.FALL_IS_BAD,
        limit=drop.threshold if rises else -drop.threshold,
        decimals=1,
        calm=True,
    )


def change_name(drop: Drop) -> str:
    """What a change is called: relative, or in percentage points."""
    return "change" if drop.change is Change.RELATIVE else "change, points"


def milestone(metric: Metric) -> Signal:
    """One milestone of the chosen groups now: value, n, baseline and change."""
    drop = slow(metric)
    parts = _sums(metric, drop)
    return Signal(
        id=f"{metric.name}_now",
        title=title(metric),
        description=f"{metric.id}, {SPAN[drop.signal]}, the chosen groups together: "
        f"{metric.formula}. n = {metric.base}. Baseline: {USUAL[drop.against]}, weighted by n; the "
        f"change is over the groups that have one, red beyond the alert's {drop.threshold:.0%}"
        f"{' points' if drop.change is Change.POINTS else ''}. {LIVE}",
        unit=Unit.RATIO,
        queries=tuple(promql(name, text) for name, text in parts.items()),
        fields={
            "n": Field(),
            "baseline": Field(unit=Unit.RATIO, look=Look.PAST, decimals=1),
            change_name(drop): change_field(drop),
        },
        empty="No live value",
    )


def milestone_course(metric: Metric) -> Signal:
    """One milestone of the chosen groups over time, beside its baseline."""
    drop = slow(metric)
    parts = _sums(metric, drop)
    return Signal(
        id=f"{metric.name}_course",
        title=f"{title(metric)} over time",
        description=f"{metric.id}, {SPAN[drop.signal]}, the chosen groups together, and its "
        f"baseline ({USUAL[drop.against]}); n = {metric.base}, on the right. {WALL} {LIVE}",
        unit=Unit.RATIO,
        queries=tuple(promql(name, parts[name]) for name in ("now", "baseline", "n")),
        fields={"baseline": Field(unit=Unit.RATIO, look=Look.PAST), "n": Field()},
        empty="No live value in this range",
    )


def _sums(metric: Metric, drop: Drop) -> dict[str, str]:
    numerator = gauge(metric, drop, Part.NUMERATOR, GROUPS)
    denominator = gauge(metric, drop, Part.DENOMINATOR, GROUPS)
    baseline = gauge(metric, drop, Part.BASELINE_RATIO, GROUPS)
    promised = f"sum({denominator}\n  * {JOIN} {baseline})"
    compared = f"sum({numerator}\n  and {JOIN} {baseline})"
    base = f"(sum({denominator}\n  and {JOIN} {baseline}) > 0)"
    if drop.change is Change.RELATIVE:
        change = f"{compared}\n/ ({promised} > 0) - 1"
    else:
        change = f"({compared}\n- {promised})\n/ {base}"
    return {
        "now": f"sum({numerator})\n/ (sum({denominator}) > 0)",
        "n": f"sum({denominator})",
        "baseline": f"{promised}\n/ {base}",
        change_name(drop): change,
    }


def _by_group(expression: str) -> str:
    return f"max by (group_id) ({expression})"


SINGLE = f'{GROUPS},group_id!="{EVERY_GROUP}"'


def _relative(metric: Metric, drop: Drop) -> str:
    """Relative change per group, of those large enough to be judged."""
    chosen = GROUPS if metric.stem else SINGLE
    ratio = gauge(metric, drop, Part.RATIO, chosen)
    baseline = gauge(metric, drop, Part.BASELINE_RATIO, chosen)
    compared = f"{ratio}\n  / {join(metric)} ({baseline} > 0)"
    turned = f"{compared} - 1" if drop.turn is Turn.DROP else f"1 - {compared}"
    change = f"{turned}\n{judgeable(metric, drop, chosen)}"
    return f'label_replace({change}, "of", "{metric.id} {drop.key}", "", "")'


def _worst() -> str:
    changes = "\nor\n".join(_relative(metric, drop) for metric, drop in WATCHED)
    return f"min by (group_id) ({changes})"


def worst_field() -> Field:
    """The deepest fall of a group is red from where some alert may fire."""
    return Field(unit=Unit.RATIO, look=Look.FALL_IS_BAD, limit=mildest(), decimals=1, calm=True)


def groups_in_need() -> Signal:
    """One row a group, the one that fell the most first."""
    columns: list[tuple[Query, Field]] = [
        (
            promql("worst change", _worst()),
            worst_field(),
        )
    ]
    for metric in MILESTONES:
        drop = slow(metric)
        change = f"-1 * ({fall(metric, drop, GROUPS)})"
        columns += [
            (
                promql(metric.words, _by_group(gauge(metric, drop, Part.RATIO, GROUPS))),
                Field(unit=Unit.RATIO, decimals=1),
            ),
            (
                promql(
                    f"n {metric.words}", _by_group(gauge(metric, drop, Part.DENOMINATOR, GROUPS))
                ),
                Field(),
            ),
            (
                promql(
                    f"usual {metric.words}",
                    _by_group(gauge(metric, drop, Part.BASELINE_RATIO, GROUPS)),
                ),
                Field(unit=Unit.RATIO, look=Look.PAST, decimals=1),
            ),
            (
                promql(f"{change_name(drop)} {metric.words}", _by_group(change)),
                change_field(drop),
            ),
        ]
    return Signal(
        id="groups_in_need",
        title="Groups that need care first",
        description="One row a group. Worst change: the deepest relative fall among all signals "
        "that are alerted on (last closed hour and trailing 24 h), only where n and the expected "
        "count are large enough to tell it from noise; a group without one stands last. The other "
        f"columns are of the trailing 24 h: value, n, baseline and change. {LIVE}",
        unit=Unit.RATIO,
        queries=tuple(query for query, _ in columns),
        fields={query.name: shown for query, shown in columns} | {"group": A_GROUP},
        empty="No group has live values",
    )


def mildest() -> float:
    """The relative change from which on some alert of the live milestones may fire."""
    return -min(
        drop.threshold
        for metric in MILESTONES
        for drop in metric.drops
        if drop.change is Change.RELATIVE
    )


STEPS = ("joined", "spoke", "ordered")


def _step(name: str) -> str:
    return f'sum(max without (instance) ({FUNNEL_MEMBERS.name}{{{GROUPS},step="{name}"}}))'


FUNNEL = Signal(
    id="funnel_steps",
    title="Funnel: joined, spoke, ordered",
    description="Members who joined in the trailing 24 h, of these who then spoke, of these who "
    f"then paid an order, each in the same group; the chosen groups together. {LIVE}",
    unit=Unit.COUNT,
    queries=tuple(promql(step, _step(step)) for step in STEPS),
    empty="No live value",
)

FUNNEL_RATES = Signal(
    id="funnel_rates",
    title="Funnel: step rates",
    description="Share of the step before that reached the next, trailing 24 h, the chosen groups "
    f"together; n = members of the step before. No rate where n is 0. {LIVE}",
    unit=Unit.RATIO,
    queries=(
        promql("spoke of joined", f"{_step('spoke')}\n/ ({_step('joined')} > 0)"),
        promql("n joined", _step("joined")),
        promql("ordered of spoke", f"{_step('ordered')}\n/ ({_step('spoke')} > 0)"),
        promql("n spoke", _step("spoke")),
    ),
    fields={"n joined": Field(), "n spoke": Field()},
    empty="No live value",
)
