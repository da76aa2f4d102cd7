"""The types of event. Each has its own topic and, but for the heartbeat, its own fact table."""

from __future__ import annotations

from enum import StrEnum


class EventType(StrEnum):
    """What happened; the value is the last part of the topic's name (`community.<value>`)."""

    CHAT = "chat"
    JOIN = "join"
    LEAVE = "leave"
    ORDER = "order"
    REFUND = "refund"
    VIEW = "view"
    REACTION = "reaction"
    PUBLISH = "publish"
    INVITE = "invite"
    DELIVERY = "delivery"
    CONTACT = "contact"
    SPEND = "spend"
    ACTIVITY = "activity"
    CHECKIN = "checkin"
    SESSION = "session"
    FEEDBACK = "feedback"
    STAFF_ACTION = "staff_action"
    TAG = "tag"
    HEARTBEAT = "heartbeat"
