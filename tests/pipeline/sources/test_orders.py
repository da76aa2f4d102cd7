"""The packaged sales against the data set's reference numbers, and lines against what they make."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pipeline.errors import WrongHeader
from pipeline.pseudonym import Pseudonyms
from pipeline.sources.importing import Found, Item, run_import
from pipeline.sources.orders import Buyer, Ledger, order_items, read_ledger
from pipeline.sources.shift import WEEK_MS, Shift
from pipeline.sources.sink import ListSink
from schemas.commerce import Order, OrderStatus
from schemas.event import parse, to_wire

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
FIRST = "536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom"


def ledger(*lines: str) -> Ledger:
    return read_ledger((f"{line}\n".encode() for line in (HEADER, *lines)), "retail.csv")


def orders(items: list[Item]) -> list[Order]:
    return [
        item.event for item in items if isinstance(item, Found) and isinstance(item.event, Order)
    ]


@pytest.fixture(scope="module")
def history(sales: Ledger, pseudonyms: Pseudonyms) -> list[Order]:
    return orders(list(order_items(sales, pseudonyms)))


def test_orders_buyers_and_revenue_are_those_of_the_data(history: list[Order]) -> None:
    assert len(history) == 18_532
    assert len({order.user_id for order in history}) == 4_338
    assert sum(order.amount_paid or 0 for order in history) == Decimal("8911407.90")


def test_the_share_of_buyers_with_two_orders_is_that_of_the_data(history: list[Order]) -> None:
    counts = Counter(order.user_id for order in history)
    again = sum(1 for n in counts.values() if n >= 2)
    assert (again, round(again / len(counts), 4), max(counts.values())) == (2_845, 0.6558, 209)


def test_orders_by_month_are_those_of_the_data(history: list[Order]) -> None:
    months = Counter(
        datetime.fromtimestamp(order.event_time / 1000, UTC).strftime("%Y-%m") for order in history
    )
    assert dict(months) == {
        "2010-12": 1_400,
        "2011-01": 987,
        "2011-02": 997,
        "2011-03": 1_321,
        "2011-04": 1_149,
        "2011-05": 1_555,
        "2011-06": 1_393,
        "2011-07": 1_331,
        "2011-08": 1_280,
        "2011-09": 1_755,
        "2011-10": 1_929,
        "2011-11": 2_657,
        "2011-12": 778,
    }


def test_every_line_has_one_outcome(sales: Ledger, pseudonyms: Pseudonyms) -> None:
    summary = run_import(order_items(sales, pseudonyms), ListSink())
    assert summary.as_json() == {
        "read": 397_885,
        "sent": {"order": 18_532},
        "skipped": {"header": 1},
        "rejected": {},
    }


def test_ids_are_unique_and_derived(
    history: list[Order], sales: Ledger, pseudonyms: Pseudonyms
) -> None:
    again = orders(list(order_items(sales, pseudonyms)))
    assert again == history
    assert len({order.event_id for order in history}) == len(history)


def test_a_shift_moves_times_by_weeks_and_makes_other_ids(pseudonyms: Pseudonyms) -> None:
    (here,) = orders(list(order_items(ledger(FIRST), pseudonyms)))
    (moved,) = orders(list(order_items(ledger(FIRST), pseudonyms, shift=Shift(3))))
    assert moved.event_time - here.event_time == 3 * WEEK_MS
    assert moved.event_id != here.event_id


def test_an_invoice_is_one_paid_order_at_its_first_lines_minute(pseudonyms: Pseudonyms) -> None:
    second = "536365,71053,LANTERN,2,2010-12-01 08:27:00,3.39,17850,United Kingdom"
    (order,) = orders(list(order_items(ledger(FIRST, second), pseudonyms)))
    assert order.status is OrderStatus.PAID
    assert order.amount_paid == Decimal("22.08")
    assert (order.order_id, order.source_seq, order.currency) == ("536365", 536365, "GBP")
    assert [(item.product_id, item.qty) for item in order.items] == [("85123A", 6), ("71053", 2)]
    assert datetime.fromtimestamp(order.event_time / 1000, UTC).isoformat() == (
        "2010-12-01T08:26:00+00:00"
    )


def test_times_are_londons(pseudonyms: Pseudonyms) -> None:
    summer = FIRST.replace("2010-12-01 08:26", "2011-07-01 08:26")
    (order,) = orders(list(order_items(ledger(summer), pseudonyms)))
    assert datetime.fromtimestamp(order.event_time / 1000, UTC).hour == 7


def test_tenths_of_a_penny_count_before_rounding(pseudonyms: Pseudonyms) -> None:
    lines = [FIRST.replace(",6,", ",15,").replace("2.55", "0.001")] * 2
    (order,) = orders(list(order_items(ledger(*lines), pseudonyms)))
    assert order.amount_paid == Decimal("0.03")


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("536365", "C536365", "cancellation"),
        ("536365", "A536365", "adjustment"),
        ("17850", "", "no_customer"),
        (",6,", ",0,", "nothing_sold"),
        (",6,", ",-6,", "nothing_sold"),
        ("2.55", "0", "nothing_sold"),
        ("2.55", "-2.55", "nothing_sold"),
    ],
)
def test_what_is_no_sale_is_counted_and_passed_over(
    pseudonyms: Pseudonyms, old: str, new: str, kind: str
) -> None:
    sink = ListSink()
    items = order_items(ledger(FIRST.replace(old, new, 1)), pseudonyms)
    assert run_import(items, sink).skipped == {"header": 1, kind: 1}
    assert not sink.events


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        (",United", ",United,", "9 fields where the header has 8"),
        ("HEART", '"HEART', "no CSV: unexpected end of data"),
        ("536365", "X1", "InvoiceNo is no number"),
        ("536365", "٥٣", "InvoiceNo is no number"),
        ("85123A", "", "StockCode, Quantity, UnitPrice or InvoiceDate is none"),
        ("85123A", "8" * 129, "StockCode, Quantity, UnitPrice or InvoiceDate is none"),
        (",6,", ",six,", "StockCode, Quantity, UnitPrice or InvoiceDate is none"),
        (",6,", ",5000000000,", "StockCode, Quantity, UnitPrice or InvoiceDate is none"),
        ("2.55", "NaN", "StockCode, Quantity, UnitPrice or InvoiceDate is none"),
        ("2.55", "Infinity", "StockCode, Quantity, UnitPrice or InvoiceDate is none"),
        ("2.55", "1e15", "the invoice's amount is beyond all money"),
        ("2010-12-01", "2010-13-01", "StockCode, Quantity, UnitPrice or InvoiceDate is none"),
    ],
)
def test_a_bad_line_is_told_and_the_next_one_read(
    pseudonyms: Pseudonyms, old: str, new: str, detail: str
) -> None:
    bad = FIRST.replace(old, new, 1)
    sink = ListSink()
    run_import(order_items(ledger(bad, FIRST.replace("536365", "7")), pseudonyms), sink)
    (rejection,) = sink.rejections
    assert str(rejection) == f"retail.csv:2 bad_line {detail}"
    assert rejection.payload.decode() == bad
    assert [order.order_id for order in sink.events if isinstance(order, Order)] == ["7"]


def test_an_invoice_has_one_customer(pseudonyms: Pseudonyms) -> None:
    other = FIRST.replace("17850", "13047")
    sink = ListSink()
    run_import(order_items(ledger(FIRST, other), pseudonyms), sink)
    assert [str(rejection) for rejection in sink.rejections] == [
        "retail.csv:3 bad_line CustomerID is another than on the invoice's first line"
    ]
    assert len(sink.events) == 1


def test_another_files_header_is_refused() -> None:
    with pytest.raises(WrongHeader, match=r"lacks InvoiceNo, .* are a, b \(other.csv:1\)"):
        read_ledger(iter([b"a,b\n", b"1,2\n"]), "other.csv")


def test_a_mapped_customer_buys_as_the_member_and_says_so(pseudonyms: Pseudonyms) -> None:
    buyers = {"17850": Buyer("irc", "mdiggory", "#duraspace")}
    (order,) = orders(list(order_items(ledger(FIRST), pseudonyms, buyers=buyers)))
    assert order.user_id == pseudonyms.of("irc", "mdiggory")
    assert (order.group_id, order.source) == ("#duraspace", "online_retail(made-up mapping)")


def test_all_others_buy_as_themselves_in_no_group(pseudonyms: Pseudonyms) -> None:
    (order,) = orders(list(order_items(ledger(FIRST), pseudonyms)))
    assert order.user_id == pseudonyms.of("online_retail", "17850")
    assert (order.group_id, order.source) == (None, "online_retail")


def test_what_is_written_is_what_the_contract_reads(history: list[Order]) -> None:
    assert [parse(to_wire(order)) for order in history[:200]] == history[:200]
