from __future__ import annotations

import math

import pytest

from tests.benchmarks import targets
from tests.benchmarks.figures import Figures, percentile, ratio
from tests.benchmarks.stopwatch import Lap


def lap(events_per_second: float, *, cpu_s: float = 1.0, rss_mb: float = 100.0) -> Lap:
    return Lap(
        events=1_000_000,
        seconds=1_000_000 / events_per_second,
        cpu_s=cpu_s,
        peak_rss_mb=rss_mb,
        cold_start_s=1.0,
        beside_cpu_s={"store": 2.0},
    )


def test_runs_are_told_by_median_and_extremes() -> None:
    figures = Figures((lap(300, cpu_s=9), lap(100, cpu_s=3, rss_mb=500), lap(200, cpu_s=5)))
    assert figures.speed.median == pytest.approx(200)
    assert (figures.speed.low, figures.speed.high) == pytest.approx((100, 300))
    assert figures.cpu == 5
    assert figures.rss_mb == 500
    assert figures.beside("store") == 2
    assert figures.beside("broker") == 0


def test_the_file_holds_what_the_guard_reads() -> None:
    assert Figures((lap(150),)).as_json()["events_per_second"] == 150


def test_a_ratio_needs_both() -> None:
    found = {"ours": Figures((lap(300),)), "theirs": Figures((lap(100),))}
    assert ratio(found, "ours", "theirs") == pytest.approx(3)
    assert ratio(found, "ours", "absent") is None


@pytest.mark.parametrize(
    ("percent", "wanted"), [(0, 1), (1, 1), (50, 50), (99, 99), (99.5, 100), (100, 100)]
)
def test_percentiles_are_values_that_were_measured(percent: float, wanted: float) -> None:
    assert percentile(range(100, 0, -1), percent) == wanted


def test_there_is_no_percentile_of_nothing() -> None:
    assert math.isnan(percentile([], 99))
    assert not targets.at_most("latency", percentile([], 99), 1.0).reached


def test_only_what_ran_is_judged() -> None:
    found = {"full_server": Figures((lap(300, cpu_s=6),)), "faust_stock": Figures((lap(5),))}
    rows = [one.row for one in targets.verdicts(found)]
    assert rows == [
        ["full_server against faust_stock", ">= 40 x", "60.00 x", "yes"],
        ["full_server, worker alone", "<= 5 CPU-s per million", "6.00", "no"],
    ]
