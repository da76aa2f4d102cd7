"""Windows from stored facts: what the log's fold made, at any offset and in any epoch."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.fold import Outcome, apply, look
from pipeline.core.rebuild import rebuilt
from pipeline.core.windows import Windows
from tests.pipeline.core.test_fold import CHAT, Chat, Values, chats, truth, values

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


def folded(log: list[Chat]) -> pl.DataFrame:
    """Fold a log from offset 0 on; the events that were counted."""
    frame = chats(list(enumerate(log)))
    applied = apply(look(frame, CHAT), Windows(CHAT, 0), CHAT, 1)
    return frame.filter(pl.Series(applied.outcomes == Outcome.COUNTED))


def keys(*of: tuple[str, int]) -> pl.DataFrame:
    return pl.DataFrame(of, {"group_id": pl.String, "minute": pl.UInt32}, orient="row")


NOTHING: tuple[list[int], int] = [0, 0], 0


@given(events, st.integers(0, 30))
@settings(max_examples=60)
def test_it_is_the_fold_of_the_log_up_to_the_order(log: list[Chat], cut: int) -> None:
    facts = as_facts(folded(log), epoch=1)
    found = rebuilt(keys(), facts, CHAT, epoch=1, partition=0, offset=cut)
    assert values(found) == truth(log[:cut])
    assert set(found["version"]) <= {cut + 1}


@given(events, events)
@settings(max_examples=40)
def test_a_later_epoch_counts_only_what_the_earlier_lacks(
    early: list[Chat], late: list[Chat]
) -> None:
    """Together both epochs say what one log of both would have said."""
    late_facts = folded(early + late).filter(pl.col("offset") >= len(early))
    late_facts = late_facts.with_columns(pl.col("offset") - len(early))
    facts = pl.concat([as_facts(folded(early), 1, partition=1), as_facts(late_facts, 2)])
    rebuilt_late = rebuilt(keys(), facts, CHAT, epoch=2, partition=0, offset=len(late))
    first, found = truth(early), values(rebuilt_late)
    for key, (sums, distinct) in truth(early + late).items():
        earlier: tuple[list[int], int] = first.get(key, NOTHING)
        later = found.get(key, NOTHING)
        assert [a + b for a, b in zip(earlier[0], later[0], strict=True)] == sums
        assert earlier[1] + later[1] == distinct


def test_a_window_without_a_fact_becomes_empty() -> None:
    facts = as_facts(folded([]), epoch=1)
    found: Values = values(rebuilt(keys(("gone", 5)), facts, CHAT, epoch=1, partition=0, offset=9))
    assert found == {("gone", 5): NOTHING}


def test_other_partitions_are_none_of_its_business() -> None:
    facts = as_facts(folded([("g", 0, "a", "u", "member")]), 1, partition=3)
    assert rebuilt(keys(), facts, CHAT, epoch=1, partition=0, offset=9).is_empty()
