"""One suite over both stores: what holds for one holds for the other, row by row."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from pipeline.errors import Fatal, QueryTooLarge, StoreError
from sinks.clickhouse import ServerStore
from sinks.embedded import EmbeddedStore
from sinks.migrate import up
from sinks.store import Store
from tests.sinks.test_minute_windows import window

Facts = Callable[..., pl.DataFrame]

ALL_TYPES = """
CREATE TABLE kinds (
    `row` UInt8, i8 Int8, i16 Int16, i32 Int32, i64 Int64, u8 UInt8, u16 UInt16, u32 UInt32,
    u64 UInt64, f32 Float32, f64 Float64, text String, day Date, second DateTime('UTC'),
    small Decimal(9, 4), money Decimal(18, 2), texts Array(String), numbers Array(UInt32),
    amounts Array(Decimal(18, 2)), maybe Nullable(Float64), word Nullable(String)
) ENGINE = ReplacingMergeTree ORDER BY row
"""
KINDS = pl.DataFrame(
    {
        "row": [0, 1, 2],
        "i8": [-(2**7), 0, 2**7 - 1],
        "i16": [-(2**15), 0, 2**15 - 1],
        "i32": [-(2**31), 0, 2**31 - 1],
        "i64": [-(2**63), 0, 2**63 - 1],
        "u8": [0, 1, 2**8 - 1],
        "u16": [0, 1, 2**16 - 1],
        "u32": [0, 1, 2**32 - 1],
        "u64": [0, 1, 2**64 - 1],
        "f32": [-1.5, 0.0, 2.0**100],
        "f64": [-1e-300, 0.1, 1e300],
        "text": ["", "it's \\ a\nline\t\0 \U0001f600 群", "x" * 100_000],
        "day": [date(1970, 1, 1), date(2024, 2, 29), date(2149, 6, 6)],
        "second": [
            datetime(1970, 1, 1, tzinfo=UTC),
            datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
            datetime(2105, 12, 31, tzinfo=UTC),
        ],
        "small": [Decimal("-99999.9999"), Decimal("0.0000"), Decimal("99999.9999")],
        "money": [Decimal("-9999999999999999.99"), Decimal("0.01"), Decimal("9999999999999999.99")],
        "texts": [[], ["", "b'\n\0"], ["\U0001f600"]],
        "numbers": [[], [1], [0, 2**32 - 1]],
        "amounts": [[Decimal("-1.10")], [], [Decimal("0.01"), Decimal("2.00")]],
        "maybe": [None, 0.0, 1.5],
        "word": ["", None, "w"],
    },
    schema={
        "row": pl.UInt8(),
        "i8": pl.Int8(),
        "i16": pl.Int16(),
        "i32": pl.Int32(),
        "i64": pl.Int64(),
        "u8": pl.UInt8(),
        "u16": pl.UInt16(),
        "u32": pl.UInt32(),
        "u64": pl.UInt64(),
        "f32": pl.Float32(),
        "f64": pl.Float64(),
        "text": pl.String(),
        "day": pl.Date(),
        "second": pl.Datetime("ms", "UTC"),
        "small": pl.Decimal(9, 4),
        "money": pl.Decimal(18, 2),
        "texts": pl.List(pl.String()),
        "numbers": pl.List(pl.UInt32()),
        "amounts": pl.List(pl.Decimal(18, 2)),
        "maybe": pl.Float64(),
        "word": pl.String(),
    },
)
NASTY = [
    "o'brien",
    'say "hi"',
    "back\\slash\\",
    "\\' OR 1=1 --",
    "two\nlines\r\n",
    "tab\there",
    "nul\0inside",
    "bell\a\b\f\v",
    "100% %s %(ids)s %%",
    "\U0001f9d1\U0001f3fd\u200d\U0001f680 群组 é",
    "{x:String}",
    "?",
    ";",
    "/* -- #",
    "x" * 128,
]


def test_every_type_comes_back_as_it_went(store: Store) -> None:
    store.execute(ALL_TYPES)
    store.insert("kinds", KINDS)
    found = store.query("SELECT * FROM kinds ORDER BY row")
    assert found.schema == KINDS.schema
    assert found.equals(KINDS)


def test_an_answer_without_rows_has_its_columns(store: Store) -> None:
    store.execute(ALL_TYPES)
    assert store.query("SELECT * FROM kinds").schema == KINDS.schema


def test_an_empty_frame_stores_nothing(store: Store) -> None:
    store.execute(ALL_TYPES)
    store.insert("kinds", KINDS.clear())
    assert store.query("SELECT count() AS n FROM kinds").item() == 0


def test_columns_go_by_name_and_the_rest_is_empty(store: Store) -> None:
    store.execute(ALL_TYPES)
    store.insert("kinds", KINDS.select("text", "row"))
    found = store.query("SELECT text, i64, texts FROM kinds ORDER BY row")
    assert found["text"].equals(KINDS["text"])
    assert found["i64"].to_list() == [0, 0, 0]
    assert found["texts"].to_list() == [[], [], []]


@pytest.mark.parametrize("nasty", NASTY)
def test_any_id_is_found_again(store: Store, nasty: str) -> None:
    assert store.query("SELECT %(id)s AS id", {"id": nasty})["id"].to_list() == [nasty]


def test_nasty_ids_survive_insert_and_lookup(migrated: Store, chats: Facts) -> None:
    migrated.insert("fact_chat", chats(len(NASTY), event_id=NASTY, user_id=NASTY))
    found = migrated.query(
        "SELECT event_id, user_id FROM fact_chat FINAL WHERE event_id IN %(ids)s"
        " AND (event_id, user_id) IN %(pairs)s",
        {"ids": NASTY, "pairs": [(nasty, nasty) for nasty in NASTY]},
    )
    assert sorted(found.rows()) == sorted((nasty, nasty) for nasty in NASTY)


@pytest.mark.parametrize(
    ("condition", "value", "found"),
    [
        ("text = %(v)s", "b", 1),
        ("n IN %(v)s", (0, 2), 2),
        ("n IN %(v)s", {1}, 1),
        ("text IN %(v)s", [], 0),
        ("text IN %(v)s", pl.Series(["a", "c"]), 2),
        ("n IN %(v)s", range(100_000), 3),
        ("money = %(v)s", Decimal("1.00"), 1),
        ("at = %(v)s", datetime(2024, 1, 1, 0, 0, 1, tzinfo=UTC), 1),
        ("toDate(at) = %(v)s", date(2024, 1, 1), 3),
        ("n > %(v)s", 0.5, 2),
        ("%(v)s AND text LIKE '%%b%%'", True, 1),
    ],
)
def test_parameters(store: Store, condition: str, value: object, found: int) -> None:
    store.execute(
        "CREATE TABLE t (n UInt64, text String, money Decimal(18, 2), at DateTime('UTC'))"
        " ENGINE = ReplacingMergeTree ORDER BY n"
    )
    start = datetime(2024, 1, 1, tzinfo=UTC)
    rows = pl.DataFrame(
        {
            "n": [0, 1, 2],
            "text": ["a", "b", "c"],
            "money": [Decimal("0.00"), Decimal("1.00"), Decimal("2.00")],
            "at": [start, start.replace(second=1), start.replace(second=2)],
        }
    )
    store.insert("t", rows)
    assert store.query(f"SELECT n FROM t WHERE {condition}", {"v": value}).height == found


def test_the_first_occurrence_of_an_event_wins(migrated: Store, chats: Facts) -> None:
    first, later = chats(1, offset=[5]), chats(1, offset=[9])
    new_epoch = chats(1, offset=[0], epoch=2)
    for copy in (later, new_epoch, first, later):
        migrated.insert("fact_chat", copy)
    assert migrated.query("SELECT epoch, offset FROM v_chat").rows() == [(1, 5)]


def test_copies_within_one_block_are_one_event(migrated: Store, chats: Facts) -> None:
    migrated.insert("fact_chat", pl.concat([chats(2, offset=[7, 8]), chats(2, offset=[1, 2])]))
    found = migrated.query("SELECT event_id, offset FROM v_chat ORDER BY event_id")
    assert found.rows() == [("e0", 1), ("e1", 2)]


def test_the_same_id_of_another_person_outside_any_group_is_another_event(
    migrated: Store, chats: Facts
) -> None:
    twins = chats(2, event_ms=0, event_id="e", group_id="", user_id=["a", "b"], owner=["a", "b"])
    migrated.insert("fact_chat", twins)
    assert migrated.query("SELECT count() AS n FROM v_chat").item() == 2


def test_a_batch_over_26_years_is_stored_whole(migrated: Store, chats: Facts) -> None:
    months = [
        int(datetime(year, month, 15, tzinfo=UTC).timestamp() * 1000)
        for year in range(2000, 2026)
        for month in range(1, 13)
    ]
    spread = chats(len(months), event_ms=months).sample(fraction=1.0, shuffle=True, seed=1)
    migrated.insert("fact_chat", spread)
    found = migrated.query("SELECT event_ms, toYYYYMM(event_date) AS month FROM fact_chat")
    assert found["event_ms"].sort().to_list() == months
    assert found["month"].n_unique() == 26 * 12


def test_a_frame_is_stored_as_one_part_a_month(migrated: Store, chats: Facts) -> None:
    migrated.insert("fact_chat", chats(20_000))
    parts = migrated.query(
        "SELECT count() AS n FROM system.parts WHERE database = currentDatabase()"
        " AND table = 'fact_chat' AND active"
    )
    assert parts.item() == 1


def test_the_same_insert_again_is_taken_and_shows_nothing_new(
    migrated: Store, chats: Facts
) -> None:
    for _ in range(2):
        migrated.insert("fact_chat", chats(100))
    assert migrated.query("SELECT count() AS n FROM v_chat").item() == 100


def test_an_unknown_table_is_fatal_with_a_remedy(store: Store, chats: Facts) -> None:
    with pytest.raises(Fatal) as caught:
        store.insert("no_such_table", chats())
    assert (caught.value.code, caught.value.remedy) == (60, "Run `pulse migrate up`.")
    with pytest.raises(Fatal) as caught:
        store.query("SELECT * FROM no_such_table")
    assert caught.value.code == 60


def test_an_unknown_column_is_fatal(migrated: Store, chats: Facts) -> None:
    with pytest.raises(Fatal) as caught:
        migrated.insert("fact_chat", chats().with_columns(odd=pl.lit(1)))
    assert caught.value.code == 16


def test_a_wrong_type_is_fatal_and_stores_nothing(migrated: Store, chats: Facts) -> None:
    with pytest.raises(Fatal, match="text_len") as caught:
        migrated.insert("fact_chat", chats().with_columns(text_len=pl.lit("long")))
    assert caught.value.code == 53
    assert migrated.query("SELECT count() AS n FROM fact_chat").item() == 0


def test_wrong_sql_is_fatal_and_brief(store: Store) -> None:
    with pytest.raises(Fatal, match="Syntax error") as caught:
        store.query("SELEC 1")
    assert caught.value.code == 62
    assert len(caught.value.what) < 600


def test_too_little_memory_is_retryable(embedded: EmbeddedStore) -> None:
    with pytest.raises(QueryTooLarge, match="MEMORY_LIMIT_EXCEEDED"):
        embedded.query(
            "SELECT groupArray(number) AS x FROM (SELECT * FROM system.numbers LIMIT 50000000)"
            " SETTINGS max_memory_usage = 1000000"
        )


@pytest.mark.parametrize(
    "wrong",
    [
        "SELECT throwIf(number = 99999) AS x FROM numbers(100000)",
        "SELECT groupArray(number) AS x FROM numbers(50000000) SETTINGS max_memory_usage = 9999999",
    ],
)
def test_an_answer_after_a_query_that_failed_on_its_way_is_whole(
    embedded: EmbeddedStore, wrong: str
) -> None:
    with pytest.raises(StoreError):
        embedded.query(wrong)
    found = embedded.query("SELECT number AS x FROM numbers(1000)")
    assert found["x"].to_list() == list(range(1000))


def test_the_store_works_on_after_errors(migrated: Store, chats: Facts) -> None:
    for wrong in ("SELEC 1", "SELECT * FROM no_such_table"):
        with pytest.raises(Fatal):
            migrated.query(wrong)
    with pytest.raises(Fatal):
        migrated.insert("fact_chat", chats().with_columns(text_len=pl.lit("long")))
    migrated.insert("fact_chat", chats())
    assert migrated.query("SELECT count() AS n FROM v_chat").item() == 3


def test_many_threads_at_once(migrated: Store, chats: Facts) -> None:
    def work(thread: int) -> int:
        for batch in range(5):
            migrated.insert("fact_chat", chats(50, group_id=f"g{thread}", start_ms=batch * 100_000))
        found = migrated.query(
            "SELECT count() AS n FROM v_chat WHERE group_id = %(group)s", {"group": f"g{thread}"}
        )
        return int(found.item())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [250] * 8


def test_a_slow_query_holds_up_no_other_thread(store: Store) -> None:
    store.query("SELECT 1")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(store.query, "SELECT sleep(2) AS s")
        store.query("SELECT 1")
        assert not slow.done()


def test_both_stores_agree_row_by_row(
    embedded: EmbeddedStore, server_store: ServerStore, chats: Facts
) -> None:
    answers = []
    for store in (embedded, server_store):
        up(store)
        store.insert("fact_chat", chats(500, offset=list(range(500))))
        store.insert("fact_chat", chats(500, offset=list(range(499, -1, -1))))
        store.insert("group_minute", window(messages=3, gmv=Decimal("0.10")))
        answers.append(
            (
                store.query("SELECT * FROM v_chat ORDER BY event_ms"),
                store.query("SELECT * FROM v_group_minute"),
            )
        )
    (facts, windows), (server_facts, server_windows) = answers
    assert facts.equals(server_facts)
    assert facts.schema == server_facts.schema
    assert windows.equals(server_windows)
    assert windows.schema == server_windows.schema


def test_what_was_stored_stays_after_closing(embedded: EmbeddedStore, chats: Facts) -> None:
    up(embedded)
    embedded.insert("fact_chat", chats())
    embedded.close()
    reopened = EmbeddedStore(embedded.folder)
    try:
        assert reopened.query("SELECT count() AS n FROM v_chat").item() == 3
    finally:
        reopened.close()
