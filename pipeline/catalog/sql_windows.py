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


def _by(field: str, **values: str) -> Mapping[str, str]:
    """How often `field` has each value: column of the window -> the value."""
    return {column: f"countIf({field} = '{value}')" for column, value in values.items()}


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
        EventType.VIEW: _by("action", page_views="page_view", clicks="click"),
        EventType.REACTION: _by("action", likes="like", forwards="forward"),
        EventType.PUBLISH: {
            "content_published": "countIf(content_kind NOT IN ('reply', 'topic'))",
            **_by("content_kind", posts="post", replies="reply", topics_started="topic"),
        },
        EventType.INVITE: _by("action", invites_sent="sent"),
        EventType.DELIVERY: _by("action", pushes_sent="sent", pushes_delivered="delivered"),
        EventType.CONTACT: _by("action", contacts_added="add", contacts_removed="remove"),
        EventType.SPEND: {"spend_amount": "sum(amount)"},
        EventType.ACTIVITY: _by("action", signups="signup", attendances="attend"),
        EventType.CHECKIN: {"checkins": "count()"},
        EventType.SESSION: _by("action", sessions_opened="opened", session_replies="replied"),
        EventType.FEEDBACK: _by("feedback_kind", reviews="review", complaints="complaint"),
        EventType.STAFF_ACTION: {"staff_actions": "count()"},
        EventType.TAG: {"tag_changes": "count()"},
    }
)
"""Event type -> column of its windows -> aggregate over the facts of a minute of a group."""
