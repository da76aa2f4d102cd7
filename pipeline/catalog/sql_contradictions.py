"""Where facts contradict the reference data, or themselves: one question for each rule.

Dialect: ClickHouse 24.8 and later. Parameter of all: since, the first event_date looked at. Each
returns rows (kind, n, example): what kind of case it is, how many there are, and one of them. A
rule about a table in which nothing is declared finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.facts import FACTS

_SINCE = "event_date >= toDate(%(since)s)"


@dataclass(frozen=True)
class Contradiction:
    """A rule, in words and as the question for what breaks it."""

    name: str
    rule: str
    sql: str


_KEYS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("group", "dim_group", ("group_id", "from_group_id", "to_group_id")),
    ("channel", "dim_channel", ("channel_id",)),
    ("campaign", "dim_campaign", ("campaign_id",)),
    ("script", "dim_script", ("script_id",)),
    ("activity", "dim_activity", ("activity_id",)),
    ("product", "dim_product", ("item_product_id", "product_ids", "product_id")),
    ("coupon", "dim_coupon", ("coupon_id",)),
    ("course", "dim_course", ("course_id",)),
    ("task", "dim_task", ("task_id",)),
    ("tag", "dim_tag", ("tag_id",)),
    ("partner", "dim_partner", ("partner_id",)),
    ("staff", "dim_staff", ("staff_id", "to_staff_id")),
)
"""What it is, the table that lists it, and the columns of facts that name it."""


def _unknown(what: str, table: str, columns: tuple[str, ...]) -> Contradiction:
    key = f"{what}_id"
    named = "\n    UNION ALL\n    ".join(
        f"SELECT '{event_type}' AS kind,"
        f" {f'arrayJoin({it.name})' if it.clickhouse.startswith('Array') else it.name} AS id"
        f" FROM v_{event_type} WHERE {_SINCE}"
        for event_type, held in FACTS.items()
        for it in held
        if it.name in columns
    )
    return Contradiction(
        f"unknown_{what}",
        f"Every {what} that an event names is in {table}.",
        f"""
SELECT kind, toUInt64(count()) AS n, min(id) AS example
FROM (
    {named}
)
WHERE id != '' AND id NOT IN (SELECT {key} FROM v_{table})
    AND (SELECT count() FROM v_{table}) > 0
GROUP BY kind
ORDER BY kind
""",
    )


_UNKNOWN_REASON = Contradiction(
    "unknown_reason",
    "Every reason of a leave or refund is in dim_reason, with that kind.",
    f"""
SELECT kind, toUInt64(count()) AS n, min(id) AS example
FROM (
    SELECT 'leave' AS kind, reason_code AS id FROM v_leave WHERE {_SINCE}
    UNION ALL
    SELECT 'refund' AS kind, reason_code AS id FROM v_refund WHERE {_SINCE}
)
WHERE id != '' AND (kind, id) NOT IN (SELECT kind, reason_code FROM v_dim_reason)
    AND (SELECT count() FROM v_dim_reason) > 0
GROUP BY kind
ORDER BY kind
""",
)

_STAFF_BUYS = Contradiction(
    "staff_buys",
    "No member of staff pays an order as a member would.",
    f"""
SELECT if(actor_role = 'staff', 'by role', 'by dim_staff') AS kind,
    toUInt64(count()) AS n, min(order_id) AS example
FROM v_order
WHERE {_SINCE} AND status = 'paid'
    AND (actor_role = 'staff' OR user_id IN (SELECT staff_id FROM v_dim_staff))
GROUP BY kind
ORDER BY kind
""",
)

_STAFF_AS_MEMBER = Contradiction(
    "staff_as_member",
    "Nobody of dim_staff joins or chats as a member: they would count in every rate.",
    f"""
SELECT kind, toUInt64(count()) AS n, min(user_id) AS example
FROM (
    SELECT 'join' AS kind, user_id FROM v_join WHERE {_SINCE} AND actor_role = 'member'
    UNION ALL
    SELECT 'chat' AS kind, user_id FROM v_chat WHERE {_SINCE} AND actor_role = 'member'
)
WHERE user_id IN (SELECT staff_id FROM v_dim_staff)
GROUP BY kind
ORDER BY kind
""",
)

_OTHER_CURRENCY = Contradiction(
    "other_currency",
    "All money is in one currency: that of most orders, refunds and expenses.",
    f"""
