from __future__ import annotations

import polars as pl
import pytest

from schemas.chat import MessageType
from schemas.commerce import Item
from schemas.event import MODELS
from schemas.event_type import EventType
from schemas.facts import EVENT_COLUMNS, FACT_TYPES, FACTS, TABLE_COMMENTS, empty_frame, frame_of
from tests.schemas.events import NOON, example

COMMON = (
    *("event_date", "event_time", "event_ms", "event_id", "group_id", "user_id", "owner"),
    *("actor_role", "source", "source_seq", "key_id", "channel_id", "campaign_id", "staff_id"),
)
POSITION = ("topic", "partition", "offset", "epoch", "ingest_ms", "version_inverse")
RENAMED = {
    "event_time": "event_ms",
    "term_start": "term_start_ms",
    "term_end": "term_end_ms",
    "period_start": "period_start_ms",
    "period_end": "period_end_ms",
}


def names(event_type: EventType) -> tuple[str, ...]:
    return tuple(column.name for column in FACTS[event_type])


@pytest.mark.parametrize("event_type", FACT_TYPES)
def test_common_columns_come_first_and_the_position_last(event_type: EventType) -> None:
    assert names(event_type)[: len(COMMON)] == COMMON
    assert names(event_type)[-len(POSITION) :] == POSITION


@pytest.mark.parametrize("event_type", FACT_TYPES)
def test_every_field_has_exactly_one_column(event_type: EventType) -> None:
    expected = {RENAMED.get(name, name) for name in MODELS[event_type].model_fields}
    expected -= {"event_type", "schema_version"}
    if event_type is EventType.ORDER:
        expected -= {"items"}
        expected |= {f"item_{name}" for name in Item.model_fields}
    own = [column.name for column in EVENT_COLUMNS[event_type]]
    assert sorted(own) == sorted(expected | {"owner"})


@pytest.mark.parametrize("event_type", FACT_TYPES)
def test_every_column_has_a_comment(event_type: EventType) -> None:
    assert all(column.comment for column in FACTS[event_type])
    assert TABLE_COMMENTS[event_type].endswith(".")


def test_comment_of_an_enum_lists_its_values() -> None:
    comments = {column.name: column.comment for column in FACTS[EventType.CHAT]}
    assert all(kind in comments["msg_type"] for kind in MessageType)


def test_heartbeats_leave_no_facts() -> None:
    assert set(FACTS) == set(EventType) - {EventType.HEARTBEAT}


@pytest.mark.parametrize("event_type", FACT_TYPES)
def test_frame_has_the_event_columns_and_row(event_type: EventType) -> None:
    frame = frame_of([example(event_type)], [7])
    assert frame.schema == empty_frame(event_type).schema
    assert frame.columns == [*(column.name for column in EVENT_COLUMNS[event_type]), "row"]
    assert frame["row"].to_list() == [7]


@pytest.mark.parametrize("event_type", FACT_TYPES)
def test_nothing_in_a_frame_is_null(event_type: EventType) -> None:
    frame = frame_of([example(event_type)], [0])
    assert frame.null_count().row(0) == (0,) * frame.width


def test_row_of_an_order() -> None:
    assert frame_of([example(EventType.ORDER)], [0]).select(
        "event_ms", "owner", "discount", "item_product_id", "item_brand", "item_qty"
    ).row(0) == (NOON, "", 0, ["p1"], [""], [2])


def test_owner_is_the_person_outside_any_group() -> None:
    frame = frame_of([example(EventType.ORDER, group_id=None)], [0])
    assert frame.select("group_id", "user_id", "owner").row(0) == ("", "u1", "u1")


def test_flags_are_numbers() -> None:
    frame = frame_of([example(EventType.CHAT, is_question=True)], [0])
    assert frame["is_question"].dtype == pl.UInt8
    assert frame["is_question"].to_list() == [1]
