"""The bridge: what a call is answered, who is told, and the watchdog."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipeline.alerting.messages.notification import notification
from pipeline.bridge.ledger import Ledger
from pipeline.bridge.service import LOOK_S
from sinks.delivery.outcome import Later, Refused
from tests.pipeline.alerting.messages.cases import alert, call, incident
from tests.pipeline.bridge.bench import Bench, told

MINUTE_MS = 60_000


def watchdog(status: str = "firing") -> Any:
    return notification(call(alert(status=status, alertname="CommunityWatchdog")))


async def test_a_call_is_done_once_every_channel_has_it() -> None:
    async with Bench("a", "b") as bench:
        outcome = await bench.bridge.take("page", told(alert()))
        assert (outcome.status, outcome.told) == (200, {"channels": {"a": "told", "b": "told"}})
        assert [len(reader.taken) for reader in bench.readers.values()] == [1, 1]


async def test_a_notice_goes_to_the_channels_of_notices() -> None:
    async with Bench("a", "b") as bench:
        await bench.bridge.take("notice", told(alert()))
        assert [len(reader.taken) for reader in bench.readers.values()] == [1, 0]


async def test_a_repetition_reaches_only_the_channel_that_lacks_it() -> None:
    async with Bench("a", "b") as bench:
        bench.readers["b"].failures = [Refused("no", remedy="Mend it.")]
        first = await bench.bridge.take("page", told(alert()))
        assert (first.status, first.told["channels"]) == (502, {"a": "told", "b": "no"})
        again = await bench.bridge.take("page", told(alert()))
        assert again.status == 200
        assert [len(reader.taken) for reader in bench.readers.values()] == [1, 1]


async def test_a_call_is_answered_in_time_and_the_message_goes_on() -> None:
    async with Bench("a", answer_s=0.1) as bench:
        reader = bench.readers["a"]
        reader.gate = asyncio.Event()
        first = await bench.bridge.take("page", told(alert()))
        assert (first.status, first.told["channels"]) == (503, {"a": "waiting"})
        reader.gate.set()
        again = await bench.bridge.take("page", told(alert()))
        assert again.status == 200
        assert len(reader.taken) == 1


async def test_a_message_has_its_causes_and_goes_out_without_a_store() -> None:
    async with Bench("a", record=lambda _: {"incident": incident()}) as bench:
        await bench.bridge.take("page", told(alert()))
        (item,) = bench.readers["a"].taken[0].items
        assert (item.asked, item.group_name) == (True, "Readers 7")
        assert len(item.causes) == 4
    async with Bench("a") as bench:  # its store is away
        assert (await bench.bridge.take("page", told(alert()))).status == 200
        (item,) = bench.readers["a"].taken[0].items
        assert (item.asked, item.group_name) == (False, "readers-7")
        assert bench.bridge.status()["incidents_waiting"] == 1


async def test_silence_is_told_once_and_its_end_too() -> None:
    async with Bench("a", silence_ms=5 * MINUTE_MS) as bench:
        listening = asyncio.create_task(bench.bridge._listen())
        async with asyncio.timeout(120):
            while not bench.readers["a"].taken:
                await asyncio.sleep(0)
        (silent,) = bench.readers["a"].taken
        assert silent.items[0].alert == "CommunityAlertingSilent"
        assert silent.severity == "critical"
        listening.cancel()
        assert 300 <= sum(bench.hands.slept) <= 300 + 2 * LOOK_S
        bench.bridge._say(bench.bridge._silence.at(bench.hands.clock().now_ms()))  # type: ignore[arg-type]
        await bench.bridge.hear(watchdog())
        async with asyncio.timeout(120):
            while len(bench.readers["a"].taken) < 2:
                await asyncio.sleep(0)
        assert not bench.readers["a"].taken[1].firing
        assert bench.bridge.status()["silent_since_ms"] is None


async def test_no_silence_while_the_watchdog_is_heard_or_nobody_asked_for_it() -> None:
    for silence_ms, heard in ((5 * MINUTE_MS, True), (0, False)):
        async with Bench("a", silence_ms=silence_ms) as bench:
            for _ in range(30):
                bench.hands.now_s += 60
                if heard:
                    await bench.bridge.hear(watchdog())
                assert bench.bridge._silence.at(bench.hands.clock().now_ms()) is None


async def test_a_silence_that_was_told_before_a_restart_ends_after_it() -> None:
    ledger = Ledger(None, repeat_ms=3_600_000)
    async with Bench("a", silence_ms=MINUTE_MS, ledger=ledger) as bench:
        bench.hands.now_s += 61
        bench.bridge._say(bench.bridge._silence.at(bench.hands.clock().now_ms()))  # type: ignore[arg-type]
        async with asyncio.timeout(120):
            while not bench.readers["a"].taken:
                await asyncio.sleep(0)
    async with Bench("a", silence_ms=MINUTE_MS, ledger=ledger) as again:
        await again.bridge.hear(watchdog())
        async with asyncio.timeout(120):
            while not again.readers["a"].taken:
                await asyncio.sleep(0)
        assert not again.readers["a"].taken[0].firing


class Switch:
    """A dead man's switch."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.asked = 0

    async def __call__(self) -> None:
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)


async def test_the_dead_mans_switch_is_asked_each_time_the_watchdog_is_heard() -> None:
    switch = Switch(Later("away"))
    async with Bench("a", ping=switch) as bench:
        assert (await bench.bridge.hear(watchdog())).status == 503
        assert (await bench.bridge.hear(watchdog())).status == 200
        assert (await bench.bridge.hear(watchdog("resolved"))).status == 200
        assert switch.asked == 2
        pings = "community_bridge_heartbeats_total"
        assert [bench.sample(pings, result=one) for one in ("taken", "failed", "withheld")] == [
            1, 1, 0
        ]  # fmt: skip


async def test_it_is_not_asked_while_alerts_do_not_arrive() -> None:
    switch = Switch()
    async with Bench("a", ping=switch) as bench:
        for _ in range(2):
            bench.readers["a"].failures = [Refused("no")]
            await bench.bridge.take("page", told(alert()))
            bench.hands.now_s += 299
        bench.hands.now_s += 2
        bench.readers["a"].failures = [Refused("no")]
        await bench.bridge.take("page", told(alert()))
        outcome = await bench.bridge.hear(watchdog())
        assert outcome.told["stuck"] == ["a"]
        assert "a" in bench.bridge.why_not_ready()
        assert switch.asked == 0
        await bench.bridge.take("page", told(alert()))
        await bench.bridge.hear(watchdog())
        assert switch.asked == 1
        assert bench.bridge.why_not_ready() == ""


@pytest.mark.parametrize("n", [0, 200])
async def test_no_alerts_and_many(n: int) -> None:
    async with Bench("a") as bench:
        outcome = await bench.bridge.take("page", told(*(alert(f"g{one}") for one in range(n))))
        assert outcome.status == 200
        assert len(bench.readers["a"].taken) == min(n, 1)
