"""Orders and refunds, in the one reporting currency."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.envelope import Needing, Personal
from schemas.event_type import EventType
from schemas.fields import Currency, Id, Instant, Money, UInt32
from schemas.needs import Need


class OrderStatus(StrEnum):
    """The step of an order's life that an event reports; each step is an event of its own."""

    CREATED = "created"
    PAID = "paid"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class OrderType(StrEnum):
    """The way an order is sold."""

    NORMAL = "normal"
    PRESALE = "presale"
    RESERVATION = "reservation"
    GROUP_BUY = "group_buy"
    RENEWAL = "renewal"
    UPGRADE = "upgrade"


class Item(BaseModel):
    """One line of an order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: Annotated[Id, Field(description="Product sold")]
    category_id: Annotated[Id | None, Field(description="Category of the product")] = None
    brand: Annotated[Id | None, Field(description="Brand of the product")] = None
    qty: Annotated[UInt32, Field(description="Pieces sold")]
    unit_price: Annotated[Money, Field(description="Price of one piece")]
    cost: Annotated[Money | None, Field(description="Cost of one piece; 0 = not known")] = None


_WHAT_WAS_PAID = Need("status", (OrderStatus.PAID,), "amount_paid")


class Order(Needing):
    """A step in an order's life; a paid one names the amount that was paid."""

    model_config = ConfigDict(json_schema_extra=_WHAT_WAS_PAID.json_schema)
    needs: ClassVar[tuple[Need, ...]] = (_WHAT_WAS_PAID,)

    event_type: Annotated[Literal[EventType.ORDER], Field(description="Always order")] = (
        EventType.ORDER
    )
    order_id: Annotated[Id, Field(description="The shop's id of the order")]
    status: Annotated[OrderStatus, Field(description="Step that the order reached")]
    currency: Annotated[Currency, Field(description="Currency of every amount, ISO 4217")]
    amount_paid: Annotated[
        Money | None, Field(description="Amount paid; there is always one when status is paid")
    ] = None
    amount_total: Annotated[
        Money | None, Field(description="Amount before discount; 0 = not known")
    ] = None
    discount: Annotated[Money | None, Field(description="Discount; 0 = none or not known")] = None
    order_type: Annotated[OrderType, Field(description="Way it was sold")] = OrderType.NORMAL
    coupon_id: Annotated[Id | None, Field(description="Coupon that was used")] = None
    content_id: Annotated[Id | None, Field(description="Content that led to the order")] = None
    session_id: Annotated[
        Id | None, Field(description="Service conversation that led to the order")
    ] = None
    term_start: Annotated[
        Instant | None, Field(description="Start of the term bought; 0 = no term")
    ] = None
    term_end: Annotated[
        Instant | None, Field(description="End of the term bought; 0 = no term")
    ] = None
    items: Annotated[tuple[Item, ...], Field(description="What was ordered")] = ()


class Refund(Personal):
    """Money paid back for an order, dated by the time of the refund."""

    event_type: Annotated[Literal[EventType.REFUND], Field(description="Always refund")] = (
        EventType.REFUND
    )
    refund_id: Annotated[Id, Field(description="The shop's id of the refund")]
    order_id: Annotated[Id, Field(description="Order that it pays back")]
    currency: Annotated[Currency, Field(description="Currency of every amount, ISO 4217")]
    amount: Annotated[Money, Field(description="Amount paid back")]
    cost_reversed: Annotated[
        Money | None, Field(description="Cost of the goods taken back; 0 = none")
    ] = None
    reason_code: Annotated[Id | None, Field(description="Why it was paid back")] = None
