"""Kill points: which passing ends the process, and what a wrong one is told."""

from __future__ import annotations

import pytest

from agents.faults import KILLED, NO_FAULTS, FaultPoint, Faults, faults_of
from pipeline.errors import SettingsError


@pytest.mark.parametrize(("times", "left_at"), [(1, 1), (3, 3)])
def test_it_leaves_at_the_passing_that_was_asked_for_and_no_other(times: int, left_at: int) -> None:
    left: list[tuple[int, int]] = []
    passing = 0
    faults = Faults(FaultPoint.AFTER_FACTS, times, leave=lambda code: left.append((passing, code)))
    for passing in range(1, 6):  # noqa: B007  (told by the closure)
        faults.reach(FaultPoint.AFTER_WINDOWS)
        faults.reach(FaultPoint.AFTER_FACTS)
    assert left == [(left_at, KILLED)]


def test_without_a_wish_every_point_is_passed() -> None:
    assert faults_of("") is NO_FAULTS
    for point in FaultPoint:
        NO_FAULTS.reach(point)


@pytest.mark.parametrize("point", FaultPoint)
@pytest.mark.parametrize(("suffix", "times"), [("", 1), (":1", 1), (":12", 12)])
def test_every_point_can_be_asked_for(point: FaultPoint, suffix: str, times: int) -> None:
    faults = faults_of(point + suffix)
    assert (faults._point, faults._left) == (point, times)


@pytest.mark.parametrize(
    "spec", ["nowhere", "after_facts:0", "after_facts:", "after_facts:-1", ":2", "after_facts 2"]
)
def test_a_wrong_one_is_told_with_all_points(spec: str) -> None:
    with pytest.raises(SettingsError) as refused:
        faults_of(spec)
    assert refused.value.where == "PULSE_FAULT_AT"
    assert all(point in refused.value.remedy for point in FaultPoint)
