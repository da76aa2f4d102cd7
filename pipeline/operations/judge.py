"""What a dead letter would become today: an event to send again, or why it is none.

Judged by the contract and limits of now, on the very bytes that would be sent, so that no replay
knowingly makes another dead letter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline.clock import SharedClock
from pipeline.operations.letters import Letter
from pipeline.operations.places import IMPORT
from pipeline.pseudonym import Pseudonyms
from pipeline.settings import Settings
from pipeline.sources.importing import Found
from pipeline.sources.jsonl import SOURCE as JSONL
from pipeline.sources.jsonl import jsonl_items
from pipeline.sources.sink import LineRejection
from schemas.cloudevents import merged
from schemas.decode import decode
from schemas.event import Event, parse, to_wire
from schemas.event_type import EventType
from schemas.explained import Explained
from schemas.rejection import Reason, Rejection

_JSONL_LINES = f"{IMPORT}{JSONL}:"

_NOT_THE_RECORD = (Reason.STORE_REFUSED, Reason.HEADER_MISMATCH, Reason.POISON)
"""What is kept of these letters is column values, or a value without the headers it belongs to."""

ReadRecord = Callable[[str, int, int], Any | None]
"""The record of a topic, partition and offset; None if the log has none."""


class Obstacle(Explained):
    """Why a letter cannot be sent again, whatever it says; each with what helps instead."""

    FILE_LINE = (
        "file_line",
        "A line of a file means nothing without its file: mend the file and import it again,"
        " what was imported already does not count twice.",
    )
    CUT_LINE = "cut_line", "Only its first 64 KiB were kept: import the file again."
    NO_EVENT = "no_event", "A blank line or a heartbeat: there is nothing to send again."
    OTHER_EPOCH = (
        "other_epoch",
        "Only part of it was kept, and its topics were recreated since: let its source send it"
        " again.",
    )
    GONE = (
        "gone",
        "Only part of it was kept, and Kafka has the record no more: let its source send it again.",
    )


@dataclass(frozen=True)
class Refused:
    """It is still no event; `reason` is today's."""

    reason: Reason
    detail: str


class Judge:
    """Judges letters one by one. `platform` is where raw persons of imported lines are known."""

    def __init__(
        self,
        settings: Settings,
        pseudonyms: Pseudonyms,
        clock: SharedClock,
        *,
        platform: str,
        read_record: ReadRecord,
    ) -> None:
        self._settings = settings
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._platform = platform
        self._read_record = read_record

    def judge(self, letter: Letter, payload: bytes) -> Event | Refused | Obstacle:
        """The event to send, or why there is none. Raises BrokerError if Kafka must be asked."""
        find = self._from_line if letter.place.of_import else self._from_record
        found = find(letter, payload)
        return found if isinstance(found, Refused | Obstacle) else self._within_limits(found)

    def _from_line(self, letter: Letter, payload: bytes) -> Event | Refused | Obstacle:
        if not letter.place.topic.startswith(_JSONL_LINES):
            return Obstacle.FILE_LINE
        if len(payload) < letter.payload_bytes:
            return Obstacle.CUT_LINE
        (item,) = jsonl_items(
            [payload],
            letter.place.topic.removeprefix(_JSONL_LINES),
            self._pseudonyms,
            platform=self._platform,
            keep_text=self._settings.keep_text,
        )
        match item:
            case Found(event):
                return event
            case LineRejection(reason=reason, detail=detail):
                return Refused(reason, detail)
            case _:
                return Obstacle.NO_EVENT

    def _from_record(self, letter: Letter, payload: bytes) -> Event | Refused | Obstacle:
        value: bytes | Rejection | None = payload
        if letter.reason == Reason.NULL_VALUE:
            value = None
        elif letter.reason in _NOT_THE_RECORD or len(payload) < letter.payload_bytes:
            place = letter.place
            if place.epoch != self._settings.epoch:
                return Obstacle.OTHER_EPOCH
            record = self._read_record(place.topic, place.partition, place.offset)
            if record is None or record.timestamp != letter.ingest_ms:
                return Obstacle.GONE
            value = merged(record.value, record.headers)
        if value is None:
            return Refused(Reason.NULL_VALUE, "no value")
        event = value if isinstance(value, Rejection) else parse(value)
        if isinstance(event, Rejection):
            return Refused(event.reason, event.detail)
        return Obstacle.NO_EVENT if event.event_type is EventType.HEARTBEAT else event

    def _within_limits(self, event: Event) -> Event | Refused:
        future_ms = self._settings.future_seconds * 1000
        limits = self._settings.limits(event.event_type, key_id=self._pseudonyms.key_id)
        verdict = decode(
            to_wire(event),
            topic_type=event.event_type,
            limits=limits,
            latest_ms=self._clock.now_ms() + future_ms,
        )
        if isinstance(verdict, Rejection):
            return Refused(verdict.reason, verdict.detail)
        return verdict
