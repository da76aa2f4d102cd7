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


def _by_action(**actions: str) -> Mapping[str, str]:
    """How often each action was taken: column of the window -> the action."""
    return {column: f"countIf(action = '{action}')" for column, action in actions.items()}


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
        EventType.VIEW: _by_action(page_views="page_view", clicks="click"),
        EventType.REACTION: _by_action(likes="like", forwards="forward"),
        EventType.PUBLISH: {
            "content_published": "countIf(content_kind NOT IN ('reply', 'topic'))",
            "posts": "countIf(content_kind = 'post')",
            "replies": "countIf(content_kind = 'reply')",
            "topics_started": "countIf(content_kind = 'topic')",
        },
        EventType.INVITE: _by_action(invites_sent="sent"),
        EventType.DELIVERY: _by_action(pushes_sent="sent", pushes_delivered="delivered"),
        EventType.CONTACT: _by_action(contacts_added="add", contacts_removed="remove"),
        EventType.SPEND: {"spend_amount": "sum(amount)"},
        EventType.ACTIVITY: _by_action(signups="signup", attendances="attend"),
        EventType.CHECKIN: {"checkins": "count()"},
        EventType.SESSION: _by_action(sessions_opened="opened", session_replies="replied"),
        EventType.FEEDBACK: {
            "reviews": "countIf(feedback_kind = 'review')",
            "complaints": "countIf(feedback_kind = 'complaint')",
        },
        EventType.STAFF_ACTION: {"staff_actions": "count()"},
        EventType.TAG: {"tag_changes": "count()"},
    }
)
"""Event type -> column of its windows -> aggregate over the facts of a minute of a group."""
