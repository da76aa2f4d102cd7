"""A fall is split without remainder, and blames whom it should."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.decomposition import Contribution, Part, contributions, rate_of, steps

PARTS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(
        lambda denominator, share: Part(round(denominator * share), denominator),
        st.integers(0, 1_000),
        st.floats(0, 1),
    ),
)
FUNNELS = st.integers(1, 6).flatmap(
    lambda size: st.tuples(*[st.lists(st.integers(0, 999), min_size=size, max_size=size)] * 2)
)


def by_part(found: tuple[Contribution, ...]) -> dict[str, tuple[float, float]]:
    return {one.part: (round(one.rate, 9), round(one.mix, 9)) for one in found}


def test_a_rate_that_fell_within_one_part_is_its_alone() -> None:
    found = contributions(
        {"a": Part(50, 100), "b": Part(50, 100)}, {"a": Part(10, 100), "b": Part(50, 100)}
    )
    assert by_part(found) == {"a": (-0.2, 0), "b": (0, 0)}
    assert found[0].part == "a"


def test_more_members_of_a_weak_part_are_mix() -> None:
    found = contributions(
        {"old": Part(80, 100), "new": Part(10, 100)}, {"old": Part(80, 100), "new": Part(30, 300)}
    )
    assert sum(one.rate for one in found) == 0
    assert sum(one.mix for one in found) == pytest.approx(110 / 400 - 90 / 200)


def test_a_part_that_came_has_no_rate_of_before() -> None:
    found = by_part(contributions({"a": Part(50, 100)}, {"a": Part(50, 100), "b": Part(0, 100)}))
    assert found["b"][0] == 0
    assert found["a"][1] + found["b"][1] == pytest.approx(-0.25)


def test_without_a_rate_there_is_nothing_to_split() -> None:
    assert not contributions({}, {"a": Part(1, 2)})
    assert not contributions({"a": Part(0, 0)}, {"a": Part(1, 2)})


@given(PARTS, PARTS)
def test_contributions_add_up_to_the_change(
    before: dict[str, Part], after: dict[str, Part]
) -> None:
    first, last = rate_of(before.values()), rate_of(after.values())
    found = contributions(before, after)
    if first is None or last is None:
        assert not found
        return
    assert math.isclose(sum(one.total for one in found), last - first, abs_tol=1e-9)
    assert [one.total for one in found] == sorted(one.total for one in found)


@given(PARTS, PARTS)
def test_the_way_back_is_the_way_there_turned_round(
    before: dict[str, Part], after: dict[str, Part]
) -> None:
    there = {one.part: one.total for one in contributions(before, after)}
    back = {one.part: one.total for one in contributions(after, before)}
    assert there.keys() == back.keys()
    assert all(math.isclose(there[name], -back[name], abs_tol=1e-9) for name in there)


def test_the_step_that_broke_is_named() -> None:
    assert steps([100, 50, 10], [100, 50, 2]) == (0, 0, -8)
    assert steps([100, 50, 10], [100, 20, 4]) == (0, -6, 0)
    assert steps([100, 50, 10], [50, 25, 5]) == (-5, 0, 0)


@given(FUNNELS)
def test_steps_add_up_to_the_change_of_the_last(funnels: tuple[list[int], list[int]]) -> None:
    before, after = (sorted(counts, reverse=True) for counts in funnels)
    assert math.isclose(sum(steps(before, after)), after[-1] - before[-1], abs_tol=1e-6)
