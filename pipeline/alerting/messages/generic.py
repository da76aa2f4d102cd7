"""The JSON of our own webhook: everything that is known, for programs."""

from __future__ import annotations

from dataclasses import asdict

from pipeline.alerting.messages.dialect import PLAIN
from pipeline.alerting.messages.document import Document
from pipeline.alerting.messages.message import Item, Message

VERSION = 1


def payload(document: Document, message: Message) -> dict[str, object]:
    """The message as text and as values.

    `id` is the same for each attempt to send it; `text` is what people get; one object per alert
    with its numbers, causes, actions and links, in which null is "not known".
    """
    return {
        "version": VERSION,
        "id": message.id,
        "group_key": message.group_key,
        "status": "test" if message.test else "firing" if message.firing else "resolved",
        "severity": message.severity,
        "title": document.title,
        "text": text(document),
        "hidden": message.hidden,
        "alerts": [_alert(item) for item in message.items],
    }


def text(document: Document) -> str:
    """The message without any markup."""
    return "\n\n".join([document.title, *map(PLAIN.lines, document.parts)])


def _alert(item: Item) -> dict[str, object]:
    known = asdict(item)
    known.pop("bout")
    known["fingerprint"] = item.bout[0]
    known["causes"] = [cause.model_dump() for cause in item.causes]
    known["affected"] = [group.model_dump() for group in item.affected]
    known["links"] = item.links.model_dump()
    return known
