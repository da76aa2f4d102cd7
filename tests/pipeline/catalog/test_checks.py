"""The catalogue is clean, and each check finds what it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.catalog.catalogue import CATALOGUE, MILESTONES
from pipeline.catalog.checks import CHECKS, lint
from pipeline.catalog.metric import Metric
from pipeline.catalog.series import COMMIT_ROWS, RECORDS, Series, Type, all_series
from pipeline.catalog.thresholds import FAST_AGAINST_WEEKS
from pipeline.catalog.value import Script
from pipeline.catalog.vocabulary import Grain, Zero


def test_the_catalogue_is_clean() -> None:
    assert lint(CATALOGUE) == []


FIRST, SECOND = CATALOGUE[0], MILESTONES[0]
SERIES = all_series()
GAUGE = Series("community_member_age_seconds", Type.GAUGE, ("group_id",), "age")

FAULTY: list[tuple[str, Sequence[Metric], Sequence[Series], str]] = [
    ("UNIQUE", (FIRST, replace(SECOND, name=FIRST.name)), SERIES, f"name {FIRST.name} is"),
    ("UNIQUE", CATALOGUE, (*SERIES, SERIES[0]), f"series {SERIES[0].name} is declared twice"),
    ("IN_ORDER", (SECOND, FIRST), SERIES, f"{SECOND.id} stands before {FIRST.id}"),
    (
        "OUTLETS_EXIST",
        (replace(FIRST, outlets=("group_minute.mood",)),),
        SERIES,
        "group_minute.mood, which does not exist",
    ),
    (
        "SIGNALS_COMPUTED",
        (replace(MILESTONES[0], drops=(FAST_AGAINST_WEEKS,)),),
        SERIES,
        "in_group_rate fast, which is not computed",
    ),
    ("SERIES_NAMED_WELL", (), (replace(GAUGE, name="members"),), "not community_"),
    ("SERIES_NAMED_WELL", (), (replace(GAUGE, name="community_x_total"),), "ends in _total"),
    ("SERIES_NAMED_WELL", (), (replace(RECORDS, name="community_records"),), "ends in _total"),
    ("SERIES_NAMED_WELL", (), (replace(GAUGE, name="community_age_ms"),), "base units"),
    ("LABELS_BOUNDED", (), (*SERIES, replace(GAUGE, labels=("user_id",))), "user_id, whose bound"),
    ("LABELS_BOUNDED", (), (GAUGE,), "label topic is declared and on no series"),
    ("UNIT_NOT_IN_NAME", (replace(FIRST, name="age_ms"),), SERIES, "age_ms has a unit in its name"),
    (
        "SCOPES_KNOWN",
        (replace(FIRST, grains=(Grain.OBJECT,)),),
        SERIES,
        "has no scope at grain P",
    ),
    (
        "SCRIPTS_SOUND",
        (replace(FIRST, value=Script("SELECT 1 AS numerator, 1 AS denominator", Zero.COUNT)),),
        SERIES,
        "its script has no {scope}",
    ),
    (
        "SCRIPTS_SOUND",
        (replace(FIRST, value=Script("{scope} numerator denominator 5 % 2", Zero.COUNT)),),
        SERIES,
        "a % that binds nothing",
    ),
    ("DIMS_EXIST", (replace(FIRST, dims=("dim_mood",)),), SERIES, "dim_mood, which is no"),
    ("TEXTS_END_BARE", (replace(FIRST, formula="a / b."),), SERIES, "formula ends in a stop"),
    ("TEXTS_END_BARE", (), (replace(GAUGE, help="Age."),), "help ends in a stop"),
    ("BUCKETS", (), (replace(GAUGE, buckets=(1, 2)),), "buckets belong to a histogram"),
    ("BUCKETS", (), (replace(COMMIT_ROWS, buckets=(2, 1)),), "buckets do not rise"),
]


@pytest.mark.parametrize(("check", "metrics", "series", "says"), FAULTY)
def test_a_check_finds_its_fault(
    check: str, metrics: Sequence[Metric], series: Sequence[Series], says: str
) -> None:
    findings = [finding.says for finding in lint(metrics, series) if finding.check == check]
    assert [finding for finding in findings if says in finding] != []


def test_every_check_has_a_fault_that_it_finds() -> None:
    assert {case[0] for case in FAULTY} == set(CHECKS)
