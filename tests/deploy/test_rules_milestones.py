"""The milestones' alerts under the real promtool.

The cases are made from the catalogue for each of its drops, so a drop without cases cannot be.
"""

from __future__ import annotations

import pytest

from deploy.local.servers import Programs
from pipeline.alerting.silence import LEAST_EXPECTED, SILENCE, SILENT_HOURS
from pipeline.catalog.catalogue import ALL_MILESTONES, MILESTONES
from pipeline.catalog.vocabulary import Signal
from tests.deploy.milestone_cases import (
    GROUP,
    Phase,
    cases_of_types,
    gauges,
    milestone_cases,
)
from tests.deploy.rule_cases import Case, Firing, Kind, RuleId, Verdicts, rule_ids

DROPS = [(metric, drop) for metric in ALL_MILESTONES for drop in metric.drops]
CASES = [case for metric, drop in DROPS for case in milestone_cases(metric, drop)]
TYPED = [case for metric, drop in DROPS for case in cases_of_types(metric, drop)]

ACTIVE = next(one for one in MILESTONES if one.name == "daily_active_rate")
FAST = next(one for one in ACTIVE.drops if one.signal is Signal.FAST)
HOLD = (SILENT_HOURS - 1) * 60 + 5
QUIET: RuleId = (SILENCE, "fast.4w.info")
SILENT = Firing(
    QUIET,
    f"Group {GROUP}: no member wrote in 3 closed hours running; 6 persons an hour are usual at "
    "this weekday and clock time.",
    {"group_id": GROUP},
)


def silence_case(kind: Kind, title: str, *phases: Phase, fires: bool = False) -> Case:
    at = {10 + HOLD: [SILENT] if fires else []}
    return Case(QUIET, kind, gauges(ACTIVE, FAST, *phases), at, title)


SILENCES = [
    silence_case(Kind.FIRES, "after its hold", (10, 6, 60, 0.1), (140, 0, 60, 0.1), fires=True),
    silence_case(Kind.QUIET, "one person wrote", (10, 6, 60, 0.1), (140, 1, 60, 0.1)),
    silence_case(Kind.LOW_VOLUME, "few usually write", (150, 0, 60, (LEAST_EXPECTED - 1) / 60)),
    silence_case(Kind.NO_DATA, "no baseline", (150, 0, 60, None)),
    silence_case(Kind.RECOVERS, "before its hold", (100, 0, 60, 0.1), (50, 3, 60, 0.1)),
]


@pytest.fixture(scope="module")
def verdicts(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    return Verdicts([*CASES, *TYPED, *SILENCES], programs, tmp_path_factory.mktemp("rules"))


@pytest.mark.parametrize("case", [*CASES, *TYPED, *SILENCES], ids=str)
def test_a_milestone_alerts_when_it_must_and_only_then(case: Case, verdicts: Verdicts) -> None:
    verdicts.check(case)


@pytest.mark.parametrize(
    "rule", rule_ids("community-milestones", "community-stored-milestones"), ids=".".join
)
def test_every_rule_has_a_case_of_every_kind(rule: RuleId) -> None:
    kinds = {case.kind for case in (*CASES, *SILENCES) if case.rule == rule}
    assert kinds == set(Kind) or rule in {case.rule for case in TYPED}
