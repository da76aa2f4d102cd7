"""Text of others made fit for a message: one line, no tricks with direction, not too long."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, urlsplit

NAME_LIMIT = 60
TEXT_LIMIT = 400

_URL_SAFE = ":/?#@!$&*+,;=%~-._"


def plain(text: str, limit: int = TEXT_LIMIT) -> str:
    """`text` on one line of at most `limit` characters, without invisible characters.

    An address in it is no address any more: many readers make links of whatever looks like one.
    """
    kept = "".join(
        " " if char.isspace() or unicodedata.category(char) == "Cc" else char
        for char in text
        if unicodedata.category(char) not in ("Cf", "Cs", "Co", "Cn")
    )
    flat = " ".join(kept.split()).replace("://", "：//")
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"


def name(text: str) -> str:
    """The name of a group, a channel, a member's part: `plain`, and short."""
    return plain(text, NAME_LIMIT)


def web(url: str) -> str:
    """The address with every character quoted that could end a link; "" if it is not of the web."""
    try:
        split = urlsplit(url)
    except ValueError:
        return ""
    if split.scheme not in ("http", "https") or not split.netloc:
        return ""
    return quote(url, safe=_URL_SAFE)
