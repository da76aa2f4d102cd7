"""What the rollup asks beside the signals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
import pytest

from pipeline.catalog.sql_rollup import DROP_DAY, PAST_DAYS, REACHED, VOLUMES, births
from sinks.store import Store
from tests.reference.cases import START
from tests.reference.signals import DAY, HOUR, Fact
from tests.reference.stored import migrated_store, store_facts


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        store_facts(
            store,
            [
                Fact("chat", START - 9 * DAY, "a", "bot", "bot", detail="text"),
                Fact("join", START - 8 * DAY, "a", "u", detail="import"),
                Fact("join", START - 2 * DAY, "a", "v", detail="import"),
                Fact("join", START - DAY, "a", "w", detail="qr"),
                Fact("leave", START - 3 * DAY, "b", "u"),
                Fact("order", START - 5 * DAY, "", "u", detail="paid"),
                Fact("join", START + DAY, "c", "u", detail="import"),
            ],
        )
        yield store


def test_a_group_is_born_with_its_first_event_of_any_kind(store: Store) -> None:
    rows = store.query(births(), {"until_ms": START}).sort("group_id").rows()
    assert rows == [("a", START - 9 * DAY, START - 2 * DAY), ("b", START - 3 * DAY, 0)]


def test_volumes_are_members_messages_by_group(store: Store) -> None:
    minute = datetime.fromtimestamp(START / 1000, UTC)
    store.insert(
        "group_minute",
        pl.DataFrame(
            {
                "event_date": [minute.date()] * 2,
                "group_id": ["a", ""],
                "minute": [minute] * 2,
                "member_messages": pl.Series([5, 9], dtype=pl.UInt64),
            },
            schema_overrides={"minute": pl.Datetime("ms", "UTC")},
        ),
    )
    assert store.query(VOLUMES, {"since": minute.date()}).rows() == [("a", 5)]


def test_how_far_values_are_is_told_by_window(store: Store) -> None:
    for window, end in (("1h", START), ("1h", START - HOUR), ("24h", START - DAY)):
        store.execute(
            "INSERT INTO metric_value (metric, grain, `window`, window_start, window_end_ms)"
            f" VALUES ('m', 'G', '{window}', {end // 1000}, {end})"
        )
    assert dict(store.query(REACHED).rows()) == {"1h": START, "24h": START - DAY}


def test_a_past_day_of_baselines_can_be_forgotten(store: Store) -> None:
    for end in (START, START - 3 * DAY):
        store.execute(f"INSERT INTO signal_baseline (window_end_ms) VALUES ({end})")
    before = {"before_ms": START - DAY}
    (day,) = store.query(PAST_DAYS, before)["day"].to_list()
    store.execute(DROP_DAY.format(day=day))
    assert store.query(PAST_DAYS, before).is_empty()
    assert store.query("SELECT count() AS n FROM signal_baseline").item() == 1
