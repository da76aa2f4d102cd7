"""The milestones' drop alerts under the real promtool.

The cases are made from the catalogue for each of its drops, so a drop without cases cannot be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor
from pathlib import Path

import pytest

from deploy.local.servers import Programs
from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Change
from tests.deploy.rule_cases import Case, Firing, Kind, RuleId, check, rule_ids

GROUP = 'a "quoted" \\ 群'

Phase = tuple[int, int | None, int, float | None]
"""(minutes, numerator or None = gauges gone, denominator, baseline or None)."""

LAST = 100  # minutes a case runs


def gauges(metric: Metric, drop: Drop, *phases: Phase, instance: str = "a:1") -> dict[str, str]:
    """The five gauges of one group over the phases."""
    group = GROUP.replace("\\", "\\\\").replace('"', '\\"')
    labels = (
        f'job="community-pulse",instance="{instance}",group_id="{group}",signal="{drop.signal}"'
    )
    against = f'{labels},against="{drop.against}"'

    def over(value_of: list[float | None]) -> str:
        return " ".join(
            f"stale _x{minutes - 1}" if value is None else f"{value!r}+0x{minutes - 1}"
            for (minutes, *_), value in zip(phases, value_of, strict=True)
        )

    ratios = [None if n is None else n / d for _, n, d, _ in phases]
    gone = [n is None for _, n, _, _ in phases]
    baselines = [None if g else b for g, (*_, b) in zip(gone, phases, strict=True)]
    name = f"community_{metric.stem}"
    return {
        f"{name}_numerator{{{labels}}}": over([n for _, n, _, _ in phases]),
        f"{name}_denominator{{{labels}}}": over(
            [None if g else d for g, (_, _, d, _) in zip(gone, phases, strict=True)]
        ),
        f"{name}_ratio{{{labels}}}": over(ratios),
        f"{name}_baseline_ratio{{{against}}}": over(baselines),
        f"{name}_baseline_weeks{{{against}}}": over([None if b is None else 3 for b in baselines]),
    }


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
}


def said(metric: Metric, drop: Drop, numerator: int) -> Firing:
    ratio = numerator / 1_000
    fall = 0.75 - ratio
    change = fall / 0.75 if drop.change is Change.RELATIVE else fall
    text = SAID[f"{metric.id}.{drop.key}"].format(
        ratio=f"{ratio * 100:.4g}", n=numerator, change=f"{change * 100:.4g}"
    )
    return Firing((metric.alert, drop.key), f"Group {GROUP}: {text}", {"group_id": GROUP})


def milestone_cases(metric: Metric, drop: Drop) -> Iterator[Case]:
    """1,000 could and 75 % is usual, for ten minutes; then `low` is just a drop, `edge` is not."""
    rule: RuleId = (metric.alert, drop.key)
    relative = drop.change is Change.RELATIVE
    threshold = 750 - round(1_000 * drop.threshold * (0.75 if relative else 1))
    low, edge = threshold - 1, threshold + 1
    hold, keep = drop.hold_s // 60, drop.keep_s // 60
    good: Phase = (10, 750, 1_000, 0.75)
    bad: Phase = (LAST, low, 1_000, 0.75)
    fires = {10 + hold - 1: [], 10 + hold: [said(metric, drop, low)]}

    def case(
        kind: Kind, title: str, *phases: Phase, at: Mapping[int, Sequence[Firing]] | None = None
    ) -> Case:
        return Case(rule, kind, gauges(metric, drop, *phases), at or {LAST: []}, title)

    yield case(Kind.FIRES, "after its hold", good, bad, at=fires)
    yield case(
        Kind.FIRES,
        "nobody of many is a real zero",
        good,
        (LAST, 0, 1_000, 0.75),
        at={LAST: [said(metric, drop, 0)]},
    )
    yield Case(
        rule,
        Kind.FIRES,
        gauges(metric, drop, good, bad) | gauges(metric, drop, good, bad, instance="b:2"),
        fires,
        "once though two workers show it",
    )
    yield case(Kind.QUIET, "short of the threshold", good, (LAST, edge, 1_000, 0.75))
    yield case(
        Kind.QUIET, "back before its hold", good, (hold, low, 1_000, 0.75), (LAST, 750, 1_000, 0.75)
    )
    small = drop.min_sample - 1
    yield case(Kind.LOW_VOLUME, "sample too small", (LAST + 10, 0, small, 1.0))
    thin = (drop.min_expected - 1) / 1_000
    yield case(Kind.LOW_VOLUME, "too few expected", (LAST + 10, 0, 1_000, thin))
    if drop.noise:
        expected = ceil(drop.min_expected)
        chance = floor(expected * (1 - drop.noise / expected**0.5)) + 1
        few: Phase = (LAST + 10, chance, 1_000, expected / 1_000)
        assert drop.change_of(chance, expected) > drop.threshold
        yield case(Kind.LOW_VOLUME, "chance alone falls so far", few)
    yield Case(rule, Kind.NO_DATA, {}, {LAST: []}, "nothing at all")
    yield case(Kind.NO_DATA, "no baseline", (LAST + 10, 0, 1_000, None))
    yield case(
        Kind.NO_DATA, "gone before its hold", good, (hold, low, 1_000, 0.75), (LAST, None, 1, None)
    )
    back = 10 + hold + 5
    yield case(
        Kind.RECOVERS,
        "and outlives it",
        good,
        (hold + 5, low, 1_000, 0.75),
        (LAST, 750, 1_000, 0.75),
        at={
            back + keep - 1: [said(metric, drop, low)],
            back + keep: [],
        },
    )


CASES = [case for m in MILESTONES for drop in m.drops for case in milestone_cases(m, drop)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_drop_fires_when_it_must_and_only_then(
    case: Case, programs: Programs, tmp_path: Path
) -> None:
    check(case, programs, tmp_path)


@pytest.mark.parametrize("rule", rule_ids("community-milestones"), ids=".".join)
def test_every_drop_has_a_case_of_every_kind(rule: RuleId) -> None:
    assert {case.kind for case in CASES if case.rule == rule} == set(Kind)
