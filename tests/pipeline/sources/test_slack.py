"""The events of a small export, held to its records one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.importing import ImportSummary, run_import
from pipeline.sources.sink import ListSink
from pipeline.sources.slack import SlackImport, slack_items
from pipeline.sources.slack_export import open_export
from schemas.chat import Chat, MessageType
from schemas.content import Reaction, ReactionAction, TargetKind
from schemas.envelope import ActorRole
from schemas.event import Event, parse, to_wire
from schemas.membership import Join, JoinMethod, Leave, LeaveKind
from tests.pipeline.sources.slack_workspace import (
    FILES,
    NOON_S,
    archive,
    folder,
    message,
    moved,
    ts,
)


def imported(
    path: Path, pseudonyms: Pseudonyms, *, keep_text: bool = False
) -> tuple[ListSink, ImportSummary]:
    sink = ListSink()
    with open_export(path) as export:
        reading = SlackImport(export, pseudonyms, keep_text=keep_text)
        return sink, run_import(slack_items(reading, export.days), sink)


def events_of(tmp_path: Path, pseudonyms: Pseudonyms, *records: dict[str, Any]) -> list[Event]:
    files = {**FILES, "general/2015-06-05.json": list(records), "old/2015-06-05.json": []}
    return imported(folder(tmp_path, files), pseudonyms)[0].events


@pytest.fixture
def workspace(tmp_path: Path, pseudonyms: Pseudonyms) -> list[Event]:
    return imported(folder(tmp_path), pseudonyms)[0].events


def test_every_record_and_reaction_has_one_outcome(tmp_path: Path, pseudonyms: Pseudonyms) -> None:
    summary = imported(folder(tmp_path), pseudonyms)[1]
    assert summary.as_json() == {
        "read": 13 + 4 + 1,
        "sent": {"chat": 5, "join": 5, "leave": 3, "reaction": 3},
        "skipped": {"channel_topic": 1, "file_of_no_channel": 1, "reaction_without_person": 1},
        "rejected": {},
    }


def test_the_zip_and_a_second_import_derive_the_same_events(
    workspace: list[Event], tmp_path: Path, pseudonyms: Pseudonyms
) -> None:
    packed = archive(tmp_path / "export.zip", below="x/")
    assert imported(packed, pseudonyms)[0].events == workspace
    assert len({event.event_id for event in workspace}) == len(workspace)


def test_no_raw_id_leaves_the_edge(workspace: list[Event]) -> None:
    wire = b"".join(map(to_wire, workspace))
    assert not any(raw in wire for raw in (b"UANN", b"UBOB", b"UCAT", b'"B1"'))
    assert [parse(to_wire(event)) for event in workspace] == workspace


def test_a_message_is_measured_and_dropped(workspace: list[Event], pseudonyms: Pseudonyms) -> None:
    chat = workspace[3]
    assert isinstance(chat, Chat)
    assert (chat.group_id, chat.message_id, chat.event_time) == ("C1", ts(3), (NOON_S + 3) * 1000)
    assert (chat.text, chat.text_len) == (None, len("who is in? @bob & @UANN"))
    assert chat.is_question
    assert chat.mentions == (pseudonyms.of("slack", "UBOB"),)  # whoever names himself is none


def test_text_is_kept_on_demand(tmp_path: Path, pseudonyms: Pseudonyms) -> None:
    chat = imported(folder(tmp_path), pseudonyms, keep_text=True)[0].events[3]
    assert isinstance(chat, Chat)
    assert chat.text == "who is in? @bob & @UANN"


def test_replies_files_and_bots(workspace: list[Event]) -> None:
    reply, picture, bot = (event for event in workspace[4:7] if isinstance(event, Chat))
    assert reply.reply_to_message_id == ts(3)
    assert (picture.msg_type, picture.reply_to_message_id) == (MessageType.IMAGE, None)
    assert (bot.actor_role, reply.actor_role) == (ActorRole.BOT, ActorRole.MEMBER)


@pytest.mark.parametrize(
    ("record", "role"),
    [
        (message(1, "UROBO"), ActorRole.BOT),
        (message(1, "USLACKBOT"), ActorRole.BOT),
        (message(1, "UGONE", bot_id="B1"), ActorRole.BOT),
        (message(1, "UANN", bot_id="B1"), ActorRole.MEMBER),
        (message(1, "UGONE"), ActorRole.MEMBER),
        (moved(1, "UROBO", "channel_join"), ActorRole.BOT),
    ],
)
def test_a_person_that_posts_by_an_app_stays_one(
    record: dict[str, Any], role: ActorRole, tmp_path: Path, pseudonyms: Pseudonyms
) -> None:
    (event,) = events_of(tmp_path, pseudonyms, record)
    assert event.actor_role is role


def test_joins_tell_who_invited(workspace: list[Event], pseudonyms: Pseudonyms) -> None:
    alone, invited = (event for event in workspace[:2] if isinstance(event, Join))
    assert (alone.join_method, alone.inviter_id) == (JoinMethod.UNKNOWN, None)
    assert invited.join_method is JoinMethod.INVITE
    assert invited.inviter_id == pseudonyms.of("slack", "UANN")
    assert invited.inviter_role is ActorRole.MEMBER


def test_leaves_tell_their_kind(tmp_path: Path, pseudonyms: Pseudonyms) -> None:
    gone, thrown, *closed = events_of(
        tmp_path,
        pseudonyms,
        moved(1, "UANN", "channel_leave"),
        moved(2, "UANN", "group_leave", inviter="UBOB"),
        moved(3, "UANN", "channel_archive", members=["UANN", "UBOB"]),
    )
    assert isinstance(gone, Leave) and isinstance(thrown, Leave)
    assert (gone.leave_kind, gone.operator_id) == (LeaveKind.SELF, None)
    assert thrown.leave_kind is LeaveKind.KICKED
    assert thrown.operator_id == pseudonyms.of("slack", "UBOB")
    assert [event.user_id for event in closed] == [
        pseudonyms.of("slack", person) for person in ("UANN", "UBOB")
    ]
    assert {event.leave_kind for event in closed if isinstance(event, Leave)} == {
        LeaveKind.DISSOLVED
    }


def test_a_reaction_is_dated_by_its_message(workspace: list[Event], pseudonyms: Pseudonyms) -> None:
    reactions = [event for event in workspace if isinstance(event, Reaction)]
    assert [event.user_id for event in reactions] == [
        pseudonyms.of("slack", person) for person in ("UANN", "UBOB", "UANN")
    ]
    assert {(it.event_time, it.target_id, it.action, it.target_kind) for it in reactions} == {
        ((NOON_S + 7) * 1000, ts(7), ReactionAction.LIKE, TargetKind.MESSAGE)
    }


def test_bad_records_and_files_are_told_and_the_rest_is_read(
    tmp_path: Path, pseudonyms: Pseudonyms
) -> None:
    files = {
        **FILES,
        "general/2015-06-05.json": [message(1), {"type": "message"}, message(2, "u" * 129)],
        "general/2015-06-06.json": b'[{"type": "mess',
        "old/2015-06-05.json": [message(3)],
    }
    sink, summary = imported(folder(tmp_path, files), pseudonyms)
    assert [type(event) for event in sink.events] == [Chat, Chat, Chat]
    assert [str(line).partition(":")[::2] for line in sink.rejections] == [
        ("general/2015-06-05.json", "2 bad_line ts is no time as Slack writes it"),
        (
            "general/2015-06-06.json",
            "0 bad_line the file is no list in JSON: Unterminated string starting at:"
            " line 1 column 11 (char 10)",
        ),
    ]
    assert sink.rejections[0].origin == "slack:general/2015-06-05.json"
    assert sink.rejections[0].payload == b'{"type": "message"}'
    assert sink.rejections[1].payload == b'[{"type": "mess'
    assert summary.read == len(sink.events) + len(sink.rejections) + 1


def test_a_record_that_is_half_bad_is_none(tmp_path: Path, pseudonyms: Pseudonyms) -> None:
    files = {**FILES, "general/2015-06-05.json": [message(1, reactions=[{"users": ["UANN"]}])]}
    sink, _ = imported(folder(tmp_path, files), pseudonyms)
    assert [str(line) for line in sink.rejections] == [
        "general/2015-06-05.json:1 bad_line name is missing"
    ]
    assert not any(event.group_id == "C1" for event in sink.events)
