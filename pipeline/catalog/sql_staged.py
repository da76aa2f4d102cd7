"""What many metrics stand on, as statements that build it anew: memberships and paid orders.

Each reads all facts before `asof_ms` and writes one generation; the views show it once its row is
in staged_build. Dialect: ClickHouse 24.8 and later. Parameters: generation, asof_ms, grace_ms,
and the terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.catalog.relation import before
from pipeline.catalog.sql_signals import memberships
from pipeline.core.intervals import FOREVER
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType

_KNOWN = before("%(asof_ms)s")
_JOIN = (
    "channel_id",
    "campaign_id",
    "join_method",
    "inviter_id",
    "inviter_role",
    "invite_id",
    "script_id",
    "from_group_id",
)
_LEAVE = ("leave_kind", "reason_code", "operator_id", "to_group_id")


def _details(fact: str, ms: str, columns: tuple[str, ...]) -> str:
    """Details of the moves of a person at one ms: those of the first, as the order of moves is."""
    picked = ", ".join(f"argMin({name}, (source_seq, event_id)) AS {name}" for name in columns)
    return (
        f"SELECT group_id, user_id, event_ms AS {ms}, {picked}\n"
        f"    FROM fact_{fact} FINAL\n"
        f"    WHERE {_KNOWN} AND actor_role = 'member'\n"
        "    GROUP BY group_id, user_id, event_ms"
    )


MEMBERSHIP = f"""
INSERT INTO membership
WITH {memberships("group_id != ''", "%(asof_ms)s")},
turned AS (
    SELECT group_id, user_id, leave, roster, ms AS opened_ms,
        leadInFrame(ms, 1, {FOREVER}) OVER (
            PARTITION BY group_id, user_id ORDER BY ms, leave
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS closed_ms
    FROM changes
),
opened AS (
    SELECT group_id, user_id, opened_ms, closed_ms, roster,
        row_number() OVER (PARTITION BY group_id, user_id ORDER BY opened_ms) AS number
    FROM turned
    WHERE NOT leave
)
SELECT %(generation)s, group_id, user_id, number, opened_ms, closed_ms, roster,
    {", ".join(_JOIN)},
    {", ".join(_LEAVE)}
FROM opened
LEFT JOIN (
    {_details("join", "opened_ms", _JOIN)}
) AS j USING (group_id, user_id, opened_ms)
LEFT JOIN (
    {_details("leave", "closed_ms", _LEAVE)}
) AS l USING (group_id, user_id, closed_ms)
"""

_ORDER = (
    "user_id",
    "actor_role",
    "group_id",
    "channel_id",
    "campaign_id",
    "staff_id",
    "content_id",
    "session_id",
    "coupon_id",
    "order_type",
    "amount_paid",
    "term_start_ms",
    "term_end_ms",
    "item_product_id",
    "item_category_id",
    "item_brand",
    "item_qty",
    "item_unit_price",
    "item_cost",
)
_FIRST = ", ".join(f"argMin({name}, (event_ms, source_seq, event_id)) AS {name}" for name in _ORDER)

PAID_ORDER = f"""
INSERT INTO paid_order
WITH first_paid AS (
    SELECT order_id, min(event_ms) AS paid_ms, {_FIRST}
    FROM (SELECT * FROM fact_order FINAL WHERE {_KNOWN} AND status = 'paid')
    GROUP BY order_id
),
clicks AS (
    SELECT v.user_id AS user_id, v.event_ms AS click_ms, any(v.group_id) AS group_id
    FROM (
        SELECT group_id, user_id, event_ms
        FROM fact_view FINAL
        WHERE {_KNOWN} AND group_id != '' AND user_id != '' AND action != 'impression'
    ) AS v
    INNER JOIN v_membership AS m ON m.group_id = v.group_id AND m.user_id = v.user_id
    WHERE m.opened_ms < v.event_ms AND v.event_ms <= m.closed_ms
    GROUP BY user_id, click_ms
)
SELECT %(generation)s, order_id, o.user_id, actor_role, paid_ms,
    row_number() OVER (PARTITION BY o.user_id, actor_role ORDER BY paid_ms, order_id) AS number,
    lagInFrame(paid_ms, 1, 0) OVER (PARTITION BY o.user_id, actor_role ORDER BY paid_ms, order_id),
    multiIf(
        o.group_id != '', o.group_id,
        c.click_ms >= paid_ms - %(order_days)s * {DAY_MS}, c.group_id,
        ''
    ),
    o.group_id, channel_id, campaign_id, staff_id, content_id, session_id, coupon_id, order_type,
    amount_paid, arraySum((q, p) -> q * p, item_qty, item_cost), term_start_ms, term_end_ms,
    item_product_id, item_category_id, item_brand, item_qty, item_unit_price, item_cost
FROM first_paid AS o
ASOF LEFT JOIN clicks AS c ON c.user_id = o.user_id AND c.click_ms <= o.paid_ms
"""

_MOVES = (EventType.JOIN, EventType.LEAVE)
MADE_OF: Mapping[str, tuple[EventType, ...]] = MappingProxyType(
    {"membership": _MOVES, "paid_order": (*_MOVES, EventType.ORDER, EventType.VIEW)}
)
"""Table -> the event types that it is made of."""

STAGED: Mapping[str, str] = MappingProxyType({"membership": MEMBERSHIP, "paid_order": PAID_ORDER})
"""Table -> the statement that builds it, in order: orders look at memberships."""
