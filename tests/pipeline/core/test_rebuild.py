"""Windows from stored facts: what the log's fold made, at any offset and in any epoch."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.fold import Outcome, apply, group
from pipeline.core.measures import MEASURES
from pipeline.core.rebuild import rebuilt
from pipeline.core.windows import PartitionWindows, Window, WindowKey
from schemas.event_type import EventType
from tests.pipeline.core.test_fold import PARTITION, Chat, chats

CHAT = MEASURES[EventType.CHAT]

events = st.lists(
    st.tuples(
        st.sampled_from(["g", "h"]),
        st.sampled_from([0, 1_000, 60_000, 61_000]),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["", "u", "v"]),
        st.sampled_from(["member", "staff", "bot"]),
    ),
    max_size=30,
)


def as_facts(frame: pl.DataFrame, epoch: int, partition: int = 0) -> pl.DataFrame:
    return frame.with_columns(epoch=pl.lit(epoch), partition=pl.lit(partition))


def folded(log: list[Chat], windows: PartitionWindows) -> pl.DataFrame:
    """Fold a log from offset 0 on; the events that were counted."""
    frame = chats(list(enumerate(log)))
    outcomes = apply(group(frame, CHAT), {PARTITION: windows}, 1)
    return frame.filter(pl.Series(outcomes == Outcome.COUNTED))


def values(windows: dict[WindowKey, Window]) -> dict[WindowKey, tuple[list[int], int]]:
    return {key: (window.sums, window.distinct) for key, window in windows.items()}


@given(events, st.integers(0, 30))
@settings(max_examples=60)
def test_it_is_the_fold_of_the_log_up_to_the_order(log: list[Chat], cut: int) -> None:
    facts = as_facts(folded(log, PartitionWindows(0)), epoch=1)
    before = PartitionWindows(0)
    folded(log[:cut], before)
    found = rebuilt([], facts, CHAT, epoch=1, partition=0, offset=cut)
    assert values(found) == values(before._windows)
    assert {window.version for window in found.values()} <= {cut + 1}


@given(events, events)
@settings(max_examples=40)
def test_a_later_epoch_counts_only_what_the_earlier_lacks(
    early: list[Chat], late: list[Chat]
) -> None:
    """Together both epochs say what one log of both would have said."""
    first = PartitionWindows(0)
    early_facts = folded(early, first)
    whole = PartitionWindows(0)
    both = folded(early + late, whole)
    late_facts = both.filter(pl.col("offset") >= len(early)).with_columns(
        pl.col("offset") - len(early)
    )
    facts = pl.concat([as_facts(early_facts, 1, partition=1), as_facts(late_facts, 2)])
    found = rebuilt([], facts, CHAT, epoch=2, partition=0, offset=len(late))
    for key, window in whole._windows.items():
        earlier = first._windows.get(key, Window([0, 0]))
        later = found.get(key, Window([0, 0]))
        assert [a + b for a, b in zip(earlier.sums, later.sums, strict=True)] == window.sums
        assert earlier.distinct + later.distinct == window.distinct


def test_a_window_without_a_fact_becomes_empty() -> None:
    facts = as_facts(folded([], PartitionWindows(0)), epoch=1)
    found = rebuilt([("gone", 5)], facts, CHAT, epoch=1, partition=0, offset=9)
    assert found == {("gone", 5): Window([0, 0], version=10)}


def test_other_partitions_are_none_of_its_business() -> None:
    facts = as_facts(folded([("g", 0, "a", "u", "member")], PartitionWindows(0)), 1, partition=3)
    assert rebuilt([], facts, CHAT, epoch=1, partition=0, offset=9) == {}
