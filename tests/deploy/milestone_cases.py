"""Cases of the milestones' alerts, made from the catalogue for each of its drops and rises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Change, Severity, Turn
from tests.deploy.rule_cases import Case, Firing, Kind, RuleId

GROUP = 'a "quoted" \\ 群'
LAST = 160  # minutes a case runs

Phase = tuple[int, float | None, float, float | None]
"""(minutes, numerator or None = gauges gone, denominator, baseline or None)."""

SAID = {
    "C06.fast.4w": "daily active rate {ratio}% ({n} of 1000 members) in the last closed hour; 75% "
    "is usual at this weekday and clock time (median of 3 earlier weeks): a drop of {change}%.",
    "C06.slow.4w": "daily active rate {ratio}% ({n} of 1000 members) in the trailing 24 hours, "
    "which end at the last closed minute less the grace; 75% is usual at this weekday and clock "
    "time (median of 3 earlier weeks): a drop of {change}%.",
    "F11.fast.4w": "conversion rate {ratio}% ({n} of 1000 members) in the last closed hour; 75% "
    "is usual at this weekday and clock time (median of 3 earlier weeks): a drop of {change}%.",
    "F11.slow.4w": "conversion rate {ratio}% ({n} of 1000 members) in the trailing 24 hours, "
    "which end at the last closed minute less the grace; 75% is usual at this weekday and clock "
    "time (median of 3 earlier weeks): a drop of {change}%.",
    "A11.slow.24h": "in group rate {ratio}% ({n} of 1000 persons who ever joined) now, at the "
    "last closed minute less the grace; 75% was measured 24 hours before: a drop of {change} "
    "percentage points.",
    "A11.slow.7d": "in group rate {ratio}% ({n} of 1000 persons who ever joined) now, at the "
    "last closed minute less the grace; 75% was measured 7 days before: a drop of {change} "
    "percentage points.",
    "B02.slow.7d_mean": "join rate {ratio}% ({n} of 1000 invitations) in the trailing 24 hours, "
    "which end at the last closed hour less the grace; 75% is usual at this clock time (the last "
    "week, 3 days of it): a drop of {change}%.",
    "B17.fast.7d_mean": "reach rate {ratio}% ({n} of 1000 pushes to persons) in the last closed "
    "hour; 75% is usual at this clock time (the last week, 3 days of it): a drop of {change}%.",
    "C21.day.earlier": "activity participation rate {ratio}% ({n} of 1000 members) on the last "
    "day that is closed and final; 75% is usual (mean of the last 3 days that had any): a drop of "
    "{change}%.",
    "A19.day.4_before": "retention rate d7 {ratio}% ({n} of 1000 persons who joined that day) on "
    "the last day that is closed and final; 75% is usual (mean of 3 windows before): a drop of "
    "{change}%.",
    "F15.month.before": "repurchase rate {ratio}% ({n} of 1000 buyers) in the last month that is "
    "closed and final; 75% was measured in the window before: a drop of {change}%.",
    "F21.slow.7d_mean": "inquiry to paid rate {ratio}% ({n} of 1000 persons who inquired) in the "
    "trailing 24 hours, which end at the last closed hour less the grace; 75% is usual at this "
    "clock time (the last week, 3 days of it): a drop of {change}%.",
    "F21.day.plan": "inquiry to paid rate {ratio}% ({n} of 1000 persons who inquired) on the last "
    "day that is closed and final; 75% is the target: a drop of {change}%.",
    "F11.day.plan": "campaign conversion rate {ratio}% ({n} of 1000 members of the campaign) on "
    "the last day that is closed and final; 75% is the target: a drop of {change}%.",
    "G03.fast.7d_mean": "timely response rate {ratio}% ({n} of 1000 conversations) in the last "
    "closed hour; 75% is usual at this clock time (the last week, 3 days of it): a drop of "
    "{change}%.",
    "H13.slow.4w_mean": "operations chain {ratio}% ({n} of 1000 persons put into the stage) in "
    "the trailing 24 hours, which end at the last closed hour less the grace; 75% is usual at "
    "this weekday and clock time (mean of 3 earlier weeks): a drop of {change}%.",
    "A09.slow.4w_mean": "leave rate {ratio}% ({n} of 1000 memberships that could end) in the "
    "trailing 24 hours, which end at the last closed hour less the grace; 5% is usual at this "
    "weekday and clock time (mean of 3 earlier weeks): more than 6 times that.",
    "G08.slow.4w_mean": "complaint rate {ratio}% ({n} of 1000 persons served) in the trailing 24 "
    "hours, which end at the last closed hour less the grace; 5% is usual at this weekday and "
    "clock time (mean of 3 earlier weeks): more than 2.4 times that.",
    "A25.day.4w_mean": "contact delete rate {ratio}% ({n} of 1000 friendships) on the last day "
    "that is closed and final; 5% is usual at this weekday and clock time (mean of 3 earlier "
    "weeks): more than 6 times that.",
    "C27.slow.4w_mean": "negative sentiment ratio {ratio}% ({n} of 1000 messages of known "
    "sentiment) in the trailing 24 hours, which end at the last closed hour less the grace; 5% is "
    "usual at this weekday and clock time (mean of 3 earlier weeks): more than 2.4 times that.",
    "G09.slow.4w_mean": "overdue session count {n} conversations in the trailing 24 hours, which "
    "end at the last closed hour less the grace; 10 is usual at this weekday and clock time (mean "
    "of 3 earlier weeks): more than 5 times that.",
}


@dataclass(frozen=True)
class Scale:
    """Numbers of one drop or rise: what is usual, what just fires (`bad`), what just not."""

    usual: float
    denominator: float
    baseline: float
    bad: float
    edge: float


def scale(metric: Metric, drop: Drop) -> Scale:
    if drop.turn is Turn.RISE:
        of, baseline = (1, 10.0) if metric.unit != "ratio" else (1_000, 0.05)
        usual = baseline * of
        limit = round(usual * (1 + drop.threshold))
        return Scale(usual, of, baseline, limit + 1, limit - 1)
    share = 0.75 if drop.change is Change.RELATIVE else 1
    limit = 750 - round(1_000 * drop.threshold * share)
    return Scale(750, 1_000, 0.75, limit - 1, limit + 1)


def gauges(metric: Metric, drop: Drop, *phases: Phase, instance: str = "a:1") -> dict[str, str]:
    """The gauges of one group over the phases."""
    group = GROUP.replace("\\", "\\\\").replace('"', '\\"')
    labels = (
        f'job="community-pulse",instance="{instance}",group_id="{group}",signal="{drop.signal}"'
    )
    if not metric.stem:
        labels = f'{labels},measure="{metric.name}"'
    against = f'{labels},against="{drop.against}"'

    def over(value_of: list[float | None]) -> str:
        return " ".join(
            f"stale _x{minutes - 1}" if value is None else f"{value!r}+0x{minutes - 1}"
            for (minutes, *_), value in zip(phases, value_of, strict=True)
        )

    gone = [n is None for _, n, _, _ in phases]
    numerators = over([n for _, n, _, _ in phases])
    denominators = over([None if g else d for g, (_, _, d, _) in zip(gone, phases, strict=True)])
    baselines = [None if g else b for g, (*_, b) in zip(gone, phases, strict=True)]
    weeks = over([None if b is None else 3 for b in baselines])
    if not metric.stem:
        return {
            f"community_milestone_numerator{{{labels}}}": numerators,
            f"community_milestone_denominator{{{labels}}}": denominators,
            f"community_milestone_baseline{{{against}}}": over(baselines),
            f"community_milestone_baseline_windows{{{against}}}": weeks,
        }
    name = f"community_{metric.stem}"
    return {
        f"{name}_numerator{{{labels}}}": numerators,
        f"{name}_denominator{{{labels}}}": denominators,
        f"{name}_ratio{{{labels}}}": over([None if n is None else n / d for _, n, d, _ in phases]),
        f"{name}_baseline_ratio{{{against}}}": over(baselines),
        f"{name}_baseline_weeks{{{against}}}": weeks,
    }


def of_type(community_type: str) -> dict[str, str]:
    """What says the group's type."""
    group = GROUP.replace("\\", "\\\\").replace('"', '\\"')
    labels = f'instance="a:1",group_id="{group}",community_type="{community_type}"'
    return {f"community_group_info{{{labels}}}": "1+0x200"}


