"""A back-test on a real embedded store: seven weeks of a group whose newcomers fall silent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.clock import SharedClock
from pipeline.operations.backtest import backtest
from pipeline.operations.operation import Context
from pipeline.progress import unwatched
from pipeline.settings import Settings
from tests.reference.community import DAY, HOUR, Community, at, event, store_community
from tests.reference.stored import migrated_store

START = at("2025-01-06")
SILENT = START + 42 * DAY
"""From then on nobody who came by the channel `kol` chats."""

LIVE = ["A11", "C06", "F11"]
MEMBERS = [(f"u{number}", "kol" if number < 90 else "qr") for number in range(150)]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    events = [
        event("join", START - 40 * DAY, "g", user, join_method="qr", channel_id=channel)
        for user, channel in MEMBERS
    ]
    events += [
        event("chat", START + day * DAY + 12 * HOUR + number, "g", user, msg_type="text")
        for day in range(46)
        for number, (user, channel) in enumerate(MEMBERS)
        if channel == "qr" or START + day * DAY < SILENT
    ]
    folder = tmp_path_factory.mktemp("store")
    with migrated_store(folder) as store:
        store_community(store, Community(events))
        settings = Settings(store=f"chdb:{folder}")
        yield Context(settings, store, SharedClock(Path("/nonexistent")), unwatched)


def run(context: Context, since_ms: int, until_ms: int, explained: int = 5) -> dict[str, Any]:
    span = {"since_ms": since_ms, "until_ms": until_ms}
    asked = {"groups": [], "metrics": LIVE, "explained": explained, "thresholds": {}}
    return backtest(context, span | asked)


def test_the_silence_is_an_alert_that_names_the_channel(context: Context) -> None:
    report = run(context, SILENT - 2 * DAY, SILENT + 3 * DAY)
    slow = [one for one in report["alerts"] if one["drop"] == "slow.4w"]
    assert [one["metric"] for one in slow] == ["C06"]
    assert SILENT + 13 * HOUR < slow[0]["fired_ms"] < SILENT + 15 * HOUR
    assert slow[0]["numerator"] == 60
    assert slow[0]["denominator"] == 150
    assert slow[0]["baseline"] == 1
    cause = slow[0]["causes"][0]
    assert (cause["by"], cause["part"]) == ("channel", "kol")
    assert cause["points"] == pytest.approx(-0.6)
    assert (report["groups"], report["days"]) == (1, 5)


def test_quiet_weeks_have_no_alert_and_say_how_often_they_could_tell(context: Context) -> None:
    report = run(context, SILENT - 10 * DAY, SILENT - DAY, explained=0)
    assert not report["alerts"]
    slow = next(
        one for one in report["samples"] if (one["metric"], one["drop"]) == ("C06", "slow.4w")
    )
    assert slow["evaluations"] == slow["compared"] == slow["enough"] == 9 * 96


def test_before_there_is_a_baseline_nothing_can_be_told(context: Context) -> None:
    report = run(context, START, START + 7 * DAY, explained=0)
    assert not report["alerts"]
    assert {one["enough"] for one in report["samples"] if one["drop"].endswith("4w")} == {0}


def test_a_group_can_be_chosen(context: Context) -> None:
    found = backtest(
        context,
        {
            "since_ms": SILENT,
            "until_ms": SILENT + DAY,
            "groups": ["nobody"],
            "metrics": LIVE,
            "explained": 0,
            "thresholds": {},
        },
    )
    assert (found["groups"], found["absent"], found["alerts"]) == (0, ["nobody"], [])
