"""Questions on a year of real orders (Online Retail), against figures that others computed.

Those were computed on the shop's wall clock, up to the last order. So are these: its clock is
taken for UTC, and moved so that the year ends right after that order, at midnight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.importing import Found
from pipeline.sources.inputs import open_input
from pipeline.sources.orders import PACKAGED_SALES, order_items, read_ledger
from schemas.event import Event
from schemas.event_type import EventType
from sinks.question_library import question
from sinks.question_values import values
from sinks.store import Store
from tests.reference.stored import migrated_store
from tests.sinks.queries.stored import fact_rows

LONDON = ZoneInfo("Europe/London")
DAY_MS = 86_400_000
PAST_MIDNIGHT_MS = (12 * 60 + 50) * 60_000 + 1_000
"""The last order is of 12:50; a second more, since the end is not part of the year."""

YEAR = {"since": "2010-11-01", "until": "2011-12-09"}
END_MS = int(datetime(2011, 12, 9, tzinfo=UTC).timestamp()) * 1000


@pytest.fixture(scope="module")
def orders() -> list[Event]:
    with open_input(PACKAGED_SALES) as lines:
        ledger = read_ledger(lines, PACKAGED_SALES.name)
    items = order_items(ledger, Pseudonyms(b"a key that only tests know"))
    return [_moved(item.event) for item in items if isinstance(item, Found)]


def _moved(order: Event) -> Event:
    wall = datetime.fromtimestamp(order.event_time / 1000, LONDON).replace(tzinfo=UTC)
    moved_ms = int(wall.timestamp()) * 1000 - PAST_MIDNIGHT_MS
    return order.model_copy(update={"event_time": moved_ms})


@pytest.fixture(scope="module")
def sales(orders: list[Event], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        store.insert("fact_order", fact_rows(EventType.ORDER, orders))
        yield store


def ask(store: Store, name: str) -> pl.DataFrame:
    asked = question(name)
    return store.query(asked.sql, values(asked, YEAR, now_ms=0, zone="UTC"))


def test_orders_and_turnover(sales: Store) -> None:
    weeks = ask(sales, "order_value_by_week")
    assert (weeks["orders"].sum(), weeks["gmv"].sum()) == (18_532, Decimal("8911407.90"))
    months = ask(sales, "revenue_by_month")
    assert (months["orders"].sum(), months["revenue"].sum()) == (18_532, Decimal("8911407.90"))


def again_within(orders: list[Event], days: int) -> Mapping[date, tuple[int, int]]:
    """By month of the first order: who ordered again within so many days, of those watched."""
    times = defaultdict(list)
    for order in orders:
        times[order.user_id].append(order.event_time)
    found: dict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for mine in times.values():
        first = min(mine)
        month = datetime.fromtimestamp(first / 1000, UTC).date().replace(day=1)
        again, watched = found[month]
        if first + days * DAY_MS <= END_MS:
            came = any(first < time <= first + days * DAY_MS for time in mine)
            again, watched = again + came, watched + 1
        found[month] = again, watched
    return found


@pytest.mark.parametrize(
    ("days", "known"), [(30, (901, 4_070)), (60, (1_397, 3_731)), (90, (1_601, 3_370))]
)
def test_how_many_buy_again(
    sales: Store, orders: list[Event], days: int, known: tuple[int, int]
) -> None:
    counted = again_within(orders, days)
    assert tuple(map(sum, zip(*counted.values(), strict=True))) == known
    months = ask(sales, "repurchase_intervals")
    assert months["buyers"].sum() == 4_338
    assert dict(months.select("month", f"again_{days}d").iter_rows()) == {
        month: round(again / watched, 4) if watched else None
        for month, (again, watched) in counted.items()
    }
