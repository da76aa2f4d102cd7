"""Holidays and planned events as the store tells them, in the reporting zone."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest

from pipeline.core.unusual import SCHEMA
from pipeline.rollup.history import unusual_spans
from sinks.store import Store
from tests.reference.community import DAY, HOUR, at
from tests.reference.stored import migrated_store

NODE = {"item_id": "", "group_id": "g", "kind": "", "planned_ms": 0, "due_ms": 0, "loaded_ms": 1}
START = at("2026-10-05 19:00")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        days = [("2026-10-01", 1), ("2026-10-02", 0), ("2026-03-29", 1)]
        store.insert(
            "dim_date",
            pl.DataFrame(
                [{"date": day, "is_holiday": off, "loaded_ms": 1} for day, off in days]
            ).with_columns(pl.col("date").str.to_date()),
        )
        items = [
            {"kind": "event", "planned_ms": START, "due_ms": START + 2 * HOUR},
            {"kind": "pause", "planned_ms": START, "group_id": ""},
            {"kind": "duty", "planned_ms": START},
            {"kind": "event", "due_ms": START},
        ]
        store.insert(
            "ops_calendar",
            pl.DataFrame([{**NODE, **item, "item_id": f"{n}"} for n, item in enumerate(items)]),
        )
        yield store


def rows(store: Store, zone: str) -> set[tuple[str, int, int, bool]]:
    found = unusual_spans(store, zone)
    assert found.schema == dict(SCHEMA)
    return set(found.iter_rows())


@pytest.mark.parametrize(
    ("zone", "hours"), [("Asia/Shanghai", 24), ("Europe/London", 23), ("UTC", 24)]
)
def test_what_is_planned_and_the_days_of_the_zone(store: Store, zone: str, hours: int) -> None:
    summer = at("2026-03-29", zone)
    assert rows(store, zone) == {
        ("", at("2026-10-01", zone), at("2026-10-02", zone), True),
        ("", summer, summer + hours * HOUR, True),
        ("g", START, START + 2 * HOUR, False),
        ("", START, START + DAY, True),
    }
