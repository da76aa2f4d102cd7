"""The fold: any order, any batches, copies and replays give the same windows."""

from __future__ import annotations

import io
import random
from collections import Counter
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.fold import Applied, Outcome, apply, look
from pipeline.core.measures import MEASURES, MINUTE_MS
from pipeline.core.readback import put
from pipeline.core.windows import PAIR_BYTES, WINDOW_BYTES, WindowKey, Windows
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


def chats(log: list[tuple[int, Chat]], partition: int = PARTITION) -> pl.DataFrame:
    """A batch of chats at given offsets."""
    return pl.DataFrame(
        [
            (partition, offset, group_id, ms, event_id, "", user_id, role, "text")
            for offset, (group_id, ms, event_id, user_id, role) in log
        ],
        schema=SCHEMA,
        orient="row",
    )


CHAT = MEASURES[EventType.CHAT]
Values = dict[WindowKey, tuple[list[int], int]]


def fold(batch: pl.DataFrame, windows: Windows, commit: int = 1) -> Applied:
    return apply(look(batch, CHAT), windows, CHAT, commit)


def fold_all(
    batches: list[list[tuple[int, Chat]]], windows: Windows
) -> tuple[Counter[int], Values]:
    """How often each outcome, and the windows as they were last written."""
    outcomes: Counter[int] = Counter()
    written: Values = {}
    for number, batch in enumerate(batches, 1):
        if batch:
            applied = fold(chats(batch), windows, number)
            outcomes.update(applied.outcomes.tolist())
            written |= values(applied.changed)
    return outcomes, written


