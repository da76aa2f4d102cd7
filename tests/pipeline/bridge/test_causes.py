"""Asking the store: in order, in time, and again once it is back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from pipeline.alerting.messages.notification import notification
from pipeline.bridge import causes as module
from pipeline.bridge.causes import Causes
from pipeline.errors import PulseError, UsageError
from tests.pipeline.alerting.messages.cases import alert, call, health, incident


def states(*alerts: dict[str, Any]) -> Any:
    return notification(call(*alerts)).alerts


class Store:
    """Answers as it is told; `gate` makes it hang."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Mapping[str, Any]] = []
        self.gate: threading.Event | None = None

    def __call__(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(arguments)
        if self.gate is not None:
            self.gate.wait(120)
        answer = self.answers.pop(0) if self.answers else {"incident": incident()}
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]


def causes_of(store: Store, seconds: float = 5.0) -> Causes:
    return Causes(store, seconds=seconds)


async def test_the_operation_gets_the_alert_as_alertmanager_wrote_it() -> None:
    store = Store()
    (one,) = states(alert())
    known = await causes_of(store).of([one])
    assert known[one.bout].metric == "C06"  # type: ignore[union-attr]
    (asked,) = store.asked
    assert asked["moment_ms"] is None
    told = asked["alert"]
    assert set(told) >= {"status", "labels", "annotations", "startsAt", "endsAt", "fingerprint"}
    assert told["labels"] == alert()["labels"]
    assert told["startsAt"].startswith("2026-11-28T12:00:00.123456")


@pytest.mark.parametrize("answer", [{"incident": incident()}, incident()])
async def test_an_incident_may_be_the_answer_or_within_it(answer: dict[str, Any]) -> None:
    (one,) = states(alert())
    known = await causes_of(Store(answer)).of([one])
    assert known[one.bout] is not None


async def test_a_health_alert_is_known_to_be_none() -> None:
    (one,) = states(health())
    assert await causes_of(Store({"incident": None})).of([one]) == {one.bout: None}


async def test_it_is_asked_once_for_each_state() -> None:
    store = Store()
    causes = causes_of(store)
    (one,), (ended,) = states(alert()), states(alert(status="resolved"))
    for _ in range(3):
        await causes.of([one])
    await causes.of([ended])
    assert [asked["alert"]["status"] for asked in store.asked] == ["firing", "resolved"]


async def test_a_store_that_hangs_is_waited_for_no_longer_than_said() -> None:
    store = Store()
    store.gate = threading.Event()
    causes = causes_of(store, seconds=0.05)
    (one,), (two,) = states(alert("a")), states(alert("b"))
    assert await causes.of([one]) == {}
    assert await causes.of([two]) == {}
    assert causes.pending == 2
    store.gate.set()
    async with asyncio.timeout(120):
        while causes.pending:
            await asyncio.sleep(0.01)
    assert len(store.asked) == 2


async def test_a_store_that_is_away_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.01)
    store = Store(PulseError("away"), PulseError("away"))
    causes = causes_of(store)
    (one,) = states(alert())
    assert await causes.of([one]) == {}
    async with asyncio.timeout(120):
        while causes.pending:
            await asyncio.sleep(0.01)
    assert len(store.asked) == 3
    assert one.bout in await causes.of([one])


@pytest.mark.parametrize(
    "answer", [UsageError("knows no operation"), KeyError("incidents.record"), {"incident_id": []},
               {"incident": {"no": "id"}}, [1]]
)  # fmt: skip
async def test_what_never_works_is_asked_once_and_holds_nobody_up(answer: Any) -> None:
    store = Store(answer)
    causes = causes_of(store)
    (one,), (two,) = states(alert("a")), states(alert("b"))
    assert await causes.of([one]) == {}
    assert two.bout in await causes.of([two])
    assert len(store.asked) == 2
