from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from schemas.decode import Limits, decode
from schemas.event_type import EventType
from schemas.rejection import Rejection
from tests.benchmarks import told
from tests.benchmarks.fill import Filled, event_minute
from tests.benchmarks.generate import KINDS, MINUTE_MS, START_MS, Busy, Even, Event, Sized, events
from tests.benchmarks.memory import history
from tests.benchmarks.stored import fault_of

KEY_ID = "0123456789abcdef"
LIMITS = Limits(currency="CNY", key_id=KEY_ID, kept_ms=10**13)


def test_every_event_is_valid_and_none_is_twice() -> None:
    drawn = list(events(2_000, KEY_ID))
    assert {event.kind for event in drawn} == set(KINDS)
    assert len({json.loads(event.value)["event_id"] for event in drawn}) == 2_000
    for event in drawn:
        verdict = decode(
            event.value, topic_type=EventType(event.kind), limits=LIMITS, latest_ms=START_MS * 2
        )
        assert not isinstance(verdict, Rejection)


def test_the_same_arguments_make_the_same_events() -> None:
    assert list(events(100, KEY_ID)) == list(events(100, KEY_ID))
    assert list(events(100, KEY_ID)) != list(events(100, KEY_ID, seed=8))


def test_nine_of_ten_are_chats_and_half_are_in_one_group() -> None:
    drawn = list(events(20_000, KEY_ID))
    kinds = Counter(event.kind for event in drawn)
    groups = Counter(event.group for event in drawn)
    assert kinds["chat"] == pytest.approx(18_000, rel=0.02)
    assert groups.most_common(1)[0][1] == pytest.approx(10_600, rel=0.1)


@pytest.mark.parametrize("crowd", [Busy(50), Even(50), Sized(50, 10_000)])
def test_a_member_has_one_group(crowd: Busy | Even | Sized) -> None:
    groups, members = crowd.draw(np.random.default_rng(1), 5_000)
    assert len(set(zip(groups.tolist(), members.tolist(), strict=True))) == len(set(members))
    assert 0 <= groups.min() <= groups.max() < 50


def test_every_sized_group_has_a_member() -> None:
    sizes = np.diff(Sized(1_000, 20_000).ends(), prepend=0)
    assert sizes.min() >= 1
    assert sizes.sum() == 20_000


def test_all_members_of_a_history_join_and_chat_within_a_day() -> None:
    now_ms = START_MS
    drawn = list(history(Sized(10, 100), now_ms))
    assert Counter(event.kind for event in drawn) == {"join": 100, "chat": 100}
    times = [json.loads(event.value)["event_time"] for event in drawn]
    assert times == sorted(times)
    assert now_ms - 86_400_000 < times[0]
    assert times[-1] < now_ms


def test_what_is_filled_is_counted_by_type_and_window() -> None:
    filled = Filled()
    for group, ms in ((1, 0), (1, 1), (2, 0), (1, MINUTE_MS)):
        filled.note(Event("chat", group, b'{"event_time":%d,"x":1}' % ms))
    filled.note(Event("join", 9, b""))
    assert filled.total == 5
    assert filled.chat_windows == {(1, 0), (2, 0), (1, 1)}
    assert event_minute(b'{"a":1,"event_time":120000,"b":2}') == 2


def test_a_store_that_lacks_a_fact_is_told() -> None:
    filled = Filled(events=Counter(chat=3, join=1))
    right = {"chat": 3, "join": 1, "leave": 0, "order": 0, "windows": 3}
    assert fault_of(right, filled) == ""
    assert "'chat': 2" in fault_of(right | {"chat": 2}, filled)


def test_progress_is_told_rarely_and_in_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(told, "EVENTS", 1_000)
    count = told.Told()
    ends = [count.one() for _ in range(1_000)]
    assert ends == [False] * 999 + [True]
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "progress 1000"
    assert len(lines) < 10
