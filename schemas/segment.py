"""What is known of a person: tags put on and taken off."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import Personal
from schemas.event_type import EventType
from schemas.fields import Id


class TagAction(StrEnum):
    """What happened to a tag; of one person and tag the last event holds."""

    ADD = "add"
    REMOVE = "remove"


class TagSource(StrEnum):
    """Who decided it: a rule, or a person."""

    AUTO = "auto"
    MANUAL = "manual"


class Tag(Personal):
    """A tag was put on a person, or taken off."""

    event_type: Annotated[Literal[EventType.TAG], Field(description="Always tag")] = EventType.TAG
    tag_id: Annotated[Id, Field(description="The tag")]
    action: Annotated[TagAction, Field(description="Whether it was put on or taken off")]
    tag_source: Annotated[TagSource, Field(description="Who decided it")]
    value: Annotated[Id | None, Field(description="Value of the tag, where it has one")] = None
