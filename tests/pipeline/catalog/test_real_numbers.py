"""The catalogue on real histories, against figures that others counted."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.terms import Terms
from pipeline.core.calendar import CalendarWindow, Period, window_at
from pipeline.pseudonym import Pseudonyms
from pipeline.rollup.catalogue import CatalogueRollup
from pipeline.sources.importing import Found
from pipeline.sources.inputs import open_input, read_logs
from pipeline.sources.irc import PACKAGED_LOGS, irc_items
from pipeline.sources.irc_channel import IrcOptions
from pipeline.sources.orders import PACKAGED_SALES, order_items, read_ledger
from schemas.envelope import ActorRole
from schemas.event_type import EventType
from tests.reference.stored import migrated_store
from tests.sinks.queries.stored import fact_rows

LONDON = ZoneInfo("Europe/London")
MONTHLY = {
    date(2010, 12, 1): 1_400,
    date(2011, 1, 1): 987,
    date(2011, 2, 1): 997,
    date(2011, 3, 1): 1_321,
    date(2011, 4, 1): 1_149,
    date(2011, 5, 1): 1_555,
    date(2011, 6, 1): 1_393,
    date(2011, 7, 1): 1_331,
    date(2011, 8, 1): 1_280,
    date(2011, 9, 1): 1_755,
    date(2011, 10, 1): 1_929,
    date(2011, 11, 1): 2_657,
    date(2011, 12, 1): 778,
}
"""Orders of Online Retail by month, counted by another program over the published table."""


def ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=LONDON).timestamp()) * 1000


YEAR = CalendarWindow(Period.YEAR, ms(date(2010, 12, 1)), ms(date(2011, 12, 10)))
SALES = {"order_count", "paying_user_count", "gmv", "repurchase_rate", "average_order_value"}
NAMES = SALES | {"message_count"}
HIDDEN = Pseudonyms(b"a key that only tests know")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CatalogueRollup]:
    """A year of a shop's orders, outside any group, and 18 weeks of an IRC channel."""
    with open_input(PACKAGED_SALES) as lines:
        ledger = read_ledger(lines, PACKAGED_SALES.name)
    orders = [one.event for one in order_items(ledger, HIDDEN) if isinstance(one, Found)]
    said = irc_items(read_logs(PACKAGED_LOGS), HIDDEN, IrcOptions())
    events = [one.event for one in said if isinstance(one, Found)]
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        store.insert("fact_order", fact_rows(EventType.ORDER, orders))
        for kind in (EventType.CHAT, EventType.JOIN, EventType.LEAVE):
            mine = [event for event in events if event.event_type is kind]
            store.insert(f"fact_{kind}", fact_rows(kind, mine))
        metrics = [metric for metric in CATALOGUE if metric.name in NAMES]
        rollup = CatalogueRollup(
            store, metrics, terms=Terms(), zone="Europe/London", grace_ms=300_000
        )
        rollup.stage.build()
        yield rollup


def overall(rollup: CatalogueRollup, window: CalendarWindow) -> dict[str, tuple[float, float]]:
    metrics = [metric for metric in CATALOGUE if metric.name in NAMES]
    found = rollup.values(window, metrics, YEAR.end_ms).filter(grain="O")
    return {
        name: (numerator, denominator)
        for name, numerator, denominator in found.select(
            "metric", "numerator", "denominator"
        ).iter_rows()
    }


def test_a_year_of_online_retail(history: CatalogueRollup) -> None:
    found = overall(history, YEAR)
    assert found["order_count"] == (18_532, 1)
    assert found["paying_user_count"] == (4_338, 1)
    assert found["gmv"][0] == pytest.approx(8_911_407.90, abs=0.001)
    assert found["average_order_value"][1] == 18_532
    assert found["repurchase_rate"] == (2_845, 4_338)  # 65.58 %


@pytest.mark.parametrize(("month", "orders"), MONTHLY.items())
def test_each_month_of_online_retail(history: CatalogueRollup, month: date, orders: int) -> None:
    window = window_at(Period.MONTH, ms(month), LONDON)
    assert overall(history, window)["order_count"] == (orders, 1)


def test_each_day_of_the_irc_channel(history: CatalogueRollup) -> None:
    """Messages as the data's own counts per day have them, bots' aside; others made those."""
    (path,) = PACKAGED_LOGS.parent.glob("*.daily_counts.csv")
    with path.open() as rows:
        counts = {
            date.fromisoformat(row["date"]): int(row["messages"]) + int(row["actions"])
            for row in csv.DictReader(rows)
        }
    bots = Counter(
        datetime.fromtimestamp(one.event.event_time / 1000, LONDON).date()
        for one in irc_items(read_logs(PACKAGED_LOGS), HIDDEN, IrcOptions())
        if isinstance(one, Found) and one.event.actor_role is ActorRole.BOT
        if one.event.event_type is EventType.CHAT
    )
    for day in list(counts)[::9]:
        window = window_at(Period.DAY, ms(day), LONDON)
        found = overall(history, window)["message_count"]
        assert found == (counts[day] - bots[day], 1), day
