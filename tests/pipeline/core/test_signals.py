"""When signals are taken, and that core and catalogue mean the same milestones."""

from __future__ import annotations

import pytest

from pipeline.catalog.catalogue import MILESTONES as CATALOGUED
from pipeline.core.signals import MILESTONES, fast_end, slow_end
from tests.reference.cases import MINUTE, START


@pytest.mark.parametrize(
    ("now_ms", "grace_ms", "wanted"),
    [
        (START + 5 * MINUTE, 5 * MINUTE, START),
        (START + 6 * MINUTE - 1, 5 * MINUTE, START),
        (START + 5 * MINUTE, 90_000, START + 3 * MINUTE),
        (START, 0, START),
    ],
)
def test_the_slow_end_is_a_minute_whose_leaves_are_settled(
    now_ms: int, grace_ms: int, wanted: int
) -> None:
    assert slow_end(now_ms, grace_ms) == wanted
    assert wanted + grace_ms <= now_ms


def test_the_fast_end_is_the_last_closed_hour() -> None:
    assert fast_end(START + 59 * MINUTE) == START
    assert fast_end(START) == START


def test_milestones_and_their_comparisons_are_those_of_the_catalogue() -> None:
    here = {
        (stone.stem, stone.metric, pace.name, against.name)
        for stone in MILESTONES
        for pace in stone.paces
        for against in stone.against
    }
    there = {
        (metric.stem, metric.name, drop.signal.value, drop.against.value)
        for metric in CATALOGUED
        for drop in metric.drops
    }
    assert here == there
