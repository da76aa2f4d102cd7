"""What is published, and what people do with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import Envelope, Personal
from schemas.event_type import EventType
from schemas.fields import Id, PersonId, UInt32


class ViewAction(StrEnum):
    """How something was seen."""

    IMPRESSION = "impression"
    PAGE_VIEW = "page_view"
    READ = "read"
    CLICK = "click"


class ObjectKind(StrEnum):
    """What was seen."""

    PAGE = "page"
    CONTENT = "content"
    PRODUCT = "product"
    POSTER = "poster"
    LINK = "link"


class ReactionAction(StrEnum):
    """What somebody did with something."""

    LIKE = "like"
    FORWARD = "forward"
    FAVORITE = "favorite"
    COMMENT = "comment"


class TargetKind(StrEnum):
    """What a reaction is to."""

    CONTENT = "content"
    MESSAGE = "message"
    MOMENTS_POST = "moments_post"


class Destination(StrEnum):
    """Where something was forwarded to."""

    MOMENTS = "moments"
    GROUP = "group"
    PRIVATE = "private"
    OTHER = "other"


class ContentKind(StrEnum):
    """What is published; `topic` opens a discussion, `reply` answers a post."""

    ARTICLE = "article"
    VIDEO = "video"
    MATERIAL = "material"
    POSTER = "poster"
    POST = "post"
    REPLY = "reply"
    TOPIC = "topic"
    DIGEST = "digest"
    LEARNER_OUTPUT = "learner_output"


class ContentQuality(StrEnum):
    """Verdict of the editors on a piece of content."""

    FEATURED = "featured"
    NORMAL = "normal"
    LOW = "low"
    UNLABELLED = "unlabelled"


class View(Envelope):
    """Something was seen, by a known person or by an anonymous visitor."""

    event_type: Annotated[Literal[EventType.VIEW], Field(description="Always view")] = (
        EventType.VIEW
    )
    action: Annotated[ViewAction, Field(description="How it was seen")]
    object_kind: Annotated[ObjectKind, Field(description="What was seen")]
    object_id: Annotated[Id, Field(description="The page, content, product, poster or link")]
    visitor_id: Annotated[
        PersonId | None, Field(description="Visitor who is not known, as a pseudonym")
    ] = None
    dwell_seconds: Annotated[UInt32, Field(description="Seconds spent; 0 = not told")] = 0


class Reaction(Personal):
    """A person liked, forwarded, kept or commented on something."""

    event_type: Annotated[Literal[EventType.REACTION], Field(description="Always reaction")] = (
        EventType.REACTION
    )
    action: Annotated[ReactionAction, Field(description="What the person did")]
    target_kind: Annotated[TargetKind, Field(description="What it was done to")]
    target_id: Annotated[Id, Field(description="The content, message or post")]
    dest: Annotated[Destination | None, Field(description="Where it was forwarded to")] = None


class Publish(Personal):
    """A person published something."""

    event_type: Annotated[Literal[EventType.PUBLISH], Field(description="Always publish")] = (
        EventType.PUBLISH
    )
    content_id: Annotated[Id, Field(description="What is published")]
    content_kind: Annotated[ContentKind, Field(description="What kind of thing it is")]
    topic_id: Annotated[
        Id | None, Field(description="Topic of discussion it opens or belongs to")
    ] = None
    parent_content_id: Annotated[Id | None, Field(description="Content that it replies to")] = None
    product_ids: Annotated[tuple[Id, ...], Field(description="Products it names")] = ()
    quality: Annotated[ContentQuality, Field(description="Verdict of the editors")] = (
        ContentQuality.UNLABELLED
    )
