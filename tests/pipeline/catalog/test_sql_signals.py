"""The SQL of the signals on chDB: equal to the reference and to the live view on any history."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.catalog.sql_quality import quality
from pipeline.catalog.sql_signals import COLUMNS, signals
from pipeline.core.live import LiveView
from pipeline.core.signals import COLUMN, FAST, SLOW
from sinks.store import Store
from tests.reference import signals as reference
from tests.reference.cases import GRACES, HISTORIES, MINUTE, START
from tests.reference.signals import DAY, HOUR, Fact, Row, signals_at
from tests.reference.stored import LIVE, fact_frame, migrated_store, store_facts

GRACE = 5 * MINUTE

GRIDS = st.builds(
    lambda back, steps, step: range(
        START - back * MINUTE, START - back * MINUTE + steps * step, step
    ),
    st.integers(-100, 40 * 60),
    st.integers(1, 12),
    st.sampled_from([MINUTE, 7 * MINUTE, HOUR, DAY]),
)
"""Some moments from minute boundaries on, evenly apart."""

# Each history gets groups of its own: emptying the tables each time costs more than the query.
_SERIAL = itertools.count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        yield store


def ask(store: Store, groups: set[str], grid: range, grace_ms: int) -> dict[tuple[str, int], Row]:
    rows = store.query(
        signals(some_groups=True),
        {
            "from_ms": grid[0],
            "until_ms": grid[-1],
            "step_ms": grid.step,
            "grace_ms": grace_ms,
            "groups": sorted(groups),
        },
    )
    return {(row["group_id"], row["t_ms"]): row for row in rows.iter_rows(named=True)}


def own_groups(history: list[Fact]) -> list[Fact]:
    serial = next(_SERIAL)
    return [
        fact._replace(group_id=fact.group_id and f"{fact.group_id}-{serial}") for fact in history
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    HISTORIES,
    GRACES,
    GRIDS,
)
def test_a_grid_is_the_reference_at_each_t(
    store: Store, history: list[Fact], grace_ms: int, grid: range
) -> None:
    history = own_groups(history)
    store_facts(store, history)
    groups = {fact.group_id for fact in history if fact.group_id} or {"-"}
    got = ask(store, groups, grid, grace_ms)
    nothing = dict.fromkeys(COLUMNS, 0)
    for t in grid:
        for group_id, wanted in signals_at(history, t, grace_ms).items():
            row = got.get((group_id, t), nothing)
            assert {name: row[name] for name in COLUMNS} == wanted


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HISTORIES, GRACES, st.integers(0, 40 * 60), st.randoms(use_true_random=False))
def test_the_live_view_is_a_cache_of_it(
    store: Store, history: list[Fact], grace_ms: int, back: int, random: st.randoms
) -> None:
    history = own_groups(history)
    store_facts(store, history)
    view = LiveView(grace_ms)
    now = START - back * MINUTE
    view.advance(now - random.randrange(3 * DAY))
    arriving = random.sample(history, len(history))
    for fact in arriving:
        for event_type in LIVE:
            if fact.event_type == event_type:
                view.apply(event_type, fact_frame(event_type, [fact]))
    view.advance(now)
    snapshot = view.snapshot()
    groups = {fact.group_id for fact in history if fact.group_id} or {"-"}
    nothing = dict.fromkeys(COLUMNS, 0)
    for pace, t, counts in (
        (SLOW, snapshot.slow_end_ms, snapshot.slow),
        (FAST, snapshot.fast_end_ms, snapshot.fast),
    ):
        got = ask(store, groups, range(t, t + 1), grace_ms)
        for group_id, row in snapshot.rows.items():
            wanted = got.get((group_id, t), nothing)
            names = {count: COLUMN[pace, count] for count in pace.counts}
            assert {name: int(counts[row, count]) for count, name in names.items()} == {
                name: wanted[name] for name in names.values()
            }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HISTORIES, GRACES)
def test_oddities_are_counted_exactly(store: Store, history: list[Fact], grace_ms: int) -> None:
    history = own_groups(history)
    store_facts(store, history)
    span = {"from_ms": START - 9 * DAY, "until_ms": START + 9 * DAY, "grace_ms": grace_ms}
    rows = store.query(quality(), span)
    groups = {fact.group_id for fact in history}
    got = dict.fromkeys(reference.quality([], 0), 0)
    for group_id, kind, n in rows.iter_rows():
        if group_id in groups:
            got[kind] += n
    assert got == reference.quality(history, grace_ms)


def test_oddities_outside_the_span_are_left_out(store: Store) -> None:
    leaves = own_groups([Fact("leave", START - hours * HOUR, "g", "u") for hours in (3, 2, 1)])
    store_facts(store, leaves)
    span = {"from_ms": START - 2 * HOUR, "until_ms": START - HOUR, "grace_ms": GRACE}
    rows = store.query(quality(), span).filter(group_id=leaves[0].group_id)
    assert rows["n"].to_list() == [1]


def test_an_oddity_that_came_twice_counts_once(store: Store) -> None:
    odd = own_groups(
        [
            Fact("join", START - 3 * HOUR, "g", "u", detail="qr"),
            Fact("join", START - 2 * HOUR, "g", "u", detail="qr"),
            Fact("chat", START - HOUR, "g", "outsider", detail="text"),
        ]
    )
    store_facts(store, odd)
    store_facts(store, odd)
    span = {"from_ms": START - DAY, "until_ms": START, "grace_ms": GRACE}
    rows = store.query(quality(), span).filter(group_id=odd[0].group_id)
    assert rows.drop("group_id").rows() == [("chat_without_membership", 1), ("join_present", 1)]


def test_a_copy_counts_once(store: Store) -> None:
    chats = own_groups([Fact("chat", START - HOUR, "copied", "u", detail="text")])
    store_facts(store, chats)
    store_facts(store, chats)
    groups = {chats[0].group_id}
    got = ask(store, groups, range(START, START + 1), GRACE)
    assert got[chats[0].group_id, START]["messages_24h"] == 1


def test_every_t_of_the_grid_has_a_row(store: Store) -> None:
    joins = own_groups([Fact("join", START - 30 * DAY, "old", "u", detail="qr")])
    store_facts(store, joins)
    grid = range(START, START + 90 * MINUTE + 1, MINUTE)
    got = ask(store, {joins[0].group_id}, grid, GRACE)
    assert [row["member_count"] for row in got.values()] == [1] * 91


def test_without_a_list_every_group_is_in_it(store: Store) -> None:
    store_facts(store, [Fact("join", START - HOUR, g, "u", detail="qr") for g in ("p", "q")])
    rows = store.query(
        signals(), {"from_ms": START, "until_ms": START, "step_ms": MINUTE, "grace_ms": GRACE}
    )
    assert {"p", "q"} <= set(rows["group_id"])
    assert "" not in set(rows["group_id"])


def test_counts_are_named_alike_in_core_and_sql() -> None:
    assert set(COLUMN.values()) == set(COLUMNS)
