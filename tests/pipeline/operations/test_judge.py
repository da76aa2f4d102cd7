"""What each letter would become today; the log is a table here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.clock import Segment, SharedClock, write_clock
from pipeline.operations.judge import Judge, Obstacle, Refused
from pipeline.operations.letters import Letter
from pipeline.pseudonym import Pseudonyms
from pipeline.settings import Settings
from schemas.event import Event, to_wire
from schemas.event_type import EventType
from schemas.rejection import Reason
from sinks.dead_letter import DeadLetter
from tests.pipeline.operations.dead_letters import AT, letter, line_letter, place_of
from tests.schemas.events import NOON, example

KEY = "a key that only tests know"
PSEUDONYMS = Pseudonyms(KEY.encode())
NOW = NOON + 3_600_000
DAY = 86_400_000
CHAT = example(EventType.CHAT, key_id=PSEUDONYMS.key_id)
ORDER = example(EventType.ORDER, key_id=PSEUDONYMS.key_id)


@pytest.fixture
def clock(tmp_path: Path) -> SharedClock:
    write_clock(tmp_path / "clock.json", [Segment(0, NOW, 0.0)])
    return SharedClock(tmp_path / "clock.json")


def judged(
    clock: SharedClock,
    one: DeadLetter,
    raw: bytes | None,
    *,
    log: Mapping[int, bytes | None] | None = None,
    headers: Sequence[tuple[str, bytes]] = (),
    **settings: Any,
) -> Event | Refused | Obstacle:
    def read_record(topic: str, partition: int, offset: int) -> Any:
        assert (topic, partition) == (one.topic, one.partition)
        if log is None or offset not in log:
            return None
        return SimpleNamespace(value=log[offset], timestamp=AT + offset * 1000, headers=headers)

    given = {"pseudonym_key": KEY, "currency": "EUR", **settings}
    judge = Judge(Settings(**given), PSEUDONYMS, clock, platform="forum", read_record=read_record)
    told = Letter(
        place_of(one), one.reason, "", one.event_type, one.source, one.payload_bytes, one.ingest_ms
    )
    return judge.judge(told, (raw or b"")[: 64 * 1024])


@pytest.mark.parametrize("reason", [Reason.WRONG_TOPIC, Reason.MISROUTED, Reason.FUTURE_TIME])
def test_a_good_event_is_sent_whatever_it_was_refused_for(
    clock: SharedClock, reason: Reason
) -> None:
    raw = to_wire(CHAT)
    assert judged(clock, letter(0, reason, raw), raw) == CHAT


@pytest.mark.parametrize(
    ("change", "settings", "reason"),
    [
        ({"key_id": "ffffffff"}, {}, Reason.FOREIGN_KEY),
        ({"key_id": ""}, {}, Reason.NOT_PSEUDONYMISED),
        ({"event_time": NOW + 301_000}, {}, Reason.FUTURE_TIME),
        ({"event_time": 1}, {}, Reason.BEFORE_2000),
        ({"event_time": NOW - 9 * DAY}, {"retention_days": 8}, Reason.BEYOND_RETENTION),
    ],
)
def test_what_todays_limits_refuse_stays(
    clock: SharedClock, change: dict[str, Any], settings: dict[str, Any], reason: Reason
) -> None:
    raw = to_wire(CHAT.model_copy(update=change))
    outcome = judged(clock, letter(0, Reason.MISROUTED, raw), raw, **settings)
    assert isinstance(outcome, Refused)
    assert outcome.reason is reason


def test_the_same_event_passes_once_its_limit_has_moved(clock: SharedClock) -> None:
    future = CHAT.model_copy(update={"event_time": NOW + 299_000})
    old = CHAT.model_copy(update={"event_time": NOW - 9 * DAY})
    for event, settings in ((future, {}), (old, {"retention_days": 9}), (ORDER, {})):
        raw = to_wire(event)
        assert judged(clock, letter(0, Reason.FUTURE_TIME, raw), raw, **settings) == event
    raw = to_wire(ORDER)
    foreign = judged(clock, letter(0, Reason.FOREIGN_CURRENCY, raw), raw, currency="GBP")
    assert isinstance(foreign, Refused)
    assert foreign.reason is Reason.FOREIGN_CURRENCY


@pytest.mark.parametrize(
    ("reason", "raw"),
    [
        (Reason.NOT_JSON, b"{nope"),
        (Reason.NOT_JSON, b""),
        (Reason.NULL_VALUE, None),
        (Reason.BAD_UTF8, b'{"\xff":1}'),
        (Reason.NOT_AN_OBJECT, b"[1]"),
    ],
)
def test_what_is_no_event_never_becomes_one(
    clock: SharedClock, reason: Reason, raw: bytes | None
) -> None:
    outcome = judged(clock, letter(0, reason, raw), raw)
    assert isinstance(outcome, Refused)
    assert outcome.reason is reason


def test_what_would_be_too_large_as_it_is_sent_is_refused(clock: SharedClock) -> None:
    """Canonical money has cents: the record grows from below the limit to above it."""
    items = [{"product_id": "p", "qty": 1, "unit_price": 1} for _ in range(12_400)]
    told = json.loads(to_wire(ORDER)) | {"items": items}
    raw = json.dumps(told, separators=(",", ":")).encode()
    assert len(raw) < 512 * 1024
    outcome = judged(clock, letter(0, Reason.MISROUTED, raw), raw, log={0: raw})
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.TOO_LARGE


def test_a_heartbeat_is_over(clock: SharedClock) -> None:
    raw = to_wire(example(EventType.HEARTBEAT))
    assert judged(clock, letter(0, Reason.WRONG_TOPIC, raw), raw) is Obstacle.NO_EVENT


def test_a_cut_record_is_read_again_from_the_log(clock: SharedClock) -> None:
    event = CHAT.model_copy(update={"mentions": tuple(f"{n:032}" for n in range(2_500))})
    raw = to_wire(event)
    cut = letter(7, Reason.MISROUTED, raw)
    assert cut.payload_bytes > 64 * 1024
    assert judged(clock, cut, raw, log={7: raw}) == event
    assert judged(clock, cut, raw, log={}) is Obstacle.GONE


def test_a_record_that_the_store_refused_is_read_again_too(clock: SharedClock) -> None:
    columns = b'[{"event_id":"e1"}]'
    refused = letter(7, Reason.STORE_REFUSED, columns)
    assert judged(clock, refused, columns, log={7: to_wire(CHAT)}) == CHAT
    assert judged(clock, refused, columns, log={}) is Obstacle.GONE


@pytest.mark.parametrize("why", [Reason.HEADER_MISMATCH, Reason.POISON])
def test_a_record_that_is_read_again_is_read_with_its_headers(
    clock: SharedClock, why: Reason
) -> None:
    """A value alone could say what its headers deny."""
    raw = to_wire(CHAT)
    letter_of_it = letter(7, why, raw)
    for said, reason in ((b"e1", None), (b"other", Reason.HEADER_MISMATCH)):
        headers = [("ce_specversion", b"1.0"), ("ce_id", said)]
        outcome = judged(clock, letter_of_it, raw, log={7: raw}, headers=headers)
        assert (outcome.reason if isinstance(outcome, Refused) else None) is reason


def test_types_that_are_kept_for_good_are_never_too_old(clock: SharedClock) -> None:
    raw = to_wire(ORDER.model_copy(update={"event_time": NOW - 9 * DAY}))
    old = letter(0, Reason.BEYOND_RETENTION, raw)
    assert isinstance(judged(clock, old, raw, retention_days=8, keep="join"), Refused)
    assert not isinstance(judged(clock, old, raw, retention_days=8, keep="order"), Refused)


def test_another_record_at_the_same_place_is_not_taken_for_it(clock: SharedClock) -> None:
    refused = letter(7, Reason.STORE_REFUSED, b"[]", ingest_ms=AT)
    assert judged(clock, refused, b"[]", log={7: to_wire(CHAT)}) is Obstacle.GONE
    older = letter(7, Reason.STORE_REFUSED, b"[]", epoch=2)
    assert judged(clock, older, b"[]", log={7: to_wire(CHAT)}) is Obstacle.OTHER_EPOCH


def test_a_whole_payload_of_an_older_epoch_is_sent(clock: SharedClock) -> None:
    raw = to_wire(CHAT)
    assert judged(clock, letter(7, Reason.MISROUTED, raw, epoch=2), raw) == CHAT


def test_persons_of_an_imported_line_become_pseudonyms(clock: SharedClock) -> None:
    told = json.loads(to_wire(CHAT)) | {"user_id": "ann", "text": "Hi?", "text_len": 0}
    del told["key_id"]
    raw = json.dumps(told).encode()
    event = judged(clock, line_letter(3, raw), raw)
    assert not isinstance(event, Refused | Obstacle)
    assert event.user_id == PSEUDONYMS.of("forum", "ann")
    assert event.key_id == PSEUDONYMS.key_id
    assert b"Hi?" not in to_wire(event)


@pytest.mark.parametrize(
    ("origin", "raw", "outcome"),
    [
        ("irc:2012.log", b"hello", Obstacle.FILE_LINE),
        ("roster:r.csv", b"g,ann", Obstacle.FILE_LINE),
        ("online_retail:o.csv", b"1,2", Obstacle.FILE_LINE),
        ("jsonl:f.jsonl", b"  ", Obstacle.NO_EVENT),
        ("jsonl:f.jsonl", to_wire(example(EventType.HEARTBEAT)), Obstacle.NO_EVENT),
        ("jsonl:f.jsonl", b'{"' + b"x" * 70_000, Obstacle.CUT_LINE),
    ],
)
def test_a_line_without_its_file_stays(
    clock: SharedClock, origin: str, raw: bytes, outcome: Obstacle
) -> None:
    assert judged(clock, line_letter(3, raw, origin=origin), raw) is outcome


def test_a_line_is_refused_for_todays_reason(clock: SharedClock) -> None:
    for raw, reason in (
        (b"{", Reason.NOT_JSON),
        (to_wire(CHAT.model_copy(update={"key_id": "ffffffff"})), Reason.FOREIGN_KEY),
        (to_wire(CHAT.model_copy(update={"event_time": 1})), Reason.BEFORE_2000),
    ):
        outcome = judged(clock, line_letter(3, raw), raw)
        assert isinstance(outcome, Refused)
        assert outcome.reason is reason