def rule(metric: Metric, drop: Drop, severity: Severity | None = None) -> RuleId:
    return metric.alert, f"{drop.key}.{severity or drop.severity}"


def said(metric: Metric, drop: Drop, numerator: float, severity: Severity | None = None) -> Firing:
    its = scale(metric, drop)
    ratio = numerator / its.denominator
    fall = its.baseline - ratio
    change = fall / its.baseline if drop.change is Change.RELATIVE else fall
    text = SAID[f"{metric.id}.{drop.key}"].format(
        ratio=f"{ratio * 100:.4g}", n=f"{numerator:.0f}", change=f"{change * 100:.4g}"
    )
    labels = {"group_id": GROUP} | ({} if metric.stem else {"measure": metric.name})
    numbers = {
        "numerator": numerator,
        "denominator": its.denominator,
        "value": ratio,
        "baseline": its.baseline,
    }
    return Firing(rule(metric, drop, severity), f"Group {GROUP}: {text}", labels, numbers)


def milestone_cases(metric: Metric, drop: Drop) -> Iterator[Case]:
    """What is usual for ten minutes; then `bad` just fires, `edge` does not."""
    its = scale(metric, drop)
    hold, keep = drop.hold_s // 60, drop.keep_s // 60
    of, usual = its.denominator, its.baseline
    good: Phase = (10, its.usual, of, usual)
    bad: Phase = (LAST, its.bad, of, usual)
    fires = {10 + hold - 1: [], 10 + hold: [said(metric, drop, its.bad)]}

    def case(
        kind: Kind, title: str, *phases: Phase, at: Mapping[int, Sequence[Firing]] | None = None
    ) -> Case:
        return Case(
            rule(metric, drop), kind, gauges(metric, drop, *phases), at or {LAST: []}, title
        )

    yield case(Kind.FIRES, "after its hold", good, bad, at=fires)
    yield Case(
        rule(metric, drop),
        Kind.FIRES,
        gauges(metric, drop, good, bad) | gauges(metric, drop, good, bad, instance="b:2"),
        fires,
        "once though two workers show it",
    )
    yield case(Kind.QUIET, "short of the threshold", good, (LAST, its.edge, of, usual))
    yield case(
        Kind.QUIET,
        "back before its hold",
        good,
        (hold, its.bad, of, usual),
        (LAST, its.usual, of, usual),
    )
    few = drop.min_expected - 1
    if drop.turn is Turn.DROP:
        yield case(
            Kind.FIRES,
            "nobody of many is a real zero",
            good,
            (LAST, 0, of, usual),
            at={LAST: [said(metric, drop, 0)]},
        )
        yield case(Kind.LOW_VOLUME, "sample too small", (LAST + 10, 0, drop.min_sample - 1, 1.0))
        yield case(Kind.LOW_VOLUME, "too few expected", (LAST + 10, 0, of, few / of))
        if drop.noise:
            expected = ceil(drop.min_expected)
            chance = floor(expected * (1 - drop.noise / expected**0.5)) + 1
            assert drop.change_of(chance, expected) > drop.threshold
            chances: Phase = (LAST + 10, chance, of, expected / of)
            yield case(Kind.LOW_VOLUME, "chance alone falls so far", chances)
    else:
        if drop.noise:
            counted = ceil(max(drop.min_expected, 1.5 * drop.noise**2))
            chance = counted - drop.noise * counted**0.5
            assert 0 < chance < counted / (1 + drop.threshold)
            rises: Phase = (LAST + 10, counted, of, (chance + 0.01) / of)
            yield case(Kind.LOW_VOLUME, "chance alone rises so far", rises)
        if drop.min_sample > 1:
            small = drop.min_sample - 1
            yield case(Kind.LOW_VOLUME, "sample too small", (LAST + 10, small, small, usual))
        yield case(Kind.LOW_VOLUME, "too few counted", (LAST + 10, few, of, 0.0))
    yield Case(rule(metric, drop), Kind.NO_DATA, {}, {LAST: []}, "nothing at all")
    yield case(Kind.NO_DATA, "no baseline", (LAST + 10, its.bad, of, None))
    yield case(
        Kind.NO_DATA,
        "gone before its hold",
        good,
        (hold, its.bad, of, usual),
        (LAST, None, 1, None),
    )
    back = 10 + hold + 5
    yield case(
        Kind.RECOVERS,
        "and outlives it",
        good,
        (hold + 5, its.bad, of, usual),
        (LAST, its.usual, of, usual),
        at={back + keep - 1: [said(metric, drop, its.bad)], back + keep: []},
    )


def cases_of_types(metric: Metric, drop: Drop) -> Iterator[Case]:
    """Of a drop that weighs otherwise in some community types: the same there, and there alone."""
    its = scale(metric, drop)
    phases: tuple[Phase, Phase] = (
        (10, its.usual, its.denominator, its.baseline),
        (LAST, its.bad, its.denominator, its.baseline),
    )
    at = 10 + drop.hold_s // 60
    for community_type, severity in drop.severities.items():
        series = gauges(metric, drop, *phases) | of_type(community_type)
        fires = {at - 1: [], at: [said(metric, drop, its.bad, severity)]}
        yield Case(rule(metric, drop, severity), Kind.FIRES, series, fires, f"in {community_type}")
