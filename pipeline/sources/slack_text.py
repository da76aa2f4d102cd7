"""Slack's markup as its readers see it: mentions, links and channels between < and >."""

from __future__ import annotations

import html
import re

_MARKED = re.compile(r"<([^<>]*)>")
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>", re.ASCII)


def readable(text: str) -> str:
    """The text without markup: a link as its label, a mention as @name or @id."""
    return html.unescape(_MARKED.sub(_shown, text))


def mentioned(text: str) -> tuple[str, ...]:
    """Raw ids of the persons it mentions, each once, in the order of the text."""
    return tuple(dict.fromkeys(_PERSON.findall(text)))


def _shown(marked: re.Match[str]) -> str:
    target, _, label = marked[1].partition("|")
    if target[:1] not in ("@", "#", "!"):
        return label or target
    mark = "#" if target[0] == "#" else "@"  # !here, !channel and !everyone are addressed too
    return mark + (label or target[1:]).removeprefix("@")
