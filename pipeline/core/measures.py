"""What a minute window measures, per event type: sums, and one set of distinct persons.

Each topic fills only its own columns of `group_minute`. Anything that needs a second topic or a
clock (membership, rates, the funnel) is not a window value: it is computed from facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from pipeline.core.hashes import Columns
from schemas.event_type import EventType

MINUTE_MS = 60_000

PLACE: Columns = ("partition", "group_id")
"""What is hashed to tell the windows of one minute of a topic apart.

Two of a million groups collide with a probability of 3e-8.
"""

IDENTITY: Columns = ("event_ms", "event_id", "owner")
"""What is hashed to tell the events of a window apart.

The window fixes topic, group and minute. Two of a thousand events in one window collide with a
probability of 3e-14; the facts keep whole ids, so the audit would see it.
"""

PERSON: Columns = ("user_id",)
"""What is hashed to tell the persons of a window apart; they collide as seldom as events do."""

MONEY = frozenset({"gmv", "refund_amount", "spend_amount"})

_MEMBER = pl.col("actor_role") == "member"
_SPOKEN = pl.col("msg_type") != "system"
_PAID = pl.col("status") == "paid"
_ACTION = pl.col("action")
_CONTENT = pl.col("content_kind")


@dataclass(frozen=True)
class Measures:
    """Columns of one event type's windows.

    `sums`: column -> expression per event (money in cents). `people`: the column that counts
    distinct `user_id` among the events for which `counts_person` holds; '' when there is none.
    """

    sums: Mapping[str, pl.Expr]
    people: str = ""
    counts_person: pl.Expr = field(default_factory=lambda: pl.lit(False))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every window column this event type fills."""
        return (*self.sums, self.people) if self.people else tuple(self.sums)

    @property
    def expressions(self) -> tuple[pl.Expr, ...]:
        """Every expression that is asked of an event."""
        return (*self.sums.values(), self.counts_person)

    @cached_property
    def per_event(self) -> tuple[pl.Expr, ...]:
        """What the fold looks at in each event, besides hashes.

        Built once: that takes longer than to use it.
        """
        return (
            pl.col("partition"),
            pl.col("offset"),
            pl.col("group_id"),
            minute(),
            self.counts(),
            *(expression.cast(pl.Int64).alias(name) for name, expression in self.sums.items()),
        )

    def counts(self) -> pl.Expr:
        """Whether an event counts for a person."""
        return (self.counts_person & (pl.col("user_id") != "")).alias("counts")


def _cents(amount: pl.Expr, where: pl.Expr) -> pl.Expr:
    return pl.when(where).then((amount * 100).cast(pl.Int64)).otherwise(0)


MEASURES: Mapping[EventType, Measures] = {
    EventType.JOIN: Measures({"join_events": pl.col("join_method") != "import"}),
    EventType.LEAVE: Measures({"leave_events": pl.lit(True)}),
    EventType.CHAT: Measures(
        {
            "messages": _SPOKEN & pl.col("actor_role").is_in(["member", "staff"]),
            "member_messages": _SPOKEN & _MEMBER,
        },
        people="chatters",
        counts_person=_SPOKEN & _MEMBER,
    ),
    EventType.ORDER: Measures(
        {
            "orders_created": pl.col("status") == "created",
            "paid_orders": _PAID,
            "gmv": _cents(pl.col("amount_paid"), _PAID),
        },
        people="payers",
        counts_person=_PAID & _MEMBER,
    ),
    EventType.REFUND: Measures(
        {"refunds": pl.lit(True), "refund_amount": _cents(pl.col("amount"), pl.lit(True))}
    ),
    EventType.VIEW: Measures({"page_views": _ACTION == "page_view", "clicks": _ACTION == "click"}),
    EventType.REACTION: Measures({"likes": _ACTION == "like", "forwards": _ACTION == "forward"}),
    EventType.PUBLISH: Measures(
        {
            "content_published": ~_CONTENT.is_in(["reply", "topic"]),
            "posts": _CONTENT == "post",
            "replies": _CONTENT == "reply",
            "topics_started": _CONTENT == "topic",
        }
    ),
    EventType.INVITE: Measures({"invites_sent": _ACTION == "sent"}),
    EventType.DELIVERY: Measures(
        {"pushes_sent": _ACTION == "sent", "pushes_delivered": _ACTION == "delivered"}
    ),
    EventType.CONTACT: Measures(
        {"contacts_added": _ACTION == "add", "contacts_removed": _ACTION == "remove"}
    ),
    EventType.SPEND: Measures({"spend_amount": _cents(pl.col("amount"), pl.lit(True))}),
    EventType.ACTIVITY: Measures(
        {"signups": _ACTION == "signup", "attendances": _ACTION == "attend"}
    ),
    EventType.CHECKIN: Measures({"checkins": pl.lit(True)}),
    EventType.SESSION: Measures(
        {"sessions_opened": _ACTION == "opened", "session_replies": _ACTION == "replied"}
    ),
    EventType.FEEDBACK: Measures(
        {
            "reviews": pl.col("feedback_kind") == "review",
            "complaints": pl.col("feedback_kind") == "complaint",
        }
    ),
    EventType.STAFF_ACTION: Measures({"staff_actions": pl.lit(True)}),
    EventType.TAG: Measures({"tag_changes": pl.lit(True)}),
}

WINDOW_COLUMNS: tuple[str, ...] = tuple(
    column for measures in MEASURES.values() for column in measures.columns
)


def minute() -> pl.Expr:
    """Whole minutes since 1970; no event is that old or lies beyond the year 2106."""
    return (pl.col("event_ms") // MINUTE_MS).cast(pl.UInt32).alias("minute")
