"""The funnel of one person: each step strictly after the one before, within 24 hours."""

from __future__ import annotations

from pipeline.core.funnel import steps
from pipeline.core.signals import DAY_MS as DAY


def test_each_step_counts_from_when_it_was_taken() -> None:
    # join   chat   order                24 h after the join
    # (------------------------------------]  joined
    #        (-----------------------------]  spoke
    #               (----------------------]  ordered
    taken = steps([100], [200], [300])
    assert taken == ([(100, 100 + DAY)], [(200, 100 + DAY)], [(300, 100 + DAY)])


def test_an_order_before_the_first_chat_is_no_step() -> None:
    assert steps([100], [200], [150]).ordered == []


def test_a_chat_at_the_ms_of_the_join_is_not_after_it() -> None:
    assert steps([100], [100], []).spoke == []


def test_an_order_at_the_ms_of_the_chat_is_not_after_it() -> None:
    assert steps([100], [200], [200]).ordered == []


def test_a_chat_a_day_after_the_join_is_too_late() -> None:
    assert steps([100], [100 + DAY], []).spoke == []


def test_who_joins_twice_counts_once_at_a_time() -> None:
    taken = steps([100, 500], [200, 600], [])
    assert taken.joined == [(100, 500 + DAY)]
    assert taken.spoke == [(200, 500 + DAY)]


def test_without_an_opening_there_is_no_step() -> None:
    assert steps([], [1, 2], [3]) == ([], [], [])
