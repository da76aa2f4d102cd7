"""PURE: what one record of a Slack export tells, persons named by their raw ids.

An edited message stands in the export as it was edited last; a deleted one is gone, or a
`tombstone`, which is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from schemas.chat import MessageType

Object = Mapping[str, object]

CAME = frozenset({"channel_join", "group_join"})
WENT = frozenset({"channel_leave", "group_leave"})
ARCHIVED = frozenset({"channel_archive", "group_archive"})
SAID = frozenset(
    {
        "",
        "bot_message",
        "file_comment",
        "file_mention",
        "file_share",
        "me_message",
        "slackbot_response",
        "thread_broadcast",
    }
)
"""Subtypes that are somebody's message. Every subtype named nowhere here is passed over."""

_TS = re.compile(r"(\d{9,11})\.(\d{6})", re.ASCII)
_NAME = re.compile(r"[a-z0-9_]{1,60}", re.ASCII)
_MADE_OF = {
    "image": MessageType.IMAGE,
    "audio": MessageType.VOICE,
    "video": MessageType.VIDEO,
}


class BadRecord(ValueError):
    """A record makes no sense; its text says what is wrong and quotes nothing."""


@dataclass(frozen=True)
class Said:
    """A message, its text with Slack's markup; `app` posted it where it is not empty."""

    person: str
    text: str
    made_of: MessageType
    app: str = ""
    answers: str = ""


@dataclass(frozen=True)
class Came:
    """Somebody came to the channel, perhaps invited."""

    person: str
    inviter: str = ""


@dataclass(frozen=True)
class Went:
    """Somebody left the channel, or was removed by `operator`."""

    person: str
    operator: str = ""


@dataclass(frozen=True)
class Archived:
    """The channel was closed with these members in it."""

    members: tuple[str, ...]


@dataclass(frozen=True)
class Noise:
    """Slack's own notice, which is no event of ours."""

    kind: str


@dataclass(frozen=True)
class Reactions:
    """One emoji below a message. `unnamed`: how many more reacted than the export names."""

    emoji: str
    persons: tuple[str, ...]
    unnamed: int


@dataclass(frozen=True)
class Record:
    """What happened. `ts` names it within its channel, and tells when; `seq` orders one ms."""

    ts: str
    ms: int
    seq: int
    what: Said | Came | Went | Archived | Noise
    reactions: tuple[Reactions, ...] = ()


def read_record(raw: object) -> Record:
    """What the record says; BadRecord when it does not say who or when."""
    if not _is_object(raw):
        raise BadRecord("no object")
    if raw.get("type", "message") != "message":
        return Record("", 0, 0, Noise(_kind(raw.get("type"))))
    ts = raw.get("ts")
    told = _TS.fullmatch(ts) if isinstance(ts, str) else None
    if told is None:
        raise BadRecord("ts is no time as Slack writes it")
    ms, seq = divmod(int(told[1]) * 1_000_000 + int(told[2]), 1_000)
    return Record(told[0], ms, seq, _what(raw), tuple(map(_reactions, _objects(raw, "reactions"))))


def _what(raw: Object) -> Said | Came | Went | Archived | Noise:
    subtype = raw.get("subtype") or ""
    if not isinstance(subtype, str):
        raise BadRecord("subtype is no text")
    if raw.get("hidden") is True:
        return Noise("hidden")
    if subtype in CAME:
        return Came(_person(raw, "user"), _text(raw, "inviter"))
    if subtype in WENT:
        return Went(_person(raw, "user"), _text(raw, "inviter"))
    if subtype in ARCHIVED:
        return Archived(_persons(raw, "members"))
    return _said(raw, subtype) if subtype in SAID else Noise(_kind(subtype))


def _said(raw: Object, subtype: str) -> Said:
    app = _text(raw, "bot_id") or (_text(raw, "username") if subtype == "bot_message" else "")
    file = raw.get("file")
    comment = raw.get("comment")
    files = _objects(raw, "files")
    text = _text(raw, "text")
    author = _text(raw, "user")
    if _is_object(file):  # until 2018; its text is Slack's own sentence about the file
        files = [file]
        remark = comment if subtype == "file_comment" else file.get("initial_comment")
        text = _text(remark, "comment") if _is_object(remark) else ""
        about = comment if _is_object(comment) and subtype == "file_comment" else file
        author = author or _text(about, "user")
    person = author or app
    if not person:
        raise BadRecord("user is missing")
    thread = _text(raw, "thread_ts")
    return Said(
        person=person,
        text=text,
        made_of=MessageType.TEXT if subtype == "file_comment" else _made_of(files),
        app=app or ("slackbot" if subtype == "slackbot_response" else ""),
        answers=thread if thread != raw.get("ts") else "",
    )


def _made_of(files: list[Object]) -> MessageType:
    if not files:
        return MessageType.TEXT
    family = _text(files[0], "mimetype").partition("/")[0]
    return _MADE_OF.get(family, MessageType.FILE)


def _reactions(raw: Object) -> Reactions:
    persons = _persons(raw, "users")
    count = raw.get("count")
    total = count if isinstance(count, int) else len(persons)
    return Reactions(_person(raw, "name"), persons, max(0, total - len(persons)))


def _person(raw: Object, name: str) -> str:
    found = _text(raw, name)
    if not found:
        raise BadRecord(f"{name} is missing")
    return found


def _persons(raw: Object, name: str) -> tuple[str, ...]:
    found = raw.get(name) or []
    if not isinstance(found, list) or not all(isinstance(it, str) and it for it in found):
        raise BadRecord(f"{name} is no list of ids")
    return tuple(dict.fromkeys(found))


def _objects(raw: Object, name: str) -> list[Object]:
    found = raw.get(name) or []
    if not isinstance(found, list) or not all(map(_is_object, found)):
        raise BadRecord(f"{name} is no list of objects")
    return found


def _text(raw: Object, name: str) -> str:
    found = raw.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise BadRecord(f"{name} is no text")
    return found


def _is_object(raw: object) -> TypeGuard[Object]:
    return isinstance(raw, dict)


def _kind(name: object) -> str:
    """A name to count it by, whatever stands there."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "unnamed_kind"
