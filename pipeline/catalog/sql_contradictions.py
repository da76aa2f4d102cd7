"""Where facts contradict the reference data, or themselves: rules, and the questions for them.

Dialect: ClickHouse 24.8 and later. Parameter of all: since, the first event_date looked at. Each
returns rows (rule, kind, n, example): which rule is broken, what kind of case it is, how many there
are, and one of them. A rule about a table in which nothing is declared finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.event_type import EventType
from schemas.facts import FACTS

_SINCE = "event_date >= toDate(%(since)s)"
_SINCE_MS = "1000 * toInt64(toUnixTimestamp(toDateTime(toDate(%(since)s), 'UTC')))"
"""No event looked at is older; outside of what began before it, and has no end, none can be."""


@dataclass(frozen=True)
class Question:
    """The question for what breaks one or several rules; `rules`: each in words, by its name."""

    rules: Mapping[str, str]
    sql: str


def _rule(name: str, words: str, sql: str) -> Question:
    """A question for one rule, from a SELECT of kind, n and example."""
    return Question({name: words}, f"SELECT '{name}' AS rule, * FROM ({sql})\nORDER BY kind\n")


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


def _named(event_type: EventType) -> Iterator[str]:
    """SELECTs of kind, what, id and times: the ids that events of a type name.

    Each column is grouped by itself, all in one pass: in a row all others are empty.
    """
    head, tail = f"SELECT '{event_type}' AS kind", f"FROM v_{event_type} WHERE {_SINCE}"
    single = []
    for it in FACTS[event_type]:
        whats = [what for what, _, columns in _KEYS if it.name in columns]
        if whats and it.clickhouse.startswith("Array"):
            yield (
                f"{head}, '{whats[0]}' AS what, arrayJoin({it.name}) AS id, count() AS times"
                f" {tail} GROUP BY id"
            )
        elif whats:
            single.append((it.name, whats[0]))
    if single:
        tests = ", ".join(f"{column} != '', '{what}'" for column, what in single)
        columns = [column for column, _ in single]
        sets = ", ".join(f"({column})" for column in columns)
        yield (
            f"{head}, multiIf({tests}, '') AS what, concat({', '.join(columns)}, '') AS id,"
            f" count() AS times {tail} GROUP BY GROUPING SETS ({sets})"
        )


def _united(selects: Sequence[str]) -> str:
    return "\n    UNION ALL\n    ".join(selects)


_DECLARED = _united(
    [f"SELECT '{what}' AS what, {what}_id AS id FROM v_{table}" for what, table, _ in _KEYS]
)

_UNKNOWN = Question(
    {
        f"unknown_{what}": f"Every {what} that an event names is in {table}."
        for what, table, _ in _KEYS
    },
    f"""
WITH declared AS (
    {_DECLARED}
)
SELECT concat('unknown_', what) AS rule, kind, toUInt64(sum(times)) AS n, min(id) AS example
FROM (
    {_united([select for event_type in FACTS for select in _named(event_type)])}
)
WHERE id != '' AND what IN (SELECT what FROM declared)
    AND (what, id) NOT IN (SELECT what, id FROM declared)
GROUP BY rule, kind
ORDER BY rule, kind
""",
)

_UNKNOWN_REASON = _rule(
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
""",
)

_STAFF_BUYS = _rule(
    "staff_buys",
    "No member of staff pays an order as a member would.",
    f"""
SELECT if(actor_role = 'staff', 'by role', 'by dim_staff') AS kind,
    toUInt64(count()) AS n, min(order_id) AS example
FROM v_order
WHERE {_SINCE} AND status = 'paid'
    AND (actor_role = 'staff' OR user_id IN (SELECT staff_id FROM v_dim_staff))
GROUP BY kind
""",
)

_STAFF_AS_MEMBER = _rule(
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
""",
)

_OTHER_CURRENCY = _rule(
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
""",
)

_WITHOUT_ITEMS = _rule(
    "order_without_items",
    "A paid order names what was bought.",
    f"""
SELECT source AS kind, toUInt64(count()) AS n, min(order_id) AS example
FROM v_order
WHERE {_SINCE} AND status = 'paid' AND empty(item_product_id)
GROUP BY kind
""",
)

_SPEND_TOO_LATE = _rule(
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
""",
)

_OUT_OF_LIFE = _rule(
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
INNER JOIN (
    SELECT group_id, created_ms, dissolved_ms
    FROM v_dim_group
    WHERE created_ms > {_SINCE_MS} OR dissolved_ms > 0
) AS groups USING (group_id)
WHERE event_ms < created_ms
    OR (dissolved_ms > 0 AND event_ms >= dissolved_ms AND event != 'leave')
GROUP BY kind
""",
)

_BEFORE_CAMPAIGN = _rule(
    "before_campaign",
    "Nobody joins or buys through a campaign before it begins.",
    f"""
SELECT kind, toUInt64(count()) AS n, min(campaign_id) AS example
FROM (
    SELECT 'join' AS kind, campaign_id, event_ms FROM v_join WHERE {_SINCE}
    UNION ALL
    SELECT 'order' AS kind, campaign_id, event_ms FROM v_order WHERE {_SINCE}
) AS events
INNER JOIN (
    SELECT campaign_id, start_ms FROM v_dim_campaign WHERE start_ms > {_SINCE_MS}
) AS campaigns USING (campaign_id)
WHERE event_ms < start_ms
GROUP BY kind
""",
)

_COUPON_INVALID = _rule(
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
""",
)


QUESTIONS: tuple[Question, ...] = (
    _UNKNOWN,
    _UNKNOWN_REASON,
    _STAFF_BUYS,
    _STAFF_AS_MEMBER,
    _OTHER_CURRENCY,
    _WITHOUT_ITEMS,
    _SPEND_TOO_LATE,
    _OUT_OF_LIFE,
    _BEFORE_CAMPAIGN,
    _COUPON_INVALID,
)
"""All that is asked, in the order in which it is told."""

RULES: Mapping[str, str] = {name: words for one in QUESTIONS for name, words in one.rules.items()}
"""Every rule in words, by its name."""
