"""Chats and orders outside of any membership."""

from __future__ import annotations

import pytest

from pipeline.core.intervals import FOREVER
from pipeline.core.membership import Spell
from pipeline.core.quality import outside

SPELLS = [Spell(10, 20, roster=False), Spell(40, FOREVER, roster=True)]


@pytest.mark.parametrize(
    ("times", "wanted"),
    [([9], 1), ([10], 0), ([20], 0), ([21], 1), ([40, 99], 0), ([12, 30, 39, 50], 2)],
)
def test_both_ends_of_a_membership_are_within_it(times: list[int], wanted: int) -> None:
    assert outside(times, SPELLS) == wanted


def test_without_a_membership_all_are_outside() -> None:
    assert outside([1, 2, 3], []) == 3
