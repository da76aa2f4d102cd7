"""What pulled a rate is named: the part that did it, once, and nothing is lost between parts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.attribution import Attribution, Cells, Labels, attribute, total
from pipeline.core.decomposition import Part, contribution_of, rate_steps

SPLITS = ("channel", "tenure")
NUMBERS = st.builds(
    lambda denominator, share: Part(round(denominator * share), denominator),
    st.integers(0, 1_000),
    st.floats(0, 1),
)
CELLS = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["new", "old"])), NUMBERS, max_size=6
)


def found(before: Cells, after: Cells) -> Attribution:
    attributed = attribute(SPLITS, before, after)
    assert attributed is not None
    return attributed


def named(attributed: Attribution) -> list[tuple[str, str, float]]:
    return [(one.by, one.part, round(one.contribution.total, 9)) for one in attributed.pulls]


def whole(**cells: Part) -> dict[Labels, Part]:
    """Cells by `channel_tenure`."""
    return {tuple(name.split("_")): part for name, part in cells.items()}


def test_a_channel_that_went_quiet_is_named_alone() -> None:
    before = whole(kol_old=Part(90, 90), qr_old=Part(40, 40), qr_new=Part(20, 20))
    after = whole(kol_old=Part(0, 90), qr_old=Part(40, 40), qr_new=Part(20, 20))
    assert named(found(before, after)) == [("channel", "kol", -0.6)]


def test_one_fact_has_one_name_though_two_splits_know_it() -> None:
    before = whole(kol_new=Part(50, 50), qr_old=Part(50, 50))
    after = whole(kol_new=Part(10, 50), qr_old=Part(50, 50))
    assert named(found(before, after)) == [("channel", "kol", -0.4)]


def test_a_second_cause_is_what_the_first_left_over() -> None:
    before = whole(
        kol_old=Part(40, 40), kol_new=Part(10, 10), qr_old=Part(40, 40), qr_new=Part(10, 10)
    )
    after = whole(kol_old=Part(0, 40), kol_new=Part(0, 10), qr_old=Part(40, 40), qr_new=Part(0, 10))
    assert named(found(before, after)) == [("channel", "kol", -0.5), ("tenure", "new", -0.1)]


def test_newcomers_who_dilute_are_named_by_their_weight() -> None:
    before = whole(qr_old=Part(80, 100), qr_new=Part(1, 10))
    after = whole(qr_old=Part(80, 100), qr_new=Part(10, 100))
    (pull,) = found(before, after).pulls
    assert (pull.by, pull.part) == ("tenure", "new")
    assert abs(pull.contribution.mix) > abs(pull.contribution.rate)


def test_a_rise_is_attributed_as_a_fall_is() -> None:
    before = whole(kol_old=Part(1, 100), qr_old=Part(1, 100))
    after = whole(kol_old=Part(21, 100), qr_old=Part(1, 100))
    attributed = found(before, after)
    assert attributed.change == pytest.approx(0.1)
    assert named(attributed) == [("channel", "kol", 0.1)]


def test_a_rise_from_nothing_has_parts_by_their_size() -> None:
    before = whole(kol_old=Part(0, 100), qr_old=Part(0, 100))
    after = whole(kol_old=Part(20, 100), qr_old=Part(0, 100))
    assert named(found(before, after)) == [("channel", "kol", 0.1)]


def test_where_all_fall_alike_the_largest_parts_are_told_and_that_they_did() -> None:
    before = whole(kol_old=Part(60, 100), qr_old=Part(30, 50))
    after = whole(kol_old=Part(20, 100), qr_old=Part(10, 50))
    attributed = found(before, after)
    assert attributed.alike
    assert [one.part for one in attributed.pulls] == ["kol", "qr"]
    assert sum(one.share for one in attributed.pulls) == pytest.approx(1)


def test_a_split_into_one_part_says_nothing() -> None:
    before, after = whole(qr_old=Part(80, 100)), whole(qr_old=Part(20, 100))
    attributed = found(before, after)
    assert not attributed.pulls
    assert attributed.change == pytest.approx(-0.6)


def test_without_a_rate_then_or_now_there_is_nothing() -> None:
    some = whole(qr_old=Part(80, 100))
    assert attribute(SPLITS, {}, some) is None
    assert attribute(SPLITS, some, whole(qr_old=Part(0, 0))) is None


def test_without_a_change_nobody_is_to_blame() -> None:
    some = whole(qr_old=Part(80, 100), kol_old=Part(1, 2))
    assert not found(some, some).pulls


@given(CELLS, CELLS)
def test_what_is_named_and_the_rest_add_up_to_the_change(before: Cells, after: Cells) -> None:
    attributed = attribute(SPLITS, before, after)
    if attributed is None:
        return
    rest = before.keys() | after.keys()
    for pull in attributed.pulls if not attributed.alike else ():
        mine = {cell for cell in rest if cell[SPLITS.index(pull.by)] == pull.part}
        assert mine, "a part that was already named"
        rest = rest - mine
    if attributed.alike:
        names = {pull.part for pull in attributed.pulls}
        by = {SPLITS.index(pull.by) for pull in attributed.pulls}
        assert len(by) <= 1
        rest = {cell for cell in rest if not any(cell[place] in names for place in by)}
    others = contribution_of(
        "rest",
        total(before[cell] for cell in rest if cell in before),
        total(after[cell] for cell in rest if cell in after),
        weights=(total(before.values()).denominator, total(after.values()).denominator),
        middle=(attributed.before + attributed.after) / 2,
    )
    told = sum(pull.contribution.total for pull in attributed.pulls) + others.total
    assert math.isclose(told, attributed.change, abs_tol=1e-9)


@given(CELLS, CELLS)
def test_each_part_named_pulled_the_way_the_rate_went(before: Cells, after: Cells) -> None:
    attributed = attribute(SPLITS, before, after)
    for pull in attributed.pulls if attributed else ():
        assert attributed is not None
        assert pull.contribution.total * attributed.change > 0
        assert pull.share == pytest.approx(pull.contribution.total / attributed.change)
    assert attributed is None or len(attributed.pulls) <= 3


@given(st.tuples(*[st.lists(st.integers(0, 99), min_size=3, max_size=3)] * 2))
def test_the_steps_of_a_rate_add_up_to_its_change(funnels: tuple[list[int], list[int]]) -> None:
    before, after = (sorted(counts, reverse=True) for counts in funnels)
    found = rate_steps(before, after)
    if not before[0] or not after[0]:
        assert not found
        return
    change = after[-1] / after[0] - before[-1] / before[0]
    assert math.isclose(sum(found), change, abs_tol=1e-9)


def test_the_step_of_a_rate_that_broke_is_told() -> None:
    assert rate_steps([100, 50, 10], [200, 100, 4]) == pytest.approx((0, -0.08))
    assert rate_steps([100, 50, 10], [100, 20, 4]) == pytest.approx((-0.06, 0))
