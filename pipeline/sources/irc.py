"""Importer of IRC channel logs in the dialect of DuraSpace's archive (PircBot's log bot).

The events of a log are a pure function of its files, the key and the options: importing twice,
from a folder or from an archive of it, derives the same ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.chat_text import measure_text
from pipeline.sources.envelope import Envelope
from pipeline.sources.identity import derive_event_id
from pipeline.sources.importing import Found, Item
from pipeline.sources.inputs import LogFile
from pipeline.sources.irc_channel import SOURCE, Deed, IrcOptions, follow
from pipeline.sources.irc_lines import Joined, Left, Said
from pipeline.sources.nicks import fold_nick
from schemas.chat import Chat, MessageType
from schemas.envelope import ActorRole
from schemas.event import Event
from schemas.event_type import EventType
from schemas.membership import Join, JoinMethod, Leave, LeaveKind

PACKAGED_LOGS = Path(__file__).parent / "data" / "duraspace_irc_2012w09_w26.tar.gz"
"""18 weeks of #duraspace, CC BY 4.0; the README beside it says what it is."""


def irc_items(
    logs: Iterable[LogFile], pseudonyms: Pseudonyms, options: IrcOptions
) -> Iterator[Item]:
    """Events, noise and unreadable lines of the logs, in order of file and line."""
    for item in follow(logs, options):
        yield Found(_event(item, pseudonyms, options)) if isinstance(item, Deed) else item


def _event(deed: Deed, pseudonyms: Pseudonyms, options: IrcOptions) -> Event:
    match deed.what:
        case Said(text=text):
            measures = measure_text(text, deed.nicks.present)
            mentioned = (name for name in measures.mentions if name != deed.person)
            return Chat(
                **_envelope(deed, EventType.CHAT, pseudonyms, options),
                message_id=f"{deed.file}:{deed.line}",
                msg_type=MessageType.TEXT,
                text_len=measures.length,
                is_question=measures.is_question,
                mentions=tuple(pseudonyms.of(SOURCE, name) for name in mentioned),
                text=text if options.keep_text else None,
            )
        case Joined():
            return Join(
                **_envelope(deed, EventType.JOIN, pseudonyms, options),
                join_method=JoinMethod.UNKNOWN,
            )
        case Left(operator=operator):
            return Leave(
                **_envelope(deed, EventType.LEAVE, pseudonyms, options),
                leave_kind=LeaveKind.KICKED if operator else LeaveKind.SELF,
                operator_id=pseudonyms.of(SOURCE, fold_nick(operator)) if operator else None,
            )


def _envelope(
    deed: Deed, event_type: EventType, pseudonyms: Pseudonyms, options: IrcOptions
) -> Envelope:
    return Envelope(
        event_time=options.shift.apply(deed.event_ms),
        event_id=derive_event_id(
            SOURCE,
            event_type,
            f"{options.group_id} {deed.file}",
            ordinal=deed.line,
            weeks=options.shift.weeks,
        ),
        group_id=options.group_id,
        user_id=pseudonyms.of(SOURCE, deed.person),
        actor_role=ActorRole.BOT if deed.bot else ActorRole.MEMBER,
        source=SOURCE,
        source_seq=deed.line,
        key_id=pseudonyms.key_id,
    )
