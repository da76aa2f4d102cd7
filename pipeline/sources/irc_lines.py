"""The lines that PircBot's log bot writes, as DuraSpace's archive holds them.

One event a line, `[H:MM]` before it; the forms are those of PircBot's `LogBot` example. Upstream
wraps them in HTML, extracts strip it: both are read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """A message, or an action (`/me`)."""

    nick: str
    text: str
    action: bool = False


@dataclass(frozen=True)
class Joined:
    """A nick entered the channel."""

    nick: str


@dataclass(frozen=True)
class Left:
    """A nick left the channel or the network, or was kicked by `operator`."""

    nick: str
    operator: str = ""


@dataclass(frozen=True)
class Renamed:
    """One person changed nick."""

    old: str
    new: str


@dataclass(frozen=True)
class Noise:
    """A line that is no event of the channel: the server, modes, topics, the bot's own affairs."""

    kind: str


Happening = Said | Joined | Left | Renamed | Noise


@dataclass(frozen=True)
class Line:
    """What happened, and when: minutes after midnight by the clock on the wall of the channel."""

    minute: int
    what: Happening


def _noise(kind: str) -> Callable[[re.Match[str]], Happening]:
    return lambda _: Noise(kind)


_MARKUP = re.compile(r"</?span[^>]*>|<br ?/?>")
_TIMED = re.compile(r"\[(\d{1,2}):(\d\d)\] (.*)", re.DOTALL)

# In this order: an action looks like every `* …` line before it.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Happening]], ...] = (
    (re.compile(r"<([^> ]+)> ?(.*)", re.DOTALL), lambda m: Said(m[1], m[2])),
    (re.compile(r"\* (\S+) \(\S+\) has joined #\S+"), lambda m: Joined(m[1])),
    (re.compile(r"\* (\S+) \(\S+\) has left #\S+"), lambda m: Left(m[1])),
    (re.compile(r"\* (\S+) \(\S+\) Quit \(.*\)"), lambda m: Left(m[1])),
    (re.compile(r"\* (\S+) was kicked from #\S+ by (\S+)"), lambda m: Left(m[1], operator=m[2])),
    (re.compile(r"\* (\S+) is now known as (\S+)"), lambda m: Renamed(m[1], m[2])),
    (re.compile(r"-\S+- .*"), _noise("server")),
    (re.compile(r"\* Topic is .*|\* Set by .*|\* \S+ changes topic to .*"), _noise("topic")),
    (re.compile(r"\* \S+ sets mode .*"), _noise("mode")),
    (re.compile(r"\* Disconnected\."), _noise("disconnected")),
    (re.compile(r"\[\S+ (VERSION|TIME|PING|FINGER)\]"), _noise("client_request")),
    (re.compile(r"<- \*\S+\* .*"), _noise("private")),
    (re.compile(r"\* (\S+) (.*)", re.DOTALL), lambda m: Said(m[1], m[2], action=True)),
)


def parse_line(raw: str) -> Line | None:
    """What the line says; None when no form fits (another client's log, a note by hand)."""
    timed = _TIMED.fullmatch(_plain(raw))
    if timed is None or int(timed[1]) > 23 or int(timed[2]) > 59:
        return None
    minute = 60 * int(timed[1]) + int(timed[2])
    for form, read in _FORMS:
        if found := form.fullmatch(timed[3]):
            return Line(minute, read(found))
    return None


def _plain(raw: str) -> str:
    if not raw.startswith('<span class="irc-'):
        return raw
    return html.unescape(_MARKUP.sub("", raw))
