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
from pipeline.catalog.vocabulary import Against, Change, Severity, Signal, Turn, Zero
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
RISE = replace(RELATIVE, turn=Turn.RISE, threshold=1.0, noise=4.0)
POINTS = replace(RELATIVE, against=Against.DAY, change=Change.POINTS, threshold=0.0625)
SHAKY = replace(POINTS, noise=5.0)

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
    ("points, few expected, and as deep as chance goes", SHAKY, 24, 128, 0.5, False),
    ("points, few expected, and deeper", SHAKY, 23, 128, 0.5, True),
    ("risen, and as far as chance goes", RISE, 64, 256, 0.125, False),
    ("risen further", RISE, 65, 256, 0.125, True),
    ("many, and risen to the threshold", RISE, 128, 256, 0.25, False),
    ("many, and risen beyond the threshold", RISE, 129, 256, 0.25, True),
    ("risen from nothing", RISE, 40, 256, 0.0, True),
    ("risen from nothing, and too few", RISE, 39, 256, 0.0, False),
    ("nothing of nothing has not risen", RISE, 0, 256, 0.0, False),
    ("fallen is no rise", RISE, 64, 256, 0.5, False),
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
    st.sampled_from([RELATIVE, NOISY, POINTS, SHAKY]),
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


@given(st.integers(0, 1_000), st.integers(0, 1_000), st.integers(1, 1_000), st.floats(0, 1))
def test_more_persons_never_end_a_rise(
    one: int, other: int, denominator: int, baseline: float
) -> None:
    fewer, more = sorted((one, other))
    if RISE.fires(fewer, denominator, baseline):
        assert RISE.fires(more, denominator, baseline)


@given(st.integers(0, 500), st.integers(0, 500))
def test_noise_sees_a_rise_as_the_drop_it_would_be_from_above(usual: int, now: int) -> None:
    """With now and usual exchanged the noise says the same: chance has no direction."""
    drop = replace(NOISY, threshold=1e-9, min_expected=1e-9)
    rise = replace(RISE, threshold=1e-9, min_expected=1e-9, noise=drop.noise)
    assert rise.fires(now, 500, usual / 500) == drop.fires(usual, 500, now / 500)


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
