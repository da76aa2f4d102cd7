"""What is measured of a chat text before it is dropped: length, question or not, mentions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_QUESTION = re.compile(r"[??][\"'”’)\]]*(?:\s|$)")
_NICK = re.compile(r"[A-Za-z_\[\]\\`^{}|][\w\-\[\]\\`^{}|]*", re.ASCII)


@dataclass(frozen=True)
class TextMeasures:
    """`length` in code points; `mentions` are persons, each once, in the order of the text."""

    length: int
    is_question: bool
    mentions: tuple[str, ...]


def measure_text(text: str, who: Callable[[str], str | None]) -> TextMeasures:
    """Measure a text; `who` tells which person present answers to a nick, if any.

    A question mark inside a link or a word asks nothing: it must end a word.
    """
    named = (who(word) for word in _NICK.findall(text))
    return TextMeasures(
        length=len(text),
        is_question=_QUESTION.search(text) is not None,
        mentions=tuple(dict.fromkeys(person for person in named if person)),
    )
