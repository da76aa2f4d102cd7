"""How long a commit gathers."""

import pytest

from agents.pace import BUSY, QUIET, hold, merge_age


@pytest.mark.parametrize(
    ("events_per_s", "age"),
    [(0, 1.0), (1_000, 1.0), (3_000, 0.525), (5_000, 0.05), (200_000, 0.05)],
)
def test_age_falls_with_the_rate(events_per_s: float, age: float) -> None:
    assert merge_age(events_per_s) == pytest.approx(age)


def test_a_shorter_longest_age_bounds_the_quiet_end() -> None:
    assert merge_age(0, longest_s=0.1) == pytest.approx(0.1)


def test_a_crowded_store_doubles_it() -> None:
    assert merge_age(5_000, crowded=True) == pytest.approx(0.1)


def test_fetches_are_held_for_longer_where_commits_wait_anyway() -> None:
    assert (hold(999), hold(1_000)) == (QUIET, BUSY)
    assert QUIET.wait_ms > BUSY.wait_ms
    assert QUIET.least_bytes > BUSY.least_bytes
