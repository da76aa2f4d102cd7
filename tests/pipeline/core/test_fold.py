"""The fold: any order, any batches, copies and replays give the same windows."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.fold import Outcome, apply, group
from pipeline.core.measures import MEASURES, MINUTE_MS
from pipeline.core.windows import PartitionWindows, Window, WindowKey
from schemas.event_type import EventType

PARTITION = 3
SCHEMA = {
    "partition": pl.UInt16,
    "offset": pl.UInt64,
    "group_id": pl.String,
    "event_ms": pl.Int64,
    "event_id": pl.String,
    "owner": pl.String,
    "user_id": pl.String,
    "actor_role": pl.String,
    "msg_type": pl.String,
}

Chat = tuple[str, int, str, str, str]
"""(group_id, event_ms, event_id, user_id, actor_role)"""


def chats(log: list[tuple[int, Chat]]) -> pl.DataFrame:
    """A batch of chats at given offsets."""
    return pl.DataFrame(
        [
            (PARTITION, offset, group_id, ms, event_id, "", user_id, role, "text")
            for offset, (group_id, ms, event_id, user_id, role) in log
        ],
        schema=SCHEMA,
        orient="row",
    )


def fold_all(batches: list[list[tuple[int, Chat]]], windows: PartitionWindows) -> Counter[int]:
    outcomes: Counter[int] = Counter()
    for number, batch in enumerate(batches, 1):
        if batch:
            grouped = group(chats(batch), MEASURES[EventType.CHAT])
            outcomes.update(apply(grouped, {PARTITION: windows}, number).tolist())
    return outcomes


def values(windows: PartitionWindows) -> dict[WindowKey, tuple[list[int], int]]:
    return {
        key: (window.sums, window.distinct)
        for key, window in windows._windows.items()
        if window.version
    }


def truth(events: list[Chat]) -> dict[WindowKey, tuple[list[int], int]]:
    """The definition, the slow way: first of each identity counts."""
    seen: set[tuple[str, int, str]] = set()
    messages: Counter[WindowKey] = Counter()
    by_members: Counter[WindowKey] = Counter()
    people: dict[WindowKey, set[str]] = {}
    for group_id, ms, event_id, user_id, role in events:
        if (group_id, ms, event_id) in seen:
            continue
        seen.add((group_id, ms, event_id))
        key = (group_id, ms // MINUTE_MS)
        messages[key] += role in ("member", "staff")
        by_members[key] += role == "member"
        people.setdefault(key, set())
        if role == "member" and user_id:
            people[key].add(user_id)
    return {key: ([messages[key], by_members[key]], len(people[key])) for key in people}


events = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", ""]),
        st.integers(0, 5).map(lambda step: 1_700_000_000_000 + step * 25_000),
        st.sampled_from([f"e{i}" for i in range(8)]),
        st.sampled_from(["u1", "u2", "u3", ""]),
        st.sampled_from(["member", "staff", "bot"]),
    ),
    max_size=40,
)


def split(log: list[tuple[int, Chat]], seed: int) -> list[list[tuple[int, Chat]]]:
    rng = random.Random(seed)
    batches: list[list[tuple[int, Chat]]] = [[]]
    for entry in log:
        if rng.random() < 0.3:
            batches.append([])
        batches[-1].append(entry)
    return batches


@given(events, st.integers(0, 1_000))
def test_any_split_into_batches_gives_the_same_windows(log: list[Chat], seed: int) -> None:
    windows = PartitionWindows(known_above=0)
    outcomes = fold_all(split(list(enumerate(log)), seed), windows)
    assert values(windows) == truth(log)
    assert sum(outcomes.values()) == len(log)


@given(events, st.integers(0, 1_000))
def test_any_order_of_distinct_events_gives_the_same_windows(log: list[Chat], seed: int) -> None:
    distinct = list({(e[0], e[1], e[2]): e for e in log}.values())
    shuffled = random.Random(seed).sample(distinct, len(distinct))
    windows = PartitionWindows(known_above=0)
    fold_all([list(enumerate(shuffled))], windows)
    assert values(windows) == truth(distinct)


@given(events, st.integers(0, 40), st.integers(0, 1_000))
@settings(max_examples=150)
def test_a_prefix_folded_then_replayed_counts_once(log: list[Chat], cut: int, seed: int) -> None:
    windows = PartitionWindows(known_above=0)
    numbered = list(enumerate(log))
    fold_all([numbered[:cut]], windows)
    replayed = fold_all(split(numbered, seed), windows)
    assert values(windows) == truth(log)
    counted_before = len({(e[0], e[1], e[2]) for e in log[:cut]})
    assert replayed[Outcome.COUNTED] == len({(e[0], e[1], e[2]) for e in log}) - counted_before


def test_the_fence_is_per_record_not_per_batch() -> None:
    windows = PartitionWindows(known_above=0)
    first = ("a", 0, "e1", "u1", "member")
    second = ("a", 1, "e2", "u2", "member")
    windows.put(("a", 0), Window([1, 1], {123}, {456}, 1, version=5))
    outcomes = fold_all([[(4, first), (5, second)]], windows)
    assert outcomes == {Outcome.REPLAYED: 1, Outcome.COUNTED: 1}
    assert values(windows) == {("a", 0): ([2, 2], 2)}


def test_of_copies_in_one_batch_the_lowest_offset_is_the_event() -> None:
    event = ("a", 0, "e1", "u1", "member")
    grouped = group(chats([(7, event), (9, event)]), MEASURES[EventType.CHAT])
    outcomes = apply(grouped, {PARTITION: PartitionWindows(0)}, 1)
    assert outcomes.tolist() == [Outcome.COUNTED, Outcome.DUPLICATE]


def test_the_same_id_of_two_persons_outside_groups_is_two_events() -> None:
    batch = chats([(1, ("", 0, "e", "u1", "member")), (2, ("", 0, "e", "u2", "member"))])
    batch = batch.with_columns(owner=pl.col("user_id"))
    outcomes = apply(group(batch, MEASURES[EventType.CHAT]), {PARTITION: PartitionWindows(0)}, 1)
    assert outcomes.tolist() == [Outcome.COUNTED, Outcome.COUNTED]


def test_money_is_summed_exactly_in_cents() -> None:
    orders = chats([(1, ("a", 0, "e1", "u1", "member")), (2, ("a", 1, "e2", "u1", "member"))])
    orders = orders.with_columns(
        status=pl.Series(["paid", "paid"]),
        amount_paid=pl.Series([Decimal("0.10"), Decimal("0.20")], dtype=pl.Decimal(18, 2)),
    )
    windows = PartitionWindows(0)
    apply(group(orders, MEASURES[EventType.ORDER]), {PARTITION: windows}, 1)
    assert values(windows) == {("a", 0): ([0, 2, 30], 1)}


@pytest.mark.parametrize("durable", [0, 3])
def test_only_durable_windows_are_evicted(durable: int) -> None:
    windows = PartitionWindows(known_above=0)
    fold_all([[(i, ("a", i * MINUTE_MS, f"e{i}", "u", "member"))] for i in range(5)], windows)
    gone = windows.evict(durable, excess=100)
    assert gone == durable
    assert len(windows) == 5 - durable


def test_an_evicted_minute_must_be_read_again() -> None:
    windows = PartitionWindows(known_above=0)
    fold_all([[(0, ("a", 9 * MINUTE_MS, "e", "u", "member"))]], windows)
    assert windows.unknown([("a", 9), ("b", 9)]) == []
    windows.evict(1, excess=1)
    assert windows.unknown([("a", 9), ("b", 9), ("b", 10)]) == [("a", 9), ("b", 9)]
