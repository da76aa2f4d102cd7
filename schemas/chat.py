"""Messages in a group."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import InGroup
from schemas.event_type import EventType
from schemas.fields import Flag, Id, PersonId, Text, UInt32


class MessageType(StrEnum):
    """What a message is made of; `system` is the platform's own notice and nobody's message."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"
    LINK = "link"
    MINIAPP = "miniapp"
    REDPACKET = "redpacket"
    SYSTEM = "system"
    OTHER = "other"


class Quality(StrEnum):
    """Verdict of moderation on a message."""

    VALID = "valid"
    NOISE = "noise"
    SENSITIVE = "sensitive"
    PROFESSIONAL = "professional"
    UNLABELLED = "unlabelled"


class Sentiment(StrEnum):
    """Mood of a message."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    UNKNOWN = "unknown"


class Chat(InGroup):
    """A message in a group: measured, its text kept only where a source sent it on purpose."""

    event_type: Annotated[Literal[EventType.CHAT], Field(description="Always chat")] = (
        EventType.CHAT
    )
    message_id: Annotated[Id, Field(description="The platform's id of the message")]
    msg_type: Annotated[MessageType, Field(description="What the message is made of")]
    text_len: Annotated[UInt32, Field(description="Length of the text in characters")] = 0
    is_question: Annotated[Flag, Field(description="Whether the text asks something")] = False
    topic_id: Annotated[Id | None, Field(description="Topic of discussion it belongs to")] = None
    reply_to_message_id: Annotated[Id | None, Field(description="Message that it answers")] = None
    mentions: Annotated[
        tuple[PersonId, ...], Field(description="Persons it mentions, as pseudonyms")
    ] = ()
    product_ids: Annotated[tuple[Id, ...], Field(description="Products it names")] = ()
    content_id: Annotated[Id | None, Field(description="Content that it shares")] = None
    quality: Annotated[Quality, Field(description="Verdict of moderation")] = Quality.UNLABELLED
    sentiment: Annotated[Sentiment, Field(description="Mood")] = Sentiment.UNKNOWN
    text: Annotated[
        Text | None, Field(description="The text itself; none unless keeping it is switched on")
    ] = None
