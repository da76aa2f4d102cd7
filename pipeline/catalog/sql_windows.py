"""What a minute window measures, in SQL over facts: the twin of `pipeline.core.measures`.

The audit holds stored windows to it. A test holds it to the fold. Every dialect from 18.16 on.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.event_type import EventType

_SPOKEN = "msg_type != 'system'"
_MEMBER_SPOKE = f"{_SPOKEN} AND actor_role = 'member'"
_PAID = "status = 'paid'"

SQL_MEASURES: Mapping[EventType, Mapping[str, str]] = MappingProxyType(
    {
        EventType.JOIN: {"join_events": "countIf(join_method != 'import')"},
        EventType.LEAVE: {"leave_events": "count()"},
        EventType.CHAT: {
            "messages": f"countIf({_SPOKEN} AND actor_role IN ('member', 'staff'))",
            "member_messages": f"countIf({_MEMBER_SPOKE})",
            "chatters": f"uniqExactIf(user_id, {_MEMBER_SPOKE} AND user_id != '')",
        },
        EventType.ORDER: {
            "orders_created": "countIf(status = 'created')",
            "paid_orders": f"countIf({_PAID})",
            "gmv": f"sumIf(amount_paid, {_PAID})",
            "payers": f"uniqExactIf(user_id, {_PAID} AND actor_role = 'member' AND user_id != '')",
        },
        EventType.REFUND: {"refunds": "count()", "refund_amount": "sum(amount)"},
    }
)
"""Event type -> column of its windows -> aggregate over the facts of a minute of a group."""
