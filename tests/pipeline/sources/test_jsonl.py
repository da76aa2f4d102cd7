import json

import pytest

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.importing import Item, Skipped, run_import
from pipeline.sources.jsonl import jsonl_items
from pipeline.sources.sink import LineRejection, ListSink
from schemas.chat import Chat
from schemas.event import Event
from schemas.rejection import Reason

CHAT = {
    "event_type": "chat",
    "event_id": "1",
    "event_time": 1_700_000_000_000,
    "source": "mine",
    "group_id": "g",
    "user_id": "ann",
    "message_id": "m1",
    "msg_type": "text",
}


def items_of(pseudonyms: Pseudonyms, *lines: bytes, keep_text: bool = False) -> list[Item]:
    return list(
        jsonl_items(lines, "events.jsonl", pseudonyms, platform="mine", keep_text=keep_text)
    )


def one_event(
    pseudonyms: Pseudonyms, event: dict[str, object], *, keep_text: bool = False
) -> Event:
    sink = ListSink()
    run_import(items_of(pseudonyms, json.dumps(event).encode(), keep_text=keep_text), sink)
    (only,) = sink.events
    return only


def test_raw_persons_become_pseudonyms(pseudonyms: Pseudonyms) -> None:
    event = one_event(pseudonyms, {**CHAT, "staff_id": "bob", "mentions": ["cat", "dan"]})
    assert isinstance(event, Chat)
    of = pseudonyms.of
    assert (event.user_id, event.staff_id) == (of("mine", "ann"), of("mine", "bob"))
    assert event.mentions == (of("mine", "cat"), of("mine", "dan"))
    assert event.key_id == pseudonyms.key_id


@pytest.mark.parametrize(
    ("event_type", "field", "extra"),
    [
        ("join", "inviter_id", {"join_method": "invite"}),
        ("leave", "operator_id", {"leave_kind": "kicked"}),
    ],
)
def test_so_do_those_who_invited_or_removed(
    pseudonyms: Pseudonyms, event_type: str, field: str, extra: dict[str, object]
) -> None:
    common = {name: CHAT[name] for name in CHAT if name not in ("message_id", "msg_type")}
    event = one_event(pseudonyms, {**common, **extra, "event_type": event_type, field: "op"})
    assert getattr(event, field) == pseudonyms.of("mine", "op")


def test_pseudonyms_of_our_key_pass_as_they_are(pseudonyms: Pseudonyms) -> None:
    event = one_event(pseudonyms, {**CHAT, "user_id": "p", "key_id": pseudonyms.key_id})
    assert event.user_id == "p"


def test_text_is_measured_and_dropped(pseudonyms: Pseudonyms) -> None:
    event = one_event(pseudonyms, {**CHAT, "text": "在吗?"})
    assert isinstance(event, Chat)
    assert (event.text, event.text_len, event.is_question) == (None, 3, True)


def test_text_is_kept_on_demand(pseudonyms: Pseudonyms) -> None:
    event = one_event(pseudonyms, {**CHAT, "text": "hi"}, keep_text=True)
    assert isinstance(event, Chat)
    assert event.text == "hi"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", Reason.NOT_JSON),
        (b"\xff", Reason.BAD_UTF8),
        (b"[]", Reason.NOT_AN_OBJECT),
        (b"{}", Reason.MISSING_FIELD),
        (b'{"event_type":"chat","event_type":"chat"}', Reason.DUPLICATE_KEY),
        (json.dumps({**CHAT, "event_type": "spam"}).encode(), Reason.UNKNOWN_EVENT_TYPE),
        (json.dumps({**CHAT, "text_len": -1}).encode(), Reason.WRONG_TYPE),
        (json.dumps({**CHAT, "nonsense": 1}).encode(), Reason.UNKNOWN_FIELD),
        (json.dumps({**CHAT, "user_id": "x" * 129}).encode(), Reason.ID_TOO_LONG),
        (json.dumps({**CHAT, "key_id": "other"}).encode(), Reason.FOREIGN_KEY),
    ],
)
def test_a_bad_line_is_told_and_the_next_one_read(
    pseudonyms: Pseudonyms, line: bytes, reason: Reason
) -> None:
    sink = ListSink()
    good = json.dumps(CHAT).encode()
    summary = run_import(items_of(pseudonyms, line + b"\n", good + b"\n"), sink)
    (rejection,) = sink.rejections
    assert (rejection.file, rejection.line, rejection.reason) == ("events.jsonl", 1, reason)
    assert rejection.payload == line
    assert summary.sent.total() == 1


def test_an_import_never_beats(pseudonyms: Pseudonyms) -> None:
    beat = {
        "event_type": "heartbeat",
        "event_id": "1",
        "event_time": 1,
        "source": "mine",
        "partition": 0,
    }
    assert items_of(pseudonyms, json.dumps(beat).encode()) == [Skipped("heartbeat")]


def test_a_blank_line_is_skipped(pseudonyms: Pseudonyms) -> None:
    assert items_of(pseudonyms, b"\n", b"  \n") == [Skipped("blank"), Skipped("blank")]


def test_a_reason_quotes_no_value(pseudonyms: Pseudonyms) -> None:
    (item,) = items_of(pseudonyms, json.dumps({**CHAT, "msg_type": "secret word"}).encode())
    assert isinstance(item, LineRejection)
    assert "secret" not in str(item)
