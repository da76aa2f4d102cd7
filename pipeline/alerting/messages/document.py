"""A message in words: lines of spans that know no markup yet, and how they get shorter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias


class Mood(StrEnum):
    """How a message looks at a glance."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"
    ENDED = "ended"


@dataclass(frozen=True)
class Text:
    """Plain words; whatever is in them is shown as it is."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Words that stand out."""

    text: str


@dataclass(frozen=True)
class Code:
    """A command to copy."""

    text: str


@dataclass(frozen=True)
class Link:
    """Words that lead to `url`, which begins with http."""

    text: str
    url: str


Span: TypeAlias = Text | Strong | Code | Link
Line: TypeAlias = tuple[Span, ...]
Lines: TypeAlias = tuple[Line, ...]


@dataclass(frozen=True)
class Document:
    """Title, an item per alert, and what holds for all of them.

    `hidden` alerts are not among `items`; `more` says so, with {n} for their number.
    """

    title: str
    mood: Mood
    items: tuple[Lines, ...]
    after: Lines
    hidden: int
    more: str

    @property
    def parts(self) -> tuple[Lines, ...]:
        """Items, then what was left out, then the rest: what is written below the title."""
        more = (((Text(self.more.format(n=self.hidden)),),),) if self.hidden else ()
        return (*self.items, *more, *((self.after,) if self.after else ()))


SHORTEST_TITLE = 20


def fitted(document: Document, size: Callable[[Document], int], limit: int) -> Document:
    """The document, made smaller by whole lines until `size` of it is within `limit`.

    Alerts go first, from the last on, and are counted; then advice, then lines of the one alert
    that is left; the title last.
    """
    while size(document) > limit:
        shorter = _shorter(document)
        if shorter is None:
            break
        document = shorter
    return document


def _shorter(document: Document) -> Document | None:
    if len(document.items) > 1:
        return replace(document, items=document.items[:-1], hidden=document.hidden + 1)
    if document.after:
        return replace(document, after=document.after[:-1])
    if document.items and len(document.items[0]) > 1:
        return replace(document, items=(document.items[0][:-1],))
    if len(document.title) > SHORTEST_TITLE:
        return replace(document, title=f"{document.title[: len(document.title) * 3 // 4]}…")
    return None
