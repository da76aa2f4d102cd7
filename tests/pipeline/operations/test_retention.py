"""What retention drops, on both stores: facts and windows together, never what is kept."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.clock import Segment, SharedClock, wall_ms, write_clock
from pipeline.errors import PulseError
from pipeline.operations.operation import Context
from pipeline.operations.retention import Drop, apply, plan
from pipeline.settings import DAY_MS, KafkaSettings, Settings
from sinks.dead_letter import DeadLetter
from sinks.dead_letter import rows as letter_rows
from sinks.store import Store
from sinks.topics import SOURCES
from tests.sinks.conftest import chat_facts

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
OLD, EDGE, YOUNG = (datetime(2026, month, 15, tzinfo=UTC) for month in (8, 9, 10))
SETTINGS = Settings(retention_days=30, kafka=KafkaSettings(retention_days=14), keep="join,order")
# 44 days before 20 November is 7 October: September and earlier may go.


@pytest.fixture
def context(migrated: Store, tmp_path: Path) -> Context:
    for day in (OLD, EDGE, YOUNG):
        start_ms = int(day.timestamp() * 1000)
        migrated.insert("fact_chat", chat_facts(3, start_ms=start_ms))
        for topic in ("community.chat", "community.join", "community.leave"):
            migrated.insert("group_minute", _window(day, topic))
    write_clock(tmp_path / "clock", [Segment(wall_ms(), NOW_MS, 0.0)])
    return Context(SETTINGS, migrated, SharedClock(tmp_path / "clock"), _Heard())


class _Heard(list[tuple[str, int, int | None]]):
    def __call__(self, what: str, done: int, total: int | None) -> None:
        self.append((what, done, total))


def _window(day: datetime, topic: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "event_date": [day.date()],
            "group_id": ["g"],
            "minute": [day],
            "epoch": pl.Series([1], dtype=pl.UInt16),
            "topic": [topic],
            "partition": pl.Series([0], dtype=pl.UInt16),
            "messages": pl.Series([3], dtype=pl.UInt64),
            "gmv": pl.Series([Decimal("0.00")], dtype=pl.Decimal(18, 2)),
            "version": pl.Series([1], dtype=pl.UInt64),
        }
    )


def _apply(context: Context) -> dict[str, Any]:
    drops = plan(context.store, context.settings, context.clock)
    return apply(context, {"drops": [asdict(drop) for drop in drops]})


def _left(store: Store) -> dict[str, list[tuple[int, str]]]:
    facts = store.query("SELECT DISTINCT toUInt32(toYYYYMM(event_date)) AS m FROM fact_chat")
    windows = store.query(
        "SELECT toUInt32(toYYYYMM(event_date)) AS m, topic FROM group_minute ORDER BY m, topic"
    )
    return {
        "facts": sorted((month, "") for (month,) in facts.iter_rows()),
        "windows": list(windows.iter_rows()),
    }


def test_the_plan_names_months_tables_and_rows(context: Context) -> None:
    kept = ("community.join", "community.order", "community.heartbeat")
    going = ", ".join(topic for topic in SOURCES if topic not in kept)
    assert plan(context.store, SETTINGS, context.clock) == [
        Drop("fact_chat", 202608, 3),
        Drop("group_minute", 202608, 2, going),
        Drop("fact_chat", 202609, 3),
        Drop("group_minute", 202609, 2, going),
    ]


def test_facts_go_with_their_windows_and_what_is_kept_stays(context: Context) -> None:
    told = _apply(context)
    assert [drop["month"] for drop in told["dropped"]] == [202608, 202608, 202609, 202609]
    assert _left(context.store) == {
        "facts": [(202610, "")],
        "windows": [
            (202608, "community.join"),
            (202609, "community.join"),
            (202610, "community.chat"),
            (202610, "community.join"),
            (202610, "community.leave"),
        ],
    }
    assert context.progress[-1] == ("done", 4, 4)  # type: ignore[index]


def test_a_second_run_finds_nothing(context: Context) -> None:
    _apply(context)
    assert plan(context.store, SETTINGS, context.clock) == []
    assert _apply(context) == {"dropped": []}


def test_what_is_not_due_by_the_owner_is_refused_whole(context: Context) -> None:
    due = [asdict(drop) for drop in plan(context.store, SETTINGS, context.clock)]
    young = asdict(Drop("fact_chat", 202610, 3))
    before = _left(context.store)
    with pytest.raises(PulseError, match="1 of 5 drops not due"):
        apply(context, {"drops": [*due, young]})
    assert _left(context.store) == before


def test_only_what_was_asked_for_is_dropped(context: Context) -> None:
    first = plan(context.store, SETTINGS, context.clock)[0]
    assert apply(context, {"drops": [asdict(first)]})["dropped"] == [asdict(first)]
    assert _left(context.store)["facts"] == [(202609, ""), (202610, "")]


def test_the_default_keeps_everything(context: Context) -> None:
    assert plan(context.store, Settings(), context.clock) == []


def test_dead_letters_go_by_their_own_age_imported_lines_too(context: Context) -> None:
    def letter(topic: str, epoch: int, days_ago: int) -> DeadLetter:
        return DeadLetter(
            epoch, topic, 0, days_ago, "not_json", "", "", "", "", 0, wall_ms() - days_ago * DAY_MS
        )

    ages = (1, 91, 104, 140, 200)
    letters = [letter("community.chat", 1, age) for age in ages]
    letters += [letter("import:x", 0, age) for age in ages]
    context.store.insert("dead_letter", letter_rows(letters))
    _apply(context)
    left = context.store.query("SELECT topic, `offset` FROM dead_letter ORDER BY topic, `offset`")
    # A whole month goes, so one of 140 days is gone in any case: 90 + 14 + 31 = 135.
    assert {age for _, age in left.iter_rows()} == {1, 91, 104}
    assert left.height == 6
