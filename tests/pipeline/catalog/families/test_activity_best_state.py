"""The best state of a community is told in the numbers of others."""

from __future__ import annotations

import pytest

from pipeline.catalog.catalogue import CATALOGUE

BY_NAME = {metric.name: metric for metric in CATALOGUE}


@pytest.mark.parametrize(
    ("part", "of"),
    [
        ("topics", "topic_participation_rate"),
        ("questions", "question_resolution_rate"),
        ("forwards", "forward_rate"),
        ("content", "content_value_score"),
    ],
)
def test_a_part_is_computed_as_the_metric_that_it_is(part: str, of: str) -> None:
    mine, other = BY_NAME[f"community_best_state_{part}"], BY_NAME[of]
    assert mine.id == "C37"
    assert mine.value is other.value
    assert (mine.matures_days, mine.early) == (other.matures_days, other.early)
