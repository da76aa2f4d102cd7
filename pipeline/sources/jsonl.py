"""Importer of our own events, one JSON object a line, as any program can write them.

A person without `key_id` is named raw and gets a pseudonym here; with our own key id the event
passes as it is. Chat text is measured and dropped like everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.chat_text import measure_text
from pipeline.sources.importing import Found, Item, Skipped
from pipeline.sources.sink import LineRejection
from schemas.chat import Chat
from schemas.event import PERSON_FIELDS, Event, parse
from schemas.heartbeat import Heartbeat
from schemas.rejection import Reason, Rejection

SOURCE = "jsonl"


def jsonl_items(
    lines: Iterable[bytes], file: str, pseudonyms: Pseudonyms, *, platform: str, keep_text: bool
) -> Iterator[Item]:
    """An event, a skipped or a rejected line for each line; persons are those of `platform`."""
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip(b"\r\n")
        event = parse(line)
        if not line.strip():
            yield Skipped("blank")
        elif isinstance(event, Rejection):
            yield LineRejection(SOURCE, file, number, event.reason, event.detail, line)
        elif isinstance(event, Heartbeat):
            yield Skipped("heartbeat")  # an import is no live source
        elif event.key_id and event.key_id != pseudonyms.key_id:
            detail = "key_id is not this installation's key"
            yield LineRejection(SOURCE, file, number, Reason.FOREIGN_KEY, detail, line)
        else:
            known = event if keep_text else _without_text(event)
            yield Found(_pseudonymised(known, pseudonyms, platform))


def _without_text(event: Event) -> Event:
    """The event with its text measured and gone; measures that the source gave stand."""
    if not isinstance(event, Chat) or event.text is None:
        return event
    measures = measure_text(event.text, lambda _: None)
    return event.model_copy(
        update={
            "text": None,
            "text_len": event.text_len or measures.length,
            "is_question": event.is_question or measures.is_question,
        }
    )


def _pseudonymised(event: Event, pseudonyms: Pseudonyms, platform: str) -> Event:
    if event.key_id:
        return event
    persons: dict[str, object] = {}
    for name in PERSON_FIELDS[event.event_type]:
        said = getattr(event, name)
        if isinstance(said, str):
            persons[name] = pseudonyms.of(platform, said)
        elif said:
            persons[name] = tuple(pseudonyms.of(platform, person) for person in said)
    return event.model_copy(update=persons | {"key_id": pseudonyms.key_id})
