"""Importer of a Slack workspace export: messages, joins, leaves and reactions of its channels.

The events are a pure function of the export, the key and the options: importing twice, from the
zip or from its folder, derives the same ids. A group is a channel, by its id, which a rename
leaves alone. A reaction is dated by its message: the export does not tell when it was made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pydantic import ValidationError

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.chat_text import measure_text
from pipeline.sources.envelope import Envelope
from pipeline.sources.identity import derive_event_id
from pipeline.sources.importing import Found, Item, Skipped
from pipeline.sources.sink import LineRejection
from pipeline.sources.slack_export import Channel, Day, Export, records_of
from pipeline.sources.slack_record import (
    Archived,
    BadRecord,
    Came,
    Noise,
    Reactions,
    Record,
    Said,
    Went,
    read_record,
)
from pipeline.sources.slack_roster import Rosters
from pipeline.sources.slack_text import mentioned, readable
from schemas.chat import Chat
from schemas.content import Reaction, ReactionAction, TargetKind
from schemas.envelope import ActorRole
from schemas.event_type import EventType
from schemas.membership import Join, JoinMethod, Leave, LeaveKind
from schemas.rejection import Reason

SOURCE = "slack"
WHOLE_FILE = 0
"""Number of the record in the dead letter of a file that cannot be read at all."""


@dataclass
class SlackImport:
    """One import. `rosters` replays joins and leaves as they pass, to be compared afterwards."""

    export: Export
    pseudonyms: Pseudonyms
    keep_text: bool = False
    rosters: Rosters = field(default_factory=Rosters)

    def items(self, day: Day) -> Iterator[Item]:
        """Everything in one day's file; a record and each reaction below it count as one line."""
        file = self.export.pack.read(day.name)
        try:
            records = records_of(file)
        except ValueError as error:
            yield _rejected(day, WHOLE_FILE, f"the file is no list in JSON: {error}", file)
            return
        for number, raw in enumerate(records, start=1):
            try:
                yield from self._of(day, raw)
            except (BadRecord, ValidationError) as error:
                yield _rejected(day, number, _told(error), _line(raw))

    def _of(self, day: Day, raw: object) -> list[Item]:
        """All of one record or, when it raises, nothing."""
        record = read_record(raw)
        items: list[Item] = []
        match record.what:
            case Noise(kind):
                items.append(Skipped(kind))
            case Archived(()):
                items.append(Skipped("archived_without_members"))
            case Archived(members):
                for place, person in enumerate(members):
                    gone = self._left(day.channel, record, person, LeaveKind.DISSOLVED, place=place)
                    items.append(Found(gone, lines=int(place == 0)))
            case Said() as said:
                items.append(Found(self._chat(day.channel, record, said)))
            case Came(person, inviter):
                items.append(Found(self._join(day.channel, record, person, inviter)))
            case Went(person, operator):
                kind = LeaveKind.KICKED if operator else LeaveKind.SELF
                gone = self._left(day.channel, record, person, kind, operator=operator)
                items.append(Found(gone))
        for reactions in record.reactions:
            items.extend(self._reactions(day.channel, record, reactions))
        self.rosters.follow(day.channel.id, record)
        return items

    def _chat(self, channel: Channel, record: Record, said: Said) -> Chat:
        text = readable(said.text)
        measures = measure_text(text, lambda _: None)
        others = (person for person in mentioned(said.text) if person != said.person)
        return Chat(
            **self._envelope(EventType.CHAT, channel, record, said.person, app=said.app),
            message_id=record.ts,
            msg_type=said.made_of,
            text_len=measures.length,
            is_question=measures.is_question,
            reply_to_message_id=said.answers or None,
            mentions=tuple(map(self._pseudonym, others)),
            text=text if self.keep_text else None,
        )

    def _join(self, channel: Channel, record: Record, person: str, inviter: str) -> Join:
        return Join(
            **self._envelope(EventType.JOIN, channel, record, person),
            join_method=JoinMethod.INVITE if inviter else JoinMethod.UNKNOWN,
            inviter_id=self._pseudonym(inviter) if inviter else None,
            inviter_role=self._role(inviter) if inviter else None,
        )

    def _left(
        self,
        channel: Channel,
        record: Record,
        person: str,
        kind: LeaveKind,
        *,
        operator: str = "",
        place: int = 0,
    ) -> Leave:
        return Leave(
            **self._envelope(EventType.LEAVE, channel, record, person, place=place),
            leave_kind=kind,
            operator_id=self._pseudonym(operator) if operator else None,
        )

    def _reactions(self, channel: Channel, record: Record, reactions: Reactions) -> Iterator[Item]:
        for person in reactions.persons:
            key = f" {reactions.emoji} {self._pseudonym(person)}"
            yield Found(
                Reaction(
                    **self._envelope(EventType.REACTION, channel, record, person, key=key),
                    action=ReactionAction.LIKE,
                    target_kind=TargetKind.MESSAGE,
                    target_id=record.ts,
                )
            )
        if reactions.unnamed:
            yield Skipped("reaction_without_person", lines=reactions.unnamed)

    def _envelope(
        self,
        event_type: EventType,
        channel: Channel,
        record: Record,
        person: str,
        *,
        app: str = "",
        key: str = "",
        place: int = 0,
    ) -> Envelope:
        return Envelope(
            event_time=record.ms,
            event_id=derive_event_id(
                SOURCE, event_type, f"{channel.id} {record.ts}{key}", ordinal=place
            ),
            group_id=channel.id,
            user_id=self._pseudonym(person),
            actor_role=self._role(person, app),
            source=SOURCE,
            source_seq=record.seq,
            key_id=self.pseudonyms.key_id,
        )

    def _role(self, person: str, app: str = "") -> ActorRole:
        """A bot's what an app posted, unless the users know its author as a person."""
        posted = bool(app) and person not in self.export.people
        return ActorRole.BOT if posted or person in self.export.bots else ActorRole.MEMBER

    def _pseudonym(self, person: str) -> str:
        return self.pseudonyms.of(SOURCE, person)


def slack_items(found: SlackImport, days: Iterable[Day]) -> Iterator[Item]:
    """All items of these days of an export, and the files that belong to no channel."""
    for day in days:
        yield from found.items(day)
    for _ in found.export.strays:
        yield Skipped("file_of_no_channel")


def _rejected(day: Day, number: int, detail: str, line: bytes) -> LineRejection:
    return LineRejection(SOURCE, day.name, number, Reason.BAD_LINE, detail, line)


def _told(error: BadRecord | ValidationError) -> str:
    if isinstance(error, BadRecord):
        return str(error)
    fields = ", ".join(str(fault["loc"][0]) for fault in error.errors() if fault["loc"])
    return f"{fields or 'a field'} has a value that it cannot have"


def _line(raw: object) -> bytes:
    return json.dumps(raw, ensure_ascii=False).encode("utf-8", "backslashreplace")
