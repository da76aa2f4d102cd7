"""Windows of minutes, by the views over them, in either store."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl

from sinks.store import Store


def window(**given: object) -> pl.DataFrame:
    start = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
    row = {
        "event_date": start.date(),
        "group_id": "g",
        "minute": start,
        "epoch": 1,
        "topic": "community.chat",
        "partition": 0,
        "version": 1,
        **given,
    }
    return pl.DataFrame([row])


def test_the_newest_version_of_a_window_holds(migrated: Store) -> None:
    for version, messages in ((10, 3), (30, 7), (20, 5), (30, 7)):
        migrated.insert("group_minute", window(version=version, messages=messages))
    assert migrated.query("SELECT messages FROM v_group_minute").rows() == [(7,)]


def test_the_view_adds_topics_partitions_and_epochs(migrated: Store) -> None:
    migrated.insert("group_minute", window(messages=1, chatters=1))
    migrated.insert("group_minute", window(messages=2, chatters=1, partition=1))
    migrated.insert("group_minute", window(messages=4, chatters=2, epoch=2))
    migrated.insert(
        "group_minute",
        window(topic="community.order", paid_orders=1, payers=1, gmv=Decimal("19.99")),
    )
    found = migrated.query("SELECT * FROM v_group_minute").row(0, named=True)
    assert {name: found[name] for name in ("messages", "chatters", "paid_orders", "gmv")} == {
        "messages": 7,
        "chatters": 4,
        "paid_orders": 1,
        "gmv": Decimal("19.99"),
    }


def test_the_parts_of_a_minute_hold_each_and_add_up(migrated: Store) -> None:
    migrated.insert("group_minute", window(messages=1))
    migrated.insert("group_minute", window(messages=3, version=2))
    migrated.insert("group_minute", window(messages=4, partition=1))
    parts = migrated.query("SELECT messages FROM v_group_minute_part ORDER BY partition")
    assert parts.rows() == [(3,), (4,)]
    (together,) = migrated.query("SELECT messages FROM v_group_minute").rows()
    assert together == (7,)


def test_the_days_of_groups_are_their_minutes_added_up(migrated: Store) -> None:
    later = datetime(2024, 5, 1, 23, 59, tzinfo=UTC)
    migrated.insert("group_minute", window(messages=1))
    migrated.insert("group_minute", window(messages=3, version=2))
    migrated.insert("group_minute", window(messages=4, minute=later, partition=1))
    migrated.insert("group_minute", window(topic="community.order", gmv=Decimal("19.99")))
    migrated.insert("group_minute", window(group_id="h", messages=9))
    days = migrated.query("SELECT group_id, messages, gmv FROM v_group_day ORDER BY group_id")
    assert days.rows() == [("g", 7, Decimal("19.99")), ("h", 9, Decimal("0.00"))]