WITH amounts AS (
    SELECT 'order' AS kind, currency, order_id AS id FROM v_order WHERE {_SINCE}
    UNION ALL
    SELECT 'refund' AS kind, currency, refund_id AS id FROM v_refund WHERE {_SINCE}
    UNION ALL
    SELECT 'spend' AS kind, currency, spend_id AS id FROM v_spend WHERE {_SINCE}
)
SELECT kind, toUInt64(count()) AS n, min(id) AS example
FROM amounts
WHERE currency != (
    SELECT argMax(currency, times)
    FROM (SELECT currency, (count(), currency) AS times FROM amounts GROUP BY currency)
)
GROUP BY kind
ORDER BY kind
""",
)

_WITHOUT_ITEMS = Contradiction(
    "order_without_items",
    "A paid order names what was bought.",
    f"""
SELECT source AS kind, toUInt64(count()) AS n, min(order_id) AS example
FROM v_order
WHERE {_SINCE} AND status = 'paid' AND empty(item_product_id)
GROUP BY kind
ORDER BY kind
""",
)

_SPEND_TOO_LATE = Contradiction(
    "spend_too_late",
    "No money is spent on a group that is dissolved, or on a campaign that has ended.",
    f"""
SELECT kind, toUInt64(count()) AS n, min(spend_id) AS example
FROM (
    SELECT 'group' AS kind, spend_id, if(period_start_ms > 0, period_start_ms, event_ms) AS ms,
        dissolved_ms AS ended_ms
    FROM v_spend INNER JOIN v_dim_group USING (group_id)
    WHERE {_SINCE}
    UNION ALL
    SELECT 'campaign', spend_id, if(period_start_ms > 0, period_start_ms, event_ms), end_ms
    FROM v_spend INNER JOIN v_dim_campaign USING (campaign_id)
    WHERE {_SINCE}
)
WHERE ended_ms > 0 AND ms >= ended_ms
GROUP BY kind
ORDER BY kind
""",
)

_OUT_OF_LIFE = Contradiction(
    "group_not_there",
    "Nothing happens in a group before it is founded or after it is dissolved.",
    f"""
SELECT concat(event, if(event_ms < created_ms, ' before', ' after')) AS kind,
    toUInt64(count()) AS n, min(group_id) AS example
FROM (
    SELECT 'join' AS event, group_id, event_ms FROM v_join WHERE {_SINCE}
    UNION ALL
    SELECT 'leave' AS event, group_id, event_ms FROM v_leave WHERE {_SINCE}
    UNION ALL
    SELECT 'chat' AS event, group_id, event_ms FROM v_chat WHERE {_SINCE}
    UNION ALL
    SELECT 'order' AS event, group_id, event_ms FROM v_order WHERE {_SINCE}
) AS events
INNER JOIN v_dim_group AS groups USING (group_id)
WHERE event_ms < created_ms
    OR (dissolved_ms > 0 AND event_ms >= dissolved_ms AND event != 'leave')
GROUP BY kind
ORDER BY kind
""",
)

_BEFORE_CAMPAIGN = Contradiction(
    "before_campaign",
    "Nobody joins or buys through a campaign before it begins.",
    f"""
SELECT kind, toUInt64(count()) AS n, min(campaign_id) AS example
FROM (
    SELECT 'join' AS kind, campaign_id, event_ms FROM v_join WHERE {_SINCE}
    UNION ALL
    SELECT 'order' AS kind, campaign_id, event_ms FROM v_order WHERE {_SINCE}
) AS events
INNER JOIN v_dim_campaign AS campaigns USING (campaign_id)
WHERE event_ms < start_ms
GROUP BY kind
ORDER BY kind
""",
)

_COUPON_INVALID = Contradiction(
    "coupon_not_valid",
    "A coupon is used only while it is valid.",
    f"""
SELECT if(event_ms < valid_from_ms, 'before', 'after') AS kind,
    toUInt64(count()) AS n, min(order_id) AS example
FROM v_order AS orders
INNER JOIN v_dim_coupon AS coupons USING (coupon_id)
WHERE {_SINCE} AND status = 'paid'
    AND (event_ms < valid_from_ms OR (valid_to_ms > 0 AND event_ms >= valid_to_ms))
GROUP BY kind
ORDER BY kind
""",
)


def _all() -> Iterator[Contradiction]:
    for what, table, columns in _KEYS:
        yield _unknown(what, table, columns)
    yield from (_UNKNOWN_REASON, _STAFF_BUYS, _STAFF_AS_MEMBER, _OTHER_CURRENCY, _WITHOUT_ITEMS)
    yield from (_SPEND_TOO_LATE, _OUT_OF_LIFE, _BEFORE_CAMPAIGN, _COUPON_INVALID)


CONTRADICTIONS: tuple[Contradiction, ...] = tuple(_all())
"""Every rule, in the order in which they are told."""
