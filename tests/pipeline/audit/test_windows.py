"""Stored windows held to their facts, on both stores: SQL says what the fold says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.audit.scope import Scope
from pipeline.audit.windows import check_windows, cuts
from pipeline.catalog.sql_windows import SQL_MEASURES
from pipeline.clock import SharedClock
from pipeline.core.fold import apply, look
from pipeline.core.measures import MEASURES
from pipeline.core.rows import Source, fact_rows, window_rows
from pipeline.core.windows import Windows
from pipeline.settings import Settings
from schemas.event_type import EventType
from schemas.facts import FACTS
from sinks.group_offsets import Offsets
from sinks.store import Store
from sinks.topics import topic_of

NOON_MS = 1_764_072_000_000

KINDS = {
    "actor_role": ["member", "staff", "bot", "system"],
    "user_id": ["a", "b", ""],
    "msg_type": ["text", "system", "image"],
    "join_method": ["qr", "import"],
    "status": ["created", "paid", "cancelled"],
    "action": [
        *("page_view", "click", "like", "forward", "sent", "delivered", "add", "remove"),
        *("signup", "attend", "opened", "replied", "read"),
    ],
    "content_kind": ["post", "reply", "topic", "article"],
    "feedback_kind": ["review", "complaint", "survey"],
}
"""Values of the columns that a measure may look at, gone through in cycles of their own."""


def scope(store: Store, committed: Offsets | None = None) -> Scope:
    return Scope(Settings(), store, SharedClock(None), committed or {})


def events(event_type: EventType, count: int) -> pl.DataFrame:
    """Events of every kind that the measures tell apart, over some minutes and two groups."""
    columns: dict[str, object] = {
        "offset": list(range(count)),
        "ingest_ms": [NOON_MS] * count,
        "event_ms": [NOON_MS + 7_000 * (number % 60) for number in range(count)],
        "event_id": [f"e{number}" for number in range(count)],
        "group_id": [f"g{number % 2}" for number in range(count)],
        **{
            name: [values[(number // (2 + place)) % len(values)] for number in range(count)]
            for place, (name, values) in enumerate(KINDS.items())
        },
        "amount_paid": [number + 0.25 for number in range(count)],
        "amount": [number + 0.75 for number in range(count)],
    }
    empty: dict[type[pl.DataType], object] = {pl.String: "", pl.List: []}
    return pl.DataFrame(
        {
            column.name: pl.Series(
                columns.get(column.name, [empty.get(type(column.dtype), 0)] * count),
                strict=False,
            ).cast(column.dtype, strict=False)
            for column in FACTS[event_type]
            if column.name not in ("event_date", "event_time")
        }
    )


def stored(store: Store, event_type: EventType, count: int = 240) -> tuple[pl.DataFrame, Source]:
    """Fold and store events as the worker does; the windows' rows."""
    source = Source(event_type, topic_of(event_type), 0, 1)
    measures, batch = MEASURES[event_type], events(event_type, count)
    applied = apply(look(batch, measures), Windows(measures, 0), measures, 1)
    store.insert(f"fact_{event_type}", fact_rows(batch, applied.outcomes, source))
    rows = window_rows(applied.changed, measures, source)
    store.insert("group_minute", rows)
    return rows, source


def test_sql_says_what_the_fold_says(migrated: Store) -> None:
    """And a window that is one too high in one measure of its type is told, with both values."""
    rows = {each: stored(migrated, each)[0] for each in SQL_MEASURES}
    result = check_windows(scope(migrated))
    assert (result.looked_at, result.rows) == (240 * len(rows), [])
    for place in range(max(map(len, SQL_MEASURES.values()))):
        measures = {
            each: list(its)[place] for each, its in SQL_MEASURES.items() if place < len(its)
        }
        for each, measure in measures.items():
            assert rows[each][measure].sum() > 0
            wrong = rows[each].filter(pl.col(measure) > 0).head(1)
            migrated.insert("group_minute", wrong.with_columns(pl.col(measure) + 1))
        told = check_windows(scope(migrated)).rows
        assert sorted(row["measure"] for row in told) == sorted(measures.values())
        assert all(float(row["stored"]) == float(row["facts"]) + 1 for row in told)
        for each in measures:
            migrated.insert("group_minute", rows[each])


def test_every_measure_has_its_sql() -> None:
    assert {each: tuple(its) for each, its in SQL_MEASURES.items()} == {
        each: measures.columns for each, measures in MEASURES.items()
    }


def test_what_is_on_its_way_is_no_mismatch(migrated: Store) -> None:
    """Facts above a window's version are counted later; below what was committed they must be."""
    rows, source = stored(migrated, EventType.CHAT, 100)
    late = events(EventType.CHAT, 130).filter(pl.col("offset") >= 100)
    outcomes = np.zeros(late.height, np.int8)
    migrated.insert("fact_chat", fact_rows(late, outcomes, source))
    place = (source.topic, source.partition)
    assert check_windows(scope(migrated, {place: 100})).mismatches == 0
    told = check_windows(scope(migrated, {place: 130}))
    assert told.mismatches > 0
    assert rows.height > 0


def test_a_window_without_any_fact_is_told(migrated: Store) -> None:
    rows, _ = stored(migrated, EventType.CHAT, 100)
    migrated.execute("TRUNCATE TABLE fact_chat")
    since = {"since_ms": NOON_MS - 1, "until_ms": NOON_MS + 86_400_000}
    found = check_windows(Scope(Settings(), migrated, SharedClock(None), {}, **since))
    assert {row["facts"] for row in found.rows} == {"0"}
    assert {row["group_id"] for row in found.rows} == set(rows["group_id"])


@given(st.lists(st.integers(1, 9), max_size=30), st.integers(1, 20))
def test_pieces_hold_so_many_facts_or_one_group(facts: list[int], most: int) -> None:
    counts = [(f"{number:03}", count) for number, count in enumerate(facts)]
    bounds = ["", *cuts(counts, most), "~"]
    for first, until in pairwise(bounds):
        held = [count for group_id, count in counts if first <= group_id < until]
        assert sum(held) <= most or len(held) == 1
