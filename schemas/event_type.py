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
    HEARTBEAT = "heartbeat"