def values(changed: pl.DataFrame) -> Values:
    """Messages, those by members, and chatters by window."""
    return {
        (row["group_id"], row["minute"]): (
            [row["messages"], row["member_messages"]],
            row["chatters"],
        )
        for row in changed.iter_rows(named=True)
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
    outcomes, written = fold_all(split(list(enumerate(log)), seed), Windows(CHAT, 0))
    assert written == truth(log)
    assert sum(outcomes.values()) == len(log)


@given(events, st.integers(0, 1_000))
def test_any_order_of_distinct_events_gives_the_same_windows(log: list[Chat], seed: int) -> None:
    distinct = list({(e[0], e[1], e[2]): e for e in log}.values())
    shuffled = random.Random(seed).sample(distinct, len(distinct))
    assert fold_all([list(enumerate(shuffled))], Windows(CHAT, 0))[1] == truth(distinct)


@given(events, st.integers(0, 40), st.integers(0, 1_000))
@settings(max_examples=150)
def test_a_prefix_folded_then_replayed_counts_once(log: list[Chat], cut: int, seed: int) -> None:
    windows = Windows(CHAT, 0)
    numbered = list(enumerate(log))
    _, before = fold_all([numbered[:cut]], windows)
    replayed, after = fold_all(split(numbered, seed), windows)
    assert before | after == truth(log)
    counted_before = len({(e[0], e[1], e[2]) for e in log[:cut]})
    assert replayed[Outcome.COUNTED] == len({(e[0], e[1], e[2]) for e in log}) - counted_before


def stored(version: int) -> Windows:
    """A window of group a that the store has up to `version`, with one message by a member."""
    windows = Windows(CHAT, 0)
    rows = pl.DataFrame(
        [("a", 0, version, 1, 1, 1)],
        schema={
            "group_id": pl.String, "minute": pl.UInt32, "version": pl.UInt64,
            "messages": pl.UInt64, "member_messages": pl.UInt64, "chatters": pl.UInt64,
        },
        orient="row",
    )  # fmt: skip
    put(windows, rows, rows, pl.DataFrame(), CHAT, epoch=1, partition=PARTITION)
    return windows


@given(events)
@settings(max_examples=50)
def test_what_an_earlier_epoch_stored_is_known_when_it_is_read_back(log: list[Chat]) -> None:
    """The store tells of it in a frame of its own, and in any order."""
    facts = chats(list(enumerate(log)), partition=7).reverse().with_columns(epoch=pl.lit(1))
    facts.write_parquet(file := io.BytesIO())
    file.seek(0)
    windows = Windows(CHAT, 0)
    nothing = pl.DataFrame(schema={"group_id": pl.String, "minute": pl.UInt32})
    rows = nothing.with_columns(version=pl.lit(0, pl.UInt64))
    put(windows, nothing, rows, pl.read_parquet(file), CHAT, epoch=2, partition=PARTITION)
    again = fold(chats(list(enumerate(log))), windows)
    assert set(again.outcomes.tolist()) <= {Outcome.DUPLICATE}
    others = [(group, ms, f"other {id_}", user, role) for group, ms, id_, user, role in log]
    known = fold(chats(list(enumerate(others))), windows, commit=2)
    assert known.changed["chatters"].sum() == 0
    assert Outcome.REPLAYED not in known.outcomes


def test_the_fence_is_per_record_not_per_batch() -> None:
    first = ("a", 0, "e1", "u1", "member")
    second = ("a", 1, "e2", "u2", "member")
    outcomes, written = fold_all([[(4, first), (5, second)]], stored(version=5))
    assert outcomes == {Outcome.REPLAYED: 1, Outcome.COUNTED: 1}
    assert written == {("a", 0): ([2, 2], 2)}


def test_what_changes_nothing_writes_nothing() -> None:
    event = ("a", 0, "e1", "u1", "member")
    assert fold(chats([(4, event)]), stored(version=5)).changed.is_empty()


def test_of_copies_in_one_batch_the_lowest_offset_is_the_event() -> None:
    event = ("a", 0, "e1", "u1", "member")
    applied = fold(chats([(7, event), (9, event)]), Windows(CHAT, 0))
    assert applied.outcomes.tolist() == [Outcome.COUNTED, Outcome.DUPLICATE]
    assert applied.changed["version"].to_list() == [8]


def test_the_same_id_of_two_persons_outside_groups_is_two_events() -> None:
    batch = chats([(1, ("", 0, "e", "u1", "member")), (2, ("", 0, "e", "u2", "member"))])
    batch = batch.with_columns(owner=pl.col("user_id"))
    assert fold(batch, Windows(CHAT, 0)).outcomes.tolist() == [Outcome.COUNTED, Outcome.COUNTED]


def test_money_is_summed_exactly_in_cents() -> None:
    orders = chats([(1, ("a", 0, "e1", "u1", "member")), (2, ("a", 1, "e2", "u1", "member"))])
    orders = orders.with_columns(
        status=pl.Series(["paid", "paid"]),
        amount_paid=pl.Series([Decimal("0.10"), Decimal("0.20")], dtype=pl.Decimal(18, 2)),
    )
    measures = MEASURES[EventType.ORDER]
    changed = apply(look(orders, measures), Windows(measures, 0), measures, 1).changed
    assert changed.select(measures.columns).rows() == [(0, 2, 30, 1)]


def minutes_folded(count: int) -> Windows:
    """One chat in each of so many minutes, a commit each."""
    windows = Windows(CHAT, floor=0)
    fold_all(
        [[(i, ("a", (i + 1) * MINUTE_MS, f"e{i}", "u", "member"))] for i in range(count)], windows
    )
    return windows


def unknown(
    windows: Windows, *minutes: int, group_id: str = "a", partition: int = PARTITION
) -> list[int]:
    """The minutes that only the store can tell, of one group."""
    asked_for = [(0, (group_id, minute * MINUTE_MS, "e", "u", "member")) for minute in minutes]
    batch = chats(asked_for, partition)
    events = look(batch, CHAT)
    asked = windows.unknown(events.partitions, events.places, events.minutes)
    return [minute for minute, is_asked in zip(minutes, asked.tolist(), strict=True) if is_asked]


ONE = WINDOW_BYTES + 2 * PAIR_BYTES
"""What a window of one id and one person takes."""


@pytest.mark.parametrize("durable", [0, 3])
def test_only_durable_windows_are_evicted(durable: int) -> None:
    windows = minutes_folded(5)
    assert windows.bytes == 5 * ONE
    assert windows.evict(durable, excess=10_000) == durable * ONE
    assert windows.bytes == (5 - durable) * ONE
    assert len(windows) == 5 - durable
    assert unknown(windows, 1, 2, 3, 4, 5, 6) == list(range(1, durable + 1))


def test_the_minute_that_is_being_folded_is_not_evicted() -> None:
    """Neither it nor any of its windows, however long ago one of them was written."""
    windows = Windows(CHAT, floor=0)
    fold_all([[(i, (f"g{i}", MINUTE_MS, f"e{i}", "u", "member"))] for i in range(9)], windows)
    assert windows.evict(8, excess=10_000) == 0
    assert len(windows) == 9
    assert windows.evict(9, excess=1) == 9 * ONE


def test_little_is_not_worth_letting_go() -> None:
    windows = minutes_folded(20)
    assert windows.evict(20, excess=1) == 0
    assert windows.evict(20, excess=3 * ONE) == 3 * ONE
    assert unknown(windows, *range(1, 21)) == [1, 2, 3]


def test_an_evicted_minute_must_be_read_again() -> None:
    """And it alone: an earlier one that stayed is still known as a whole."""
    windows = minutes_folded(9)
    fold(chats([(10, ("a", MINUTE_MS, "e10", "u", "member"))]), windows, commit=10)
    assert windows.evict(9, excess=7 * ONE) == 7 * ONE
    assert unknown(windows, 1, 2, 8, 9, 10, group_id="b") == [2, 8]


def test_what_one_partition_lets_go_of_is_not_asked_for_another() -> None:
    """A partition with more events is behind the others in event time as a backlog is read."""
    windows = minutes_folded(9)
    assert windows.evict(9, excess=7 * ONE) == 7 * ONE
    assert unknown(windows, 1, 7, 8) == [1, 7]
    assert unknown(windows, 1, 7, 8, partition=PARTITION + 1) == []
    fold(chats([(0, ("b", 5 * MINUTE_MS, "e", "u", "member"))], PARTITION + 1), windows, commit=10)
    assert windows.evict(10, excess=10_000) == 3 * ONE
    assert unknown(windows, 4, 5, 6, group_id="b", partition=PARTITION + 1) == [4, 5]


def test_a_rebuild_raises_the_floor_of_its_partition() -> None:
    windows = minutes_folded(5)
    windows.drop(PARTITION, 2, 9, highest=7)
    assert unknown(windows, 1, 2, 7, 8, group_id="b") == [2, 7]
    assert unknown(windows, 1, 2, 7, 8, group_id="b", partition=PARTITION + 1) == []


def test_the_values_of_what_stays_stay() -> None:
    windows = minutes_folded(5)
    windows.evict(3, excess=10_000)
    again = [[(9, ("a", 5 * MINUTE_MS, "e9", "v", "member"))]]
    outcomes, written = fold_all(
        [*again, [(10, ("a", 5 * MINUTE_MS, "e4", "w", "member"))]], windows
    )
    assert written == {("a", 5): ([2, 2], 2)}
    assert outcomes == {Outcome.COUNTED: 1, Outcome.DUPLICATE: 1}


def test_a_minute_read_as_a_whole_is_known_in_its_partition() -> None:
    windows = Windows(CHAT, floor=9)
    assert unknown(windows, 4, 5) == [4, 5]
    windows.know(PARTITION, [4])
    windows.know(PARTITION + 1, [5])
    assert unknown(windows, 4, 5) == [5]
