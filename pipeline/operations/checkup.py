"""One line of `pulse doctor`: what was looked at, how it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.errors import PulseError


class State(StrEnum):
    """How a part is."""

    OK = "OK"
    FAIL = "FAIL"
    ABSENT = "absent"
    """Not there, and nobody asked for it: no failure."""


@dataclass(frozen=True)
class Finding:
    """One part of the installation, as it was found."""

    part: str
    state: State
    told: str
    remedy: str = ""


def failed(part: str, error: PulseError) -> Finding:
    """The finding that an error of ours stands for."""
    place = f" ({error.where})" if error.where else ""
    return Finding(part, State.FAIL, f"{error.what}{place}", error.remedy)


def shown(url: str) -> str:
    """An address as it may be shown: without user and password."""
    scheme, separator, rest = url.partition("://")
    if not separator or "@" not in rest:
        return url
    return f"{scheme}://hidden@{rest.rpartition('@')[2]}"
