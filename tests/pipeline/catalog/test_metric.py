"""A drop fires on exactly its conditions, and a declaration that contradicts itself is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Against, Change, Severity, Signal, Zero
from pipeline.errors import CatalogError

RELATIVE = Drop(
    signal=Signal.SLOW,
    against=Against.WEEKS,
    change=Change.RELATIVE,
    threshold=0.5,
    min_sample=100,
    min_expected=40,
    severity=Severity.CRITICAL,
    hold_s=1_800,
)
NOISY = replace(RELATIVE, threshold=0.4, noise=5.0)
POINTS = replace(RELATIVE, against=Against.DAY, change=Change.POINTS, threshold=0.0625)

DAILY_ACTIVE = next(metric for metric in MILESTONES if metric.id == "C06")

CASES: list[tuple[str, Drop, float, float, float | None, bool]] = [
    ("beyond the threshold", RELATIVE, 24, 100, 0.5, True),
    ("exactly the threshold", RELATIVE, 25, 100, 0.5, False),
    ("nobody of many", RELATIVE, 0, 100, 0.5, True),
    ("above the baseline", RELATIVE, 90, 100, 0.5, False),
    ("sample just large enough", RELATIVE, 0, 100, 0.5, True),
    ("sample too small", RELATIVE, 0, 99, 0.5, False),
    ("expected just enough", RELATIVE, 0, 160, 0.25, True),
    ("expected too little", RELATIVE, 0, 159, 0.25, False),
    ("no baseline", RELATIVE, 0, 100, None, False),
    ("baseline zero", RELATIVE, 0, 100, 0.0, False),
    ("no denominator", RELATIVE, 0, 0, 0.5, False),
    ("few expected, and chance could do it", NOISY, 32, 128, 0.5, False),
    ("few expected, and as deep as chance goes", NOISY, 24, 128, 0.5, False),
    ("few expected, and deeper", NOISY, 23, 128, 0.5, True),
    ("many expected, and the threshold decides", NOISY, 149, 500, 0.5, True),
    ("many expected, and not beyond the threshold", NOISY, 150, 500, 0.5, False),
    ("points beyond the threshold", POINTS, 68, 100, 0.75, True),
    ("points at the threshold", POINTS, 88, 128, 0.75, False),
]


@pytest.mark.parametrize(
    ("drop", "numerator", "denominator", "baseline", "fires"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_drop_fires_on_exactly_its_conditions(
    drop: Drop, numerator: float, denominator: float, baseline: float | None, fires: bool
) -> None:
    assert drop.fires(numerator, denominator, baseline) is fires


@given(
    st.sampled_from([RELATIVE, NOISY, POINTS]),
    st.integers(0, 1_000),
    st.integers(0, 1_000),
    st.integers(0, 1_000),
    st.floats(0, 1),
)
def test_fewer_persons_never_end_a_drop(
    drop: Drop, fewer: int, more: int, denominator: int, baseline: float
) -> None:
    fewer, more = sorted((fewer, more))
    if drop.fires(more, denominator, baseline):
        assert drop.fires(fewer, denominator, baseline)


WRONG_DROPS: list[tuple[dict[str, Any], str]] = [
    ({"threshold": 0.0}, "threshold 0.0"),
    ({"threshold": 1.0}, "threshold 1.0"),
    ({"min_sample": 0}, "min_sample 0"),
    ({"min_expected": 0}, "min_expected 0"),
    ({"severity": Severity.NONE}, "reaches nobody"),
    ({"hold_s": 59}, "hold_s 59"),
    ({"keep_s": 599}, "keep_s 599"),
    ({"noise": -1.0}, r"noise -1\.0"),
]


@pytest.mark.parametrize(("change", "says"), WRONG_DROPS)
def test_a_contradictory_drop_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(CatalogError, match=says):
        replace(RELATIVE, **change)


def test_all_faults_of_a_drop_are_told_at_once() -> None:
    with pytest.raises(CatalogError, match=r"threshold 2.*min_sample 0"):
        replace(RELATIVE, threshold=2, min_sample=0)


WRONG_METRICS: list[tuple[dict[str, Any], str]] = [
    ({"id": "C6"}, "a letter and two digits"),
    ({"name": "Daily active"}, "name 'Daily active'"),
    ({"drops": ()}, "gauges are of a milestone"),
    ({"base": ""}, "drops, and a base"),
    ({"zero": Zero.COUNT}, "only a ratio can drop"),
    ({"drops": DAILY_ACTIVE.drops * 2}, "declared twice"),
    ({"events": ()}, "no event type"),
    (
        {"stem": "", "base": "", "drops": (), "value": None, "periods": ()},
        "read nowhere",
    ),
]


@pytest.mark.parametrize(("change", "says"), WRONG_METRICS)
def test_a_contradictory_metric_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(CatalogError, match=says):
        replace(DAILY_ACTIVE, **change)


@pytest.mark.parametrize(
    ("id_", "stem", "alert"),
    [
        ("A11", "in_group", "CommunityInGroupRateDrop"),
        ("C06", "daily_active", "CommunityDailyActiveRateDrop"),
        ("F11", "conversion", "CommunityConversionRateDrop"),
    ],
)
def test_the_three_milestones_keep_their_names(id_: str, stem: str, alert: str) -> None:
    metric = next(metric for metric in MILESTONES if metric.id == id_)
    assert (metric.stem, metric.alert) == (stem, alert)


def test_there_are_three_milestones() -> None:
    assert [metric.id for metric in MILESTONES] == ["A11", "C06", "F11"]


@pytest.mark.parametrize("metric", MILESTONES, ids=lambda metric: metric.id)
def test_slow_signals_page_and_fast_ones_warn(metric: Metric) -> None:
    severities = {drop.key: drop.severity for drop in metric.drops}
    expected = {
        "slow.24h": Severity.CRITICAL,
        "slow.4w": Severity.CRITICAL,
        "slow.7d": Severity.WARNING,
        "fast.4w": Severity.WARNING,
    }
    assert severities == {key: expected[key] for key in severities}
