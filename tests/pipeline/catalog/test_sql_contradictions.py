"""Each rule on facts that keep it and facts that break it, counted and with an example."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.catalog.dimensions import DIMENSIONS
from pipeline.catalog.sql_contradictions import QUESTIONS, RULES
from schemas.event_type import EventType
from schemas.facts import FACTS
from sinks.dimension_ddl import LOADING
from sinks.store import Store
from tests.reference.stored import migrated_store

DAY_MS = 86_400_000
NOON = int(datetime(2026, 11, 10, 12, tzinfo=UTC).timestamp()) * 1000
ASKED = {rule: question for question in QUESTIONS for rule in question.rules}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(engine: Store) -> Store:
    """The module's store, empty."""
    for name in (*DIMENSIONS, *(f"fact_{event_type}" for event_type in FACTS)):
        engine.execute(f"TRUNCATE TABLE {name}")
    return engine


def _absent(dtype: pl.DataType) -> object:
    match dtype:
        case pl.String():
            return ""
        case pl.List():
            return []
        case pl.Decimal():
            return Decimal(0)
        case _:
            return 0


def fact(store: Store, event_type: EventType, *, at: int = NOON, **given: object) -> None:
    """One fact, empty but for what is given; its id is its place."""
    place = store.query(f"SELECT count() AS n FROM fact_{event_type}").item()
    moment = datetime.fromtimestamp(at / 1000, UTC)
    values = {
        "event_date": moment.date(),
        "event_time": moment,
        "event_ms": at,
        "event_id": f"e{place}",
        "actor_role": "member",
        **given,
    }
    columns = [
        pl.Series(it.name, [values.get(it.name, _absent(it.dtype))], dtype=it.dtype)
        for it in FACTS[event_type]
    ]
    store.insert(f"fact_{event_type}", pl.DataFrame(columns))


def declare(store: Store, table: str, **given: object) -> None:
    """One row of a dimension table."""
    absent = {it.name: it.kind.absent for it in DIMENSIONS[table].columns}
    values = {**absent, "removed": 0, "loaded_ms": 1, **given}
    columns = [
        pl.Series(it.name, [values[it.name]], dtype=it.dtype)
        for it in (*DIMENSIONS[table].stored, *LOADING)
    ]
    store.insert(table, pl.DataFrame(columns))


def found(store: Store, rule: str, since: str = "1970-01-01") -> list[tuple[object, ...]]:
    answer = store.query(ASKED[rule].sql, {"since": since})
    return answer.filter(rule=rule).drop("rule").rows()


@pytest.mark.parametrize("name", RULES)
def test_every_rule_can_be_asked_of_an_empty_store(store: Store, name: str) -> None:
    answer = store.query(ASKED[name].sql, {"since": "2026-11-01"})
    assert answer.columns == ["rule", "kind", "n", "example"]
    assert answer.schema["n"] == pl.UInt64
    assert answer.is_empty()


PLACES = [
    ("group", EventType.CHAT, "group_id", str),
    ("group", EventType.LEAVE, "to_group_id", str),
    ("channel", EventType.JOIN, "channel_id", str),
    ("campaign", EventType.SPEND, "campaign_id", str),
    ("script", EventType.INVITE, "script_id", str),
    ("activity", EventType.ACTIVITY, "activity_id", str),
    ("product", EventType.ORDER, "item_product_id", lambda it: [it, it]),
    ("product", EventType.CHAT, "product_ids", lambda it: [it]),
    ("product", EventType.STAFF_ACTION, "product_id", str),
    ("coupon", EventType.ORDER, "coupon_id", str),
    ("course", EventType.CHECKIN, "course_id", str),
    ("task", EventType.CHECKIN, "task_id", str),
    ("tag", EventType.TAG, "tag_id", str),
    ("partner", EventType.STAFF_ACTION, "partner_id", str),
    ("staff", EventType.SESSION, "to_staff_id", str),
]


@pytest.mark.parametrize(("what", "event_type", "column", "cell"), PLACES)
def test_an_id_that_nothing_declares(
    store: Store, what: str, event_type: EventType, column: str, cell: type
) -> None:
    for each in ("known", "b", "a"):
        fact(store, event_type, **{column: cell(each)})
    fact(store, event_type)
    assert found(store, f"unknown_{what}") == [], "nothing is declared yet"
    declare(store, f"dim_{what}", **{f"{what}_id": "known"})
    times = 2 * len(cell("a")) if isinstance(cell("a"), list) else 2
    assert found(store, f"unknown_{what}") == [(event_type.value, times, "a")]


def test_a_reason_is_one_of_its_kind(store: Store) -> None:
    declare(store, "dim_reason", kind="leave", reason_code="slow")
    fact(store, EventType.LEAVE, reason_code="slow")
    assert found(store, "unknown_reason") == []
    fact(store, EventType.REFUND, reason_code="slow")
    fact(store, EventType.LEAVE, reason_code="fast")
    assert found(store, "unknown_reason") == [("leave", 1, "fast"), ("refund", 1, "slow")]


def test_staff_who_buy(store: Store) -> None:
    declare(store, "dim_staff", staff_id="s")
    fact(store, EventType.ORDER, order_id="1", status="paid", user_id="m")
    fact(store, EventType.ORDER, order_id="2", status="created", user_id="s")
    assert found(store, "staff_buys") == []
    fact(store, EventType.ORDER, order_id="3", status="paid", user_id="s")
    fact(store, EventType.ORDER, order_id="4", status="paid", user_id="x", actor_role="staff")
    assert found(store, "staff_buys") == [("by dim_staff", 1, "3"), ("by role", 1, "4")]


