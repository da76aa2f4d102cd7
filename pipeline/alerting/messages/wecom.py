"""WeCom's group robot: a markdown message of at most 4,096 bytes."""

from __future__ import annotations

from pipeline.alerting.messages.dialect import WECOM
from pipeline.alerting.messages.document import Document, Mood, fitted

LIMIT = 4_096
"""Bytes of `content`; beyond it the robot refuses the message (errcode 40058)."""

COLOURS = {Mood.CRITICAL: "warning", Mood.WARNING: "warning", Mood.ENDED: "info"}


def payload(document: Document) -> dict[str, object]:
    """The JSON of one message."""
    fits = fitted(document, lambda one: len(_content(one).encode()), LIMIT)
    return {"msgtype": "markdown", "markdown": {"content": _content(fits)}}


def _content(document: Document) -> str:
    colour = COLOURS.get(document.mood, "comment")
    title = f'### <font color="{colour}">{WECOM.escape(document.title)}</font>'
    return "\n\n".join([title, *map(WECOM.lines, document.parts)])
