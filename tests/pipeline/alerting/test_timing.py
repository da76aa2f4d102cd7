"""Durations in production and in the demo."""

from __future__ import annotations

import pytest

from pipeline.alerting.health import KEEP_S, SOURCE_HOLD_S
from pipeline.alerting.rules import alert_groups
from pipeline.alerting.timing import PRODUCTION, Timing, compressed, duration
from pipeline.core.export_choice import STALE_AFTER_S


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (45, "45s"), (300, "5m"), (3_900, "65m"), (43_200, "12h"), (172_800, "2d")],
)
def test_durations_are_written_in_the_largest_whole_unit(seconds: int, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "demo"), [(60, 3), (300, 3), (1_800, 7), (3_900, 14), (86_400, 300)]
)
def test_the_demo_divides_by_its_clock_but_never_below_three_seconds(
    seconds: int, demo: int
) -> None:
    assert compressed(288).hold(seconds) == demo


def test_production_changes_no_duration() -> None:
    assert [PRODUCTION.hold(1), PRODUCTION.keep(900), PRODUCTION.span(600)] == [1, 900, 600]


def test_a_range_spans_ten_scrapes_at_least() -> None:
    assert [compressed(288).span(600), PRODUCTION.span(60)] == [10, 150]


@pytest.mark.parametrize("timing", [PRODUCTION, compressed(288)], ids=["production", "demo"])
def test_a_drop_outlives_the_time_a_stall_needs_to_be_told(timing: Timing) -> None:
    drops = alert_groups(timing=timing)["community-milestones"]
    assert min(drop.keep_s for drop in drops) > timing.stall_s + 2 * timing.evaluation_s


def test_a_drop_outlives_the_time_a_stale_source_needs_to_be_told() -> None:
    drops = alert_groups()["community-milestones"]
    assert min(drop.keep_s for drop in drops) > STALE_AFTER_S + SOURCE_HOLD_S
    assert KEEP_S > STALE_AFTER_S + SOURCE_HOLD_S
