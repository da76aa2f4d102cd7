from __future__ import annotations

from typing import Any

import pytest

from pipeline.sources.slack_record import (
    Archived,
    BadRecord,
    Came,
    Noise,
    Reactions,
    Said,
    Went,
    read_record,
)
from schemas.chat import MessageType
from tests.pipeline.sources.slack_workspace import NOON_S, message, moved, ts

TEXT, IMAGE, FILE = MessageType.TEXT, MessageType.IMAGE, MessageType.FILE


def test_time_is_to_the_millisecond_and_the_rest_is_order() -> None:
    record = read_record(message(1, ts=f"{NOON_S}.760577"))
    assert (record.ms, record.seq) == (NOON_S * 1000 + 760, 577)
    assert record.ts == f"{NOON_S}.760577"


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (message(1), Said("UANN", "hello", TEXT)),
        (message(1, type="message", subtype=None), Said("UANN", "hello", TEXT)),
        (message(1, subtype="me_message"), Said("UANN", "hello", TEXT)),
        (message(1, thread_ts=ts(0)), Said("UANN", "hello", TEXT, answers=ts(0))),
        (message(1, thread_ts=ts(1)), Said("UANN", "hello", TEXT)),
        (
            message(1, subtype="thread_broadcast", thread_ts=ts(0)),
            Said("UANN", "hello", TEXT, answers=ts(0)),
        ),
        (message(1, edited={"user": "UANN", "ts": ts(9)}), Said("UANN", "hello", TEXT)),
        (message(1, "UROBO", bot_id="B1"), Said("UROBO", "hello", TEXT, app="B1")),
        (
            message(1, None, subtype="bot_message", username="ci"),
            Said("ci", "hello", TEXT, app="ci"),
        ),
        (message(1, None, bot_id="B1"), Said("B1", "hello", TEXT, app="B1")),
        (message(1, files=[{"mimetype": "image/gif"}]), Said("UANN", "hello", IMAGE)),
        (message(1, files=[{"mimetype": "text/plain"}, {}]), Said("UANN", "hello", FILE)),
        (message(1, files=[{"mimetype": None}]), Said("UANN", "hello", FILE)),
        (message(1, files=[]), Said("UANN", "hello", TEXT)),
    ],
)
def test_what_is_said(raw: dict[str, Any], what: Said) -> None:
    assert read_record(raw).what == what


def test_of_an_old_upload_only_the_remark_is_said() -> None:
    file = {"mimetype": "image/png", "user": "UBOB", "initial_comment": {"comment": "see"}}
    shared = message(1, None, subtype="file_share", text="<@UBOB> uploaded a file", file=file)
    assert read_record(shared).what == Said("UBOB", "see", IMAGE)
    bare = message(1, subtype="file_share", file={"mimetype": "video/mp4"})
    assert read_record(bare).what == Said("UANN", "", MessageType.VIDEO)


def test_a_comment_on_a_file_is_its_writers_text() -> None:
    remark = {"user": "UCAT", "comment": "nice"}
    file = {"mimetype": "image/png", "user": "UBOB"}
    raw = message(1, None, subtype="file_comment", comment=remark, file=file)
    assert read_record(raw).what == Said("UCAT", "nice", TEXT)


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (moved(1, "UANN", "channel_join"), Came("UANN")),
        (moved(1, "UANN", "group_join", inviter="UBOB"), Came("UANN", inviter="UBOB")),
        (moved(1, "UANN", "channel_leave"), Went("UANN")),
        (moved(1, "UANN", "group_leave", inviter="UBOB"), Went("UANN", operator="UBOB")),
        (moved(1, "UANN", "channel_archive", members=["UBOB"]), Archived(("UBOB",))),
        (moved(1, "UANN", "group_archive"), Archived(())),
    ],
)
def test_who_moves(raw: dict[str, Any], what: object) -> None:
    assert read_record(raw).what == what


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (moved(1, "UANN", "channel_topic"), "channel_topic"),
        (moved(1, "UANN", "tombstone"), "tombstone"),
        (moved(1, "UANN", "message_changed"), "message_changed"),
        (moved(1, "UANN", "no such thing!"), "unnamed_kind"),
        (message(1, hidden=True), "hidden"),
        ({"type": "user_typing"}, "user_typing"),
        ({"type": 7}, "unnamed_kind"),
    ],
)
def test_what_is_no_event_has_a_kind(raw: dict[str, Any], kind: str) -> None:
    assert read_record(raw).what == Noise(kind)


def test_reactions_name_persons_or_only_count_them() -> None:
    raw = message(
        1, reactions=[{"name": "+1", "users": ["UANN", "UANN"], "count": 4}, {"name": "x"}]
    )
    assert read_record(raw).reactions == (Reactions("+1", ("UANN",), 3), Reactions("x", (), 0))


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (7, "no object"),
        ({"type": "message"}, "ts is no time"),
        (message(1, ts=1433505600.0), "ts is no time"),
        (message(1, ts="1433505600"), "ts is no time"),
        (message(1, None), "user is missing"),
        (message(1, user=5), "user is no text"),
        (message(1, text=["x"]), "text is no text"),
        (message(1, subtype=1), "subtype is no text"),
        (message(1, files="x"), "files is no list of objects"),
        (message(1, reactions=[1]), "reactions is no list of objects"),
        (message(1, reactions=[{"name": "x", "users": [1]}]), "users is no list of ids"),
        (message(1, reactions=[{}]), "name is missing"),
        (moved(1, "", "channel_join"), "user is missing"),
        (moved(1, "UANN", "channel_archive", members="all"), "members is no list of ids"),
    ],
)
def test_a_bad_record_says_why_and_quotes_nothing(raw: object, told: str) -> None:
    with pytest.raises(BadRecord, match=told):
        read_record(raw)
