"""Blocks leave in the order of their table's key: all rows are there, and the engine agrees."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from clickhouse_driver import Client
from clickhouse_driver.bufferedreader import BufferedReader
from clickhouse_driver.connection import ServerInfo
from clickhouse_driver.context import Context
from clickhouse_driver.streams.native import BlockInputStream
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.measures import MEASURES
from pipeline.core.rows import Source, window_rows
from schemas.arrow import arrays
from schemas.event_type import EventType
from schemas.facts import FACTS, KEY
from sinks.key_loops import in_order
from sinks.key_order import KEYS, key_of, key_plan, order_of
from sinks.store import Store
from tests.sinks.native_block import whole

EPOCH = date(1970, 1, 1)
FACT_TYPES = {
    "event_date": "Date",
    "event_ms": "Int64",
    "event_id": "String",
    "group_id": "String",
    "owner": "String",
    "row": "UInt32",
    "small": "Int8",
    "at": "DateTime('UTC')",
    "money": "Decimal(18, 2)",
    "maybe": "Nullable(String)",
    "tags": "Array(String)",
    "deep": "Array(Array(UInt16))",
}
WINDOW_TYPES = {
    "event_date": "Date",
    "group_id": "String",
    "minute": "DateTime('UTC')",
    "epoch": "UInt16",
    "topic": "String",
    "partition": "UInt16",
    "row": "UInt32",
}
BEGINNINGS = ["", "g", "group-", "a-group-of-many-", "\u7fa4", "\U0001f600" * 4, "\0", "\uffff"]
names = st.builds(
    str.__add__, st.sampled_from(BEGINNINGS), st.text("ab\0\x7f\u00e9\u7fa4", max_size=12)
)
moments = st.builds(
    lambda day, ms: day * 86_400_000 + ms,
    st.sampled_from([0, 19_000, 19_001, 65_535]),
    st.sampled_from([0, 1, 999, 1_000, 86_399_999]),
)


class Bytes(BufferedReader):  # type: ignore[misc]  # the driver has no types
    """What the driver reads a block from."""

    def __init__(self, data: bytes) -> None:
        self.source = io.BytesIO(data)
        super().__init__(1 << 16)

    def read_into_buffer(self) -> None:
        self.current_buffer_size = self.source.readinto(self.buffer)
        if not self.current_buffer_size:
            raise EOFError


def rows_in(block: memoryview) -> list[tuple[Any, ...]]:
    """The rows of a Native block as clickhouse-driver reads them."""
    context = Context()
    context.server_info = ServerInfo("x", 1, 1, 0, 0, "UTC", "x", 0)
    context.settings, context.client_settings = {}, Client("nowhere").client_settings
    read = BlockInputStream(Bytes(bytes(block)), context).read()
    return list(zip(*(read.get_column_by_index(at) for at in range(read.num_columns)), strict=True))


def as_the_engine(*values: Any) -> tuple[Any, ...]:
    return tuple(value.encode() if isinstance(value, str) else value for value in values)


@given(
    st.lists(st.tuples(moments, names, names, names), min_size=1, max_size=40),
    st.integers(0, 3),
    st.lists(st.integers(0, 400), min_size=1, max_size=7),
)
def test_facts_leave_in_order_and_whole(
    drawn: list[tuple[int, str, str, str]], first: int, lengths: list[int]
) -> None:
    def row(at: int, ms: int, group: str, event: str, owner: str) -> tuple[Any, ...]:
        length = lengths[at % len(lengths)]
        return (
            EPOCH + timedelta(days=ms // 86_400_000), ms, event, group, owner,
            at, length % 128 - 64, datetime.fromtimestamp(length, UTC), length,
            None if length % 3 else event, [group, event * 3][: length % 3],
            [[at, length]] * (length % 2) + [[]] * (length % 3),
        )  # fmt: skip

    rows = [row(at, *its) for at, its in enumerate(drawn * 2)]
    schema = {
        **dict.fromkeys(FACT_TYPES, pl.String), "event_date": pl.Date, "event_ms": pl.Int64,
        "row": pl.UInt32, "small": pl.Int8, "at": pl.Datetime("ms", "UTC"),
        "money": pl.Decimal(18, 2), "tags": pl.List(pl.String),
        "deep": pl.List(pl.List(pl.UInt16)),
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row")[first:]
    if frame.is_empty():
        return
    expected = sorted(rows[first:], key=lambda it: as_the_engine(it[0], it[3], it[1], it[2], it[4]))
    found = rows_in(whole(frame, list(FACT_TYPES.items()), key=KEY))
    assert [it[5] for it in found] == [it[5] for it in expected]
    for mine, its in zip(found, expected, strict=True):
        assert list(mine[:7]) == list(its[:7])
        assert mine[7].timestamp() == its[7].timestamp()
        assert mine[8] == its[8]
        assert (mine[9], list(mine[10]), [list(it) for it in mine[11]]) == its[9:]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), names, st.integers(0, 3), st.sampled_from(["a", "b"]),
            st.sampled_from([0, 1, 255, 256, 257, 65_535]),
        ),
        min_size=1, max_size=40,
    )
)  # fmt: skip
def test_windows_leave_in_order(drawn: list[tuple[int, str, int, str, int]]) -> None:
    rows = [
        (EPOCH + timedelta(days=minute // 2), group,
         datetime.fromtimestamp(minute * 43_200, UTC), epoch, topic, partition, at)
        for at, (minute, group, epoch, topic, partition) in enumerate(drawn)
    ]  # fmt: skip
    schema = {
        "event_date": pl.Date, "group_id": pl.String, "minute": pl.Datetime("ms", "UTC"),
        "epoch": pl.UInt16, "topic": pl.String, "partition": pl.UInt16, "row": pl.UInt32,
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    found = rows_in(whole(frame, list(WINDOW_TYPES.items()), key=KEYS["group_minute"]))
    expected = sorted(rows, key=lambda it: as_the_engine(*it[:-1]))
    assert [it[-1] for it in found] == [it[-1] for it in expected]


@pytest.mark.parametrize("groups", [1, 300, 30_000])
@pytest.mark.parametrize("ms", [1, 60_000, 10**9])
@pytest.mark.parametrize("prefix", ["", "g", "https://chat.example/rooms/"])
def test_many_rows_are_in_the_order_of_polars(groups: int, ms: int, prefix: str) -> None:
    draw = random.Random(f"{groups} {ms} {prefix}")
    frame = pl.DataFrame(
        {
            "event_ms": [1_700_000_000_000 + draw.randrange(ms) for _ in range(30_000)],
            "group_id": [f"{prefix}{draw.randrange(groups)}" for _ in range(30_000)],
            "event_id": [f"{draw.randrange(10**30):x}" for _ in range(30_000)],
            "owner": "",
        }
    ).with_columns(event_date=pl.from_epoch("event_ms", time_unit="ms").dt.date())
    with arrays(frame) as root:
        order = order_of(root, frame.height, key_plan(frame.schema, KEY))
    expected = frame.select(pl.arg_sort_by(KEY, maintain_order=True)).to_series()
    assert order.tolist() == expected.to_list()


def test_a_day_that_is_not_its_moments_leaves_the_rows_as_they_are(
    chats: Callable[..., pl.DataFrame],
) -> None:
    facts = chats(3, group_id=["c", "b", "a"]).with_columns(event_date=date(2024, 2, 29))
    types = [(column.name, column.clickhouse) for column in FACTS[EventType.CHAT]]
    assert whole(facts, types, key=KEY) == whole(facts, types)


def test_the_keys_are_those_of_the_tables(migrated: Store) -> None:
    found = migrated.query(
        "SELECT name, sorting_key FROM system.tables WHERE database = currentDatabase()"
    )
    stored = dict(found.iter_rows())
    assert {name: stored[name] for name in KEYS} == {
        name: ", ".join(key) for name, key in KEYS.items()
    }
    facts = {name for name in stored if name.startswith("fact_")}
    assert facts < set(KEYS)


def test_the_frames_of_facts_and_windows_can_be_sorted() -> None:
    for event_type, columns in FACTS.items():
        schema = {column.name: column.dtype for column in columns}
        assert len(key_plan(schema, KEYS[f"fact_{event_type}"])) == len(KEY)
    measures = MEASURES[EventType.CHAT]
    whole = ["partition", "minute", "version", *measures.columns]
    changed = pl.DataFrame(schema={"group_id": pl.String, **dict.fromkeys(whole, pl.Int64)})
    source = Source(EventType.CHAT, "community.chat", 0, 1)
    windows = window_rows(changed, measures, source)
    assert len(key_plan(windows.schema, KEYS["group_minute"])) == 6


SORTED = "SELECT value FROM system.events WHERE event = 'MergeTreeDataWriterBlocksAlreadySorted'"


@pytest.mark.parametrize("rows", [499, 5_000])
def test_the_engine_finds_a_large_block_in_order(
    migrated: Store, chats: Callable[..., pl.DataFrame], rows: int
) -> None:
    draw = random.Random(rows)
    facts = chats(
        rows,
        event_ms=[1_700_000_000_000 + 1_000 * draw.randrange(100) for _ in range(rows)],
        group_id=[f"group-{draw.randrange(300)}" for _ in range(rows)],
        event_id=[f"event-{number}" for number in draw.sample(range(rows), rows)],
    )
    before = migrated.query(SORTED)["value"].sum()
    migrated.insert("fact_chat", facts)
    assert migrated.query(SORTED)["value"].sum() - before == (rows >= 500)
    assert key_of("fact_chat", rows) == (KEY if rows >= 500 else ())
    assert migrated.query("SELECT event_id FROM fact_chat").height == rows


@given(
    st.lists(
        st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1), st.sampled_from([2**63, 2**40])),
        max_size=60,
    ),
    st.integers(0, 63),
)
def test_words_are_put_in_order_and_equal_ones_stay_as_they_were(
    numbers: list[int], shift: int
) -> None:
    words = np.array(numbers, np.uint64) >> np.uint64(shift)
    assert in_order(words).tolist() == np.argsort(words, kind="stable").tolist()
