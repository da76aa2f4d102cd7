"""Thresholds are changed by name; whatever is not one is refused with all its faults."""

from __future__ import annotations

import pytest

from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.drop import Drop
from pipeline.catalog.tuning import TUNABLE, tuned
from pipeline.errors import CatalogError, UsageError


def drop(overrides: dict[str, str], metric_id: str, key: str) -> Drop:
    metrics = tuned(MILESTONES, overrides)
    metric = next(metric for metric in metrics if metric.id == metric_id)
    return next(drop for drop in metric.drops if drop.key == key)


@pytest.mark.parametrize("field", TUNABLE)
def test_every_threshold_can_be_changed(field: str) -> None:
    value = "0.25" if field == "threshold" else "700"
    assert getattr(drop({f"C06.slow.4w.{field}": value}, "C06", "slow.4w"), field) == float(value)


def test_other_drops_stay_as_they_are() -> None:
    overrides = {"C06.slow.4w.threshold": "0.25"}
    assert drop(overrides, "F11", "slow.4w") == drop({}, "F11", "slow.4w")
    assert drop(overrides, "C06", "fast.4w") == drop({}, "C06", "fast.4w")


def test_nothing_overridden_is_the_catalogue_itself() -> None:
    assert tuned(MILESTONES, {}) == MILESTONES


def test_all_wrong_overrides_are_told_at_once_with_what_can_be_set() -> None:
    wrong = {"C06.slow.4w.colour": "1", "Z99.slow.4w.threshold": "1", "C06.slow.4w.hold_s": "long"}
    with pytest.raises(UsageError) as caught:
        tuned(MILESTONES, wrong)
    for name in wrong:
        assert name in str(caught.value)
    assert "threshold|min_sample" in str(caught.value)


def test_a_value_outside_its_range_is_refused() -> None:
    with pytest.raises(CatalogError, match=r"threshold 3\.0"):
        tuned(MILESTONES, {"C06.slow.4w.threshold": "3"})
