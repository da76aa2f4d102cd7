"""What is news to a channel, and what a restart remembers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.alerting.messages.message import message_of
from pipeline.alerting.messages.notification import notification
from pipeline.bridge.ledger import FORGET_MS, Ledger
from tests.pipeline.alerting.messages.cases import alert, call

HOUR_MS = 3_600_000


def news(ledger: Ledger, *alerts: dict[str, object], now_ms: int = 0, channel: str = "a") -> int:
    return len(ledger.news(channel, notification(call(*alerts)).alerts, now_ms))


def tell(ledger: Ledger, *alerts: dict[str, object], now_ms: int = 0, channel: str = "a") -> None:
    told = notification(call(*alerts))
    found = ledger.news(channel, told.alerts, now_ms)
    ledger.tell(channel, message_of(told, {}, news=found, made_ms=now_ms), now_ms)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(None, repeat_ms=HOUR_MS)


def test_what_fires_is_news_once_to_each_channel(ledger: Ledger) -> None:
    assert news(ledger, alert()) == 1
    tell(ledger, alert())
    assert news(ledger, alert()) == 0
    assert news(ledger, alert(), channel="b") == 1
    assert news(ledger, alert(), alert("other")) == 1


def test_what_fires_on_is_news_again_after_the_time_of_repetition(ledger: Ledger) -> None:
    tell(ledger, alert())
    assert news(ledger, alert(), now_ms=HOUR_MS - 1) == 0
    assert news(ledger, alert(), now_ms=HOUR_MS) == 1


def test_an_end_is_news_once_and_only_after_a_beginning(ledger: Ledger) -> None:
    assert news(ledger, alert(status="resolved")) == 0
    tell(ledger, alert())
    assert news(ledger, alert(status="resolved")) == 1
    tell(ledger, alert(status="resolved"))
    assert news(ledger, alert(status="resolved")) == 0


def test_a_late_copy_of_what_ended_is_no_news_and_another_bout_is(ledger: Ledger) -> None:
    tell(ledger, alert())
    tell(ledger, alert(status="resolved"))
    assert news(ledger, alert(), now_ms=99 * HOUR_MS) == 0
    assert news(ledger, alert(start="13:00")) == 1


def test_a_restart_remembers(tmp_path: Path) -> None:
    file = tmp_path / "bridge.json"
    tell(Ledger(file, repeat_ms=HOUR_MS), alert())
    again = Ledger(file, repeat_ms=HOUR_MS)
    assert news(again, alert()) == 0
    assert news(again, alert(status="resolved")) == 1
    assert again.firing_since("fp-none") is None
    fingerprint = notification(call(alert())).alerts[0].fingerprint
    assert again.firing_since(fingerprint) == notification(call(alert())).alerts[0].started_ms


@pytest.mark.parametrize("text", ["", "{}", "[1]", "no json", '[{"channel": "a"}]', "\xff"])
def test_a_broken_note_is_begun_anew(text: str, tmp_path: Path) -> None:
    file = tmp_path / "bridge.json"
    file.write_text(text, encoding="latin-1")
    ledger = Ledger(file, repeat_ms=HOUR_MS)
    assert news(ledger, alert()) == 1
    tell(ledger, alert())
    assert len(json.loads(file.read_text())) == 1


def test_a_note_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "gone" / "bridge.json", repeat_ms=HOUR_MS)
    tell(ledger, alert())
    assert news(ledger, alert()) == 0


def test_what_is_long_over_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "bridge.json"
    ledger = Ledger(file, repeat_ms=HOUR_MS)
    tell(ledger, alert("old"))
    tell(ledger, alert("new"), now_ms=FORGET_MS + 1)
    assert len(json.loads(file.read_text())) == 1
