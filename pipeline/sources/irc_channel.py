"""Following one IRC channel through its logs: who did what and when, in the order of the lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from pipeline.errors import UsageError
from pipeline.sources.importing import Skipped
from pipeline.sources.inputs import LogFile
from pipeline.sources.irc_lines import Joined, Left, Line, Noise, Renamed, Said, parse_line
from pipeline.sources.irc_time import DayClock
from pipeline.sources.nicks import Nicks, fold_nick
from pipeline.sources.shift import NO_SHIFT, Shift
from pipeline.sources.sink import LineRejection
from schemas.rejection import Reason

SOURCE = "irc"


@dataclass(frozen=True)
class IrcOptions:
    """How to read the logs of one channel."""

    group_id: str = "#duraspace"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/London"))
    bots: frozenset[str] = frozenset({"DuraLogBot", "kompewter", "ChanServ"})
    shift: Shift = NO_SHIFT
    keep_text: bool = False


@dataclass(frozen=True)
class Deed:
    """What a person did in the channel; persons are named as `Nicks` tells them apart, raw.

    `present` answers who was there under a nick at that moment, for the mentions of a text; it
    holds until the next deed is asked for.
    """

    file: str
    line: int
    event_ms: int
    person: str
    bot: bool
    what: Said | Joined | Left
    nicks: Nicks


def follow(
    logs: Iterable[LogFile], options: IrcOptions
) -> Iterator[Deed | Skipped | LineRejection]:
    """The deeds, the noise and the unreadable lines; exactly one of them for each line."""
    nicks, bots = Nicks(), {fold_nick(bot) for bot in options.bots}
    for log in logs:
        clock = DayClock(log_date(log), options.zone)
        for number, raw in enumerate(log.lines, start=1):
            line = _parse(raw)
            if not raw.strip():
                yield Skipped("blank")
            elif isinstance(line, str):
                yield LineRejection(SOURCE, log.name, number, Reason.BAD_LINE, line, raw)
            else:
                event_ms = clock.at(line.minute)
                who = _person(line, nicks)
                if isinstance(line.what, Noise):
                    yield Skipped(line.what.kind)
                elif isinstance(line.what, Renamed):
                    yield Skipped("rename")
                else:
                    yield Deed(log.name, number, event_ms, who, who in bots, line.what, nicks)


def people(logs: Iterable[LogFile], options: IrcOptions) -> list[str]:
    """Everybody who joined, spoke or left, bots aside, sorted."""
    deeds = (item for item in follow(logs, options) if isinstance(item, Deed))
    return sorted({deed.person for deed in deeds if not deed.bot})


def log_date(log: LogFile) -> date:
    """The day a log file is named after; UsageError if the calendar has no such day."""
    try:
        return date.fromisoformat(log.name[:10])
    except ValueError as error:
        raise UsageError("A log is named after a day that is none", where=log.name) from error


def last_ms(logs: Iterable[LogFile]) -> int:
    """Where the logs' history ends: noon (UTC) of their last day, in epoch ms."""
    noon = datetime.combine(max(log_date(log) for log in logs), time(12), UTC)
    return int(noon.timestamp()) * 1000


def _parse(raw: bytes) -> Line | str:
    """The line, or what is wrong with it."""
    try:
        line = parse_line(raw.decode())
    except UnicodeDecodeError as error:
        return f"no UTF-8 at byte {error.start}"
    return line or "no form of the log bot's lines"


def _person(line: Line, nicks: Nicks) -> str:
    match line.what:
        case Said(nick):
            return nicks.person(nick)
        case Joined(nick):
            return nicks.join(nick)
        case Left(nick):
            return nicks.leave(nick)
        case Renamed(old, new):
            return nicks.rename(old, new)
        case Noise():
            return ""