def test_staff_who_count_as_members(store: Store) -> None:
    declare(store, "dim_staff", staff_id="s")
    fact(store, EventType.JOIN, user_id="s", actor_role="staff")
    fact(store, EventType.JOIN, user_id="m")
    assert found(store, "staff_as_member") == []
    fact(store, EventType.JOIN, user_id="s")
    fact(store, EventType.CHAT, user_id="s")
    assert found(store, "staff_as_member") == [("chat", 1, "s"), ("join", 1, "s")]


def test_money_in_another_currency_than_most(store: Store) -> None:
    for order in "123":
        fact(store, EventType.ORDER, order_id=order, currency="CNY")
    fact(store, EventType.SPEND, spend_id="s", currency="CNY")
    assert found(store, "other_currency") == []
    fact(store, EventType.ORDER, order_id="4", currency="USD")
    fact(store, EventType.REFUND, refund_id="r", currency="EUR")
    assert found(store, "other_currency") == [("order", 1, "4"), ("refund", 1, "r")]


def test_a_paid_order_of_nothing(store: Store) -> None:
    fact(store, EventType.ORDER, order_id="1", status="paid", item_product_id=["p"])
    fact(store, EventType.ORDER, order_id="2", status="created")
    assert found(store, "order_without_items") == []
    fact(store, EventType.ORDER, order_id="3", status="paid", source="shop")
    assert found(store, "order_without_items") == [("shop", 1, "3")]


def test_money_spent_on_what_is_over(store: Store) -> None:
    declare(store, "dim_group", group_id="g", dissolved_ms=NOON)
    declare(store, "dim_group", group_id="open")
    declare(store, "dim_campaign", campaign_id="k", end_ms=NOON)
    for at, group in ((NOON - 1, "g"), (NOON, "open"), (NOON, "")):
        fact(store, EventType.SPEND, spend_id="1", group_id=group, at=at)
    fact(
        store, EventType.SPEND, spend_id="2", campaign_id="k", at=NOON + 1,
        period_start_ms=NOON - DAY_MS, period_end_ms=NOON,
    )  # fmt: skip
    assert found(store, "spend_too_late") == [], "booked late, but spent in time"
    fact(store, EventType.SPEND, spend_id="3", group_id="g")
    fact(store, EventType.SPEND, spend_id="4", campaign_id="k")
    assert found(store, "spend_too_late") == [("campaign", 1, "4"), ("group", 1, "3")]


def test_a_group_that_is_not_there(store: Store) -> None:
    declare(store, "dim_group", group_id="g", created_ms=NOON, dissolved_ms=NOON + DAY_MS)
    fact(store, EventType.JOIN, group_id="g")
    fact(store, EventType.LEAVE, group_id="g", at=NOON + DAY_MS)
    fact(store, EventType.CHAT, group_id="other", at=NOON - DAY_MS)
    assert found(store, "group_not_there") == []
    fact(store, EventType.LEAVE, group_id="g", at=NOON - 1)
    fact(store, EventType.CHAT, group_id="g", at=NOON + DAY_MS)
    fact(store, EventType.ORDER, group_id="g", at=NOON + DAY_MS)
    assert found(store, "group_not_there") == [
        ("chat after", 1, "g"),
        ("leave before", 1, "g"),
        ("order after", 1, "g"),
    ]


def test_a_campaign_that_has_not_begun(store: Store) -> None:
    declare(store, "dim_campaign", campaign_id="k", start_ms=NOON)
    fact(store, EventType.JOIN, campaign_id="k")
    assert found(store, "before_campaign") == []
    fact(store, EventType.ORDER, campaign_id="k", at=NOON - 1)
    assert found(store, "before_campaign") == [("order", 1, "k")]


def test_a_coupon_out_of_its_time(store: Store) -> None:
    declare(store, "dim_coupon", coupon_id="c", valid_from_ms=NOON, valid_to_ms=NOON + DAY_MS)
    declare(store, "dim_coupon", coupon_id="open")
    paid = {"status": "paid", "coupon_id": "c"}
    fact(store, EventType.ORDER, order_id="1", **paid)
    fact(store, EventType.ORDER, order_id="2", status="paid", coupon_id="open")
    assert found(store, "coupon_not_valid") == []
    fact(store, EventType.ORDER, order_id="3", at=NOON - 1, **paid)
    fact(store, EventType.ORDER, order_id="4", at=NOON + DAY_MS, **paid)
    assert found(store, "coupon_not_valid") == [("after", 1, "4"), ("before", 1, "3")]


def test_only_events_since_a_day(store: Store) -> None:
    fact(store, EventType.ORDER, order_id="1", status="paid", source="shop")
    fact(store, EventType.ORDER, order_id="2", status="paid", source="shop", at=NOON + DAY_MS)
    assert found(store, "order_without_items", "2026-11-11") == [("shop", 1, "2")]
    assert found(store, "order_without_items", "2026-11-12") == []


def test_a_copy_counts_once_and_a_removed_row_not_at_all(store: Store, tmp_path: Path) -> None:
    frame = store.query("SELECT * FROM fact_chat").clear()
    assert frame.is_empty()
    declare(store, "dim_group", group_id="g")
    declare(store, "dim_group", group_id="h")
    fact(store, EventType.CHAT, group_id="h")
    copy = store.query("SELECT * FROM fact_chat")
    store.insert("fact_chat", copy)
    declare(store, "dim_group", group_id="h", removed=1, loaded_ms=2)
    assert found(store, "unknown_group") == [("chat", 1, "h")]
