"""The difference array: equal to counting the intervals, wherever the pointer stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.intervals import FOREVER, Interval
from pipeline.core.sweep import SQUEEZE_FROM, Sweep

STEP = 10
INTERVALS = st.tuples(st.integers(0, 300), st.one_of(st.integers(0, 100), st.just(FOREVER))).map(
    lambda pair: (pair[0], min(FOREVER, pair[0] + pair[1]))
)


def sweep_of(*intervals: Interval) -> Sweep:
    sweep = Sweep(STEP)
    sweep.grow(1)
    for interval in intervals:
        sweep.add(0, interval)
    return sweep


def value(sweep: Sweep) -> int:
    return int(sweep.values(1)[0, 0])


@given(st.lists(st.one_of(INTERVALS, st.integers(0, 500)), max_size=30))
def test_a_counter_is_the_number_of_intervals_around_t(script: list[Interval | int]) -> None:
    sweep, added = sweep_of(), []
    for step in script:
        if isinstance(step, int):
            sweep.advance(step)
        else:
            sweep.add(0, step)
            added.append(step)
        t = sweep.t_ms
        assert value(sweep) == sum(start < t <= end for start, end in added)


@given(st.lists(INTERVALS, max_size=20), st.integers(0, 300), st.integers(0, 300))
def test_what_is_taken_back_leaves_nothing(added: list[Interval], one: int, other: int) -> None:
    sweep = sweep_of(*added)
    sweep.advance(one)
    sweep.replace(0, added, [])
    sweep.advance(one + other)
    assert value(sweep) == 0


def test_both_edges_are_half_open() -> None:
    #    10   20   30   40
    #    (---------]          adds at 20 and 30
    seen = []
    for t in (10, 20, 30, 40):
        sweep = sweep_of((10, 30))
        sweep.advance(t)
        seen.append(value(sweep))
    assert seen == [0, 1, 1, 0]


def test_the_pointer_stands_at_the_last_step_and_never_goes_back() -> None:
    sweep = sweep_of()
    sweep.advance(37)
    sweep.advance(12)
    assert sweep.t_ms == 30


def test_a_bucket_that_is_squeezed_loses_nothing() -> None:
    sweep = Sweep(STEP)
    sweep.grow(3)
    for n in range(10 * SQUEEZE_FROM):
        sweep.add(n % 3, (5, 95), 1 if n % 2 else -1)
        sweep.add(1, (5, 95))
    sweep.advance(20)
    odd_first = [
        sum(1 if n % 2 else -1 for n in range(10 * SQUEEZE_FROM) if n % 3 == k) for k in range(3)
    ]
    odd_first[1] += 10 * SQUEEZE_FROM
    assert sweep.values(3).tolist() == [odd_first]


def test_counters_that_come_later_start_at_zero() -> None:
    sweep = sweep_of((0, 50))
    sweep.advance(20)
    sweep.grow(2)
    assert sweep.values(1).tolist() == [[1], [0]]


def test_values_are_a_copy() -> None:
    sweep = sweep_of((0, 50))
    before = sweep.values(1)
    sweep.advance(20)
    assert (int(before[0, 0]), value(sweep)) == (0, 1)
