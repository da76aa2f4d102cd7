"""The rollup of the catalogue on a real embedded store: what is due, and only that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.metric import Metric
from pipeline.catalog.terms import Terms
from pipeline.catalog.value import Script
from pipeline.catalog.vocabulary import Grain, Zero
from pipeline.core.calendar import Period
from pipeline.rollup.assemble import IMMATURE
from pipeline.rollup.catalogue import CatalogueRollup
from pipeline.rollup.due import Asked
from schemas.event_type import EventType
from sinks.store import Store
from tests.reference.community import (
    GRACE_MS,
    ZONE,
    Community,
    Event,
    at,
    event,
    forget,
    store_community,
)
from tests.reference.stored import migrated_store

NOW = at("2025-03-05 10:00")
JOINS = next(metric for metric in CATALOGUE if metric.name == "join_count")
GRAINS = (Grain.GROUP, Grain.OVERALL)
DAILY = replace(JOINS, periods=(Period.DAY,))
HISTORY = Community(
    [
        event("join", "2025-03-03 10:00", "g", "ann", join_method="qr"),
        event("join", "2025-03-04 10:00", "g", "bob", join_method="qr"),
    ]
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    """A store with two days of history."""
    forget(opened)
    store_community(opened, HISTORY)
    return opened


def rollup(store: Store, metrics: Sequence[Metric] = (DAILY,)) -> CatalogueRollup:
    return CatalogueRollup(store, metrics, terms=Terms(), zone=ZONE, grace_ms=GRACE_MS)


def run(
    store: Store, metrics: Sequence[Metric] = (DAILY,), asked: Asked | None = None
) -> list[str]:
    found = rollup(store, metrics).run_once(NOW, asked=asked)
    return [f"{due.why} {due.window.start_ms - at('2025-03-03')}" for due, _ in found]


def stored(store: Store) -> dict[int, float]:
    """Joins of the group by day of March."""
    rows = store.query(
        "SELECT toDayOfMonth(window_start, %(zone)s) AS day, value FROM v_metric_value"
        " WHERE metric = 'join_count' AND scope_id = 'g' ORDER BY day",
        {"zone": ZONE},
    )
    return dict(rows.iter_rows())


def test_it_computes_the_closed_days_and_then_nothing(store: Store) -> None:
    assert run(store) == ["new 86400000", "new 0"]
    assert stored(store) == {3: 1, 4: 1}
    assert not run(store)


def test_a_late_join_is_in_its_day_after_the_next_run(store: Store) -> None:
    run(store)
    late = event("join", "2025-03-03 11:00", "g", "cat", join_method="qr", ingest_ms=NOW)
    store_community(store, Community([late]))
    assert run(store) == ["stale 86400000", "stale 0"]
    assert stored(store) == {3: 2, 4: 1}


def test_a_late_chat_touches_only_its_day(store: Store) -> None:
    run(store)
    late = event("chat", "2025-03-04 11:00", "g", "ann", ingest_ms=NOW)
    store_community(store, Community([late]))
    assert run(store) == ["stale 86400000"]


def test_asked_days_are_computed_again(store: Store) -> None:
    run(store)
    assert run(store, asked=Asked(at("2025-03-03"), at("2025-03-04"))) == ["asked 0"]


def test_a_value_before_its_time_is_marked_and_empty(store: Store) -> None:
    run(store, [replace(DAILY, matures_days=30)])
    rows = store.query("SELECT DISTINCT value, note FROM v_metric_value WHERE scope_id = 'g'")
    assert rows.rows() == [(None, IMMATURE)]


def test_an_early_value_is_shown_and_marked(store: Store) -> None:
    run(store, [replace(DAILY, matures_days=30, early=True)])
    rows = store.query("SELECT DISTINCT value, note FROM v_metric_value WHERE scope_id = 'g'")
    assert rows.rows() == [(1, IMMATURE)]


def test_without_its_events_a_metric_has_no_source_and_no_value(store: Store) -> None:
    orders = replace(DAILY, name="orders", events=(EventType.ORDER,))
    assert [
        one.name
        for one in rollup(store, [DAILY, orders]).with_source(
            frozenset({EventType.JOIN, EventType.LEAVE})
        )
    ] == ["join_count"]


def test_trailing_windows_are_stored_beside(store: Store) -> None:
    assert rollup(store, [JOINS]).run_live(at("2025-03-04 10:30")) > 0
    rows = store.query(
        "SELECT `window`, value FROM v_metric_live WHERE metric = 'join_count' AND scope_id = 'g'"
    )
    assert rows.rows() == [("24h", 1)]


def test_an_empty_store_has_nothing_to_compute(opened: Store) -> None:
    forget(opened)
    assert not run(opened)
    assert rollup(opened).run_live(NOW) == 0


def test_only_two_builds_are_kept(store: Store) -> None:
    for _ in range(3):
        rollup(store).stage.build()
    builds = store.query("SELECT uniqExact(generation) AS n FROM membership")
    assert builds["n"][0] <= 2
    assert store.query("SELECT count() AS n FROM v_membership")["n"][0] == 2


def test_a_metric_that_the_store_refuses_stops_no_other(store: Store) -> None:
    wrong = replace(
        DAILY, name="wrong", value=Script("SELECT {scope}, nonsense()", Zero.COUNT), grains=GRAINS
    )
    found = rollup(store, [DAILY, wrong])
    assert [due.why for due, _ in found.run_once(NOW)] == ["new", "new"]
    assert stored(store) == {3: 1, 4: 1}
    assert list(found.failed) == ["wrong"]
    assert "nonsense" in found.failed["wrong"]


def builds(store: Store) -> dict[str, int]:
    """Builds that were made of each staged table."""
    found = store.query("SELECT name, count() AS n FROM staged_build FINAL GROUP BY name")
    return dict(found.iter_rows())


@pytest.mark.parametrize(
    ("late", "memberships", "orders"),
    [
        (event("chat", "2025-03-04 11:00", "g", "ann", ingest_ms=NOW), 0, 0),
        (event("view", "2025-03-04 11:00", "g", "ann", ingest_ms=NOW), 0, 1),
        (event("leave", "2025-03-04 11:00", "g", "ann", ingest_ms=NOW), 1, 1),
    ],
)
def test_a_staged_table_is_built_anew_when_its_own_facts_changed(
    store: Store, late: Event, memberships: int, orders: int
) -> None:
    one = rollup(store)
    list(one.run_once(NOW))
    before = builds(store)
    store_community(store, Community([late]))
    list(one.run_once(NOW))
    assert builds(store) == {
        "membership": before["membership"] + memberships,
        "paid_order": before["paid_order"] + orders,
    }


@pytest.mark.parametrize("threads", [1, 2])
def test_a_query_beyond_its_memory_is_the_failure_of_its_metric_alone(
    store: Store, threads: int
) -> None:
    large = "SELECT {scope}, length(groupArray(number)) AS numerator, 1 AS denominator"
    rows = "(SELECT number, 'g' AS group_id FROM system.numbers LIMIT 30000000)"
    greedy = replace(
        DAILY,
        name="greedy",
        grains=GRAINS,
        value=Script(f"{large} FROM {rows} GROUP BY scope", Zero.COUNT),
    )
    found = CatalogueRollup(
        store,
        [greedy, DAILY],
        terms=Terms(),
        zone=ZONE,
        grace_ms=GRACE_MS,
        threads=threads,
        memory_bytes=100_000_000,
    )
    assert [due.why for due, _ in found.run_once(NOW)] == ["new", "new"]
    assert stored(store) == {3: 1, 4: 1}
    assert list(found.failed) == ["greedy"]
    assert found.failed["greedy"].endswith(
        "Raise PULSE_ROLLUP__MEMORY_BYTES, now 100000000, if there is more."
    )
