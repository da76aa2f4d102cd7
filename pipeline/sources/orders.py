"""Importer of orders from the CSV of UCI's Online Retail.

The shop sold to customers, not to members of a chat group. Where orders are mapped onto members,
THE MAPPING IS MADE UP (`pipeline.sources.buyers`); such orders say so in their source.

What counts is the data set's usual sale: neither cancellation (invoice C…) nor adjustment (A…),
a known customer, quantity and price above zero. Cancellations do not name the order they cancel,
so they make no refund; they are counted as skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.csv_lines import BadLine, Header
from pipeline.sources.identity import derive_event_id
from pipeline.sources.importing import Found, Item, Skipped
from pipeline.sources.shift import NO_SHIFT, Shift
from pipeline.sources.sink import LineRejection
from schemas.commerce import Item as OrderItem
from schemas.commerce import Order, OrderStatus
from schemas.event_type import EventType
from schemas.rejection import Reason

SOURCE = "online_retail"
MAPPED_SOURCE = "online_retail(made-up mapping)"
CURRENCY = "GBP"
COLUMNS = ("InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
PACKAGED_SALES = Path(__file__).parent / "data" / "online_retail_sales.csv.xz"
"""All sale lines of the data set; the README beside it says what it is."""

_LONDON = ZoneInfo("Europe/London")
_CENT = Decimal("0.01")
_MOST = Decimal(10) ** 15
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_NO_SALE = {"C": "cancellation", "A": "adjustment"}


@dataclass(frozen=True)
class Buyer:
    """Who a customer is in our world: a person on a platform, in a group or in none."""

    platform: str
    person: str
    group_id: str | None = None


@dataclass
class Invoice:
    """One order as the file tells it: its lines in order, its time that of the first one.

    `paid` is exact; prices of a tenth of a penny occur.
    """

    number: str
    customer: str
    placed_ms: int
    paid: Decimal = Decimal(0)
    items: list[OrderItem] = field(default_factory=list)


@dataclass
class Ledger:
    """The whole file, read: orders by number in order of appearance, and all other lines."""

    invoices: dict[str, Invoice] = field(default_factory=dict)
    others: list[Skipped | LineRejection] = field(default_factory=list)

    @property
    def last_ms(self) -> int:
        """Time of the last order in epoch ms; 0 if there is none."""
        return max((invoice.placed_ms for invoice in self.invoices.values()), default=0)


def read_ledger(lines: Iterable[bytes], file: str) -> Ledger:
    """Read the CSV; a line that makes no sense becomes a rejection. Raises WrongHeader."""
    ledger, header = Ledger(), None
    for number, raw in enumerate(lines, start=1):
        try:
            if header is None:
                header = Header(raw, COLUMNS, where=f"{file}:{number}")
                ledger.others.append(Skipped("header"))
            else:
                _enter(ledger, header.row(raw, COLUMNS))
        except BadLine as error:
            ledger.others.append(
                LineRejection(SOURCE, file, number, Reason.BAD_LINE, str(error), raw.rstrip(b"\n"))
            )
    if header is None:
        Header(b"", COLUMNS, where=file)
    return ledger


def order_items(
    ledger: Ledger,
    pseudonyms: Pseudonyms,
    *,
    buyers: Mapping[str, Buyer] | None = None,
    shift: Shift = NO_SHIFT,
) -> Iterator[Item]:
    """The ledger's other lines, then its orders, one paid order for each invoice.

    A customer in `buyers` buys as that (made up) person; all others as themselves, in no group.
    """
    yield from ledger.others
    for invoice in ledger.invoices.values():
        buyer = (buyers or {}).get(invoice.customer)
        order = _order(invoice, buyer, pseudonyms, shift)
        yield Found(order, lines=len(invoice.items))


def _enter(ledger: Ledger, row: Sequence[str]) -> None:
    """Write one line into the ledger: on its invoice, or among the others if it is no sale."""
    number, product, quantity, placed, price, customer = row
    kind = _NO_SALE.get(number[:1])
    if kind is None and not customer:
        kind = "no_customer"
    if kind is not None:
        ledger.others.append(Skipped(kind))
        return
    if not _NUMBER.fullmatch(number):
        raise BadLine("InvoiceNo is no number")
    try:
        pieces, unit_price, placed_ms = int(quantity), Decimal(price), _civil_ms(placed)
        if pieces <= 0 or unit_price <= 0:
            ledger.others.append(Skipped("nothing_sold"))
            return
        pence = unit_price.quantize(_CENT, ROUND_HALF_UP)
        item = OrderItem(product_id=product, qty=pieces, unit_price=pence)
    except (ValueError, InvalidOperation) as error:
        raise BadLine("StockCode, Quantity, UnitPrice or InvoiceDate is none") from error
    invoice = ledger.invoices.get(number) or Invoice(number, customer, placed_ms)
    if invoice.customer != customer:
        raise BadLine("CustomerID is another than on the invoice's first line")
    if invoice.paid + pieces * unit_price >= _MOST:
        raise BadLine("the invoice's amount is beyond all money")
    invoice.paid += pieces * unit_price
    invoice.items.append(item)
    ledger.invoices[number] = invoice


@lru_cache(maxsize=16)
def _civil_ms(placed: str) -> int:
    return int(datetime.fromisoformat(placed).replace(tzinfo=_LONDON).timestamp()) * 1000


def _order(invoice: Invoice, buyer: Buyer | None, pseudonyms: Pseudonyms, shift: Shift) -> Order:
    """The paid order. Minutes are all the file knows: its number keeps its place within one."""
    who = buyer or Buyer(SOURCE, invoice.customer)
    return Order(
        event_time=shift.apply(invoice.placed_ms),
        event_id=derive_event_id(
            SOURCE,
            EventType.ORDER,
            f"{invoice.number} {OrderStatus.PAID}",
            weeks=shift.weeks,
        ),
        group_id=who.group_id,
        user_id=pseudonyms.of(who.platform, who.person),
        source=MAPPED_SOURCE if buyer else SOURCE,
        source_seq=int(invoice.number),
        key_id=pseudonyms.key_id,
        order_id=invoice.number,
        status=OrderStatus.PAID,
        currency=CURRENCY,
        amount_paid=invoice.paid.quantize(_CENT, ROUND_HALF_UP),
        items=tuple(invoice.items),
    )
