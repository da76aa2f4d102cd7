"""One channel: patience, pace, what takes the place of what."""

from __future__ import annotations

import asyncio

from pipeline.bridge import channel as module
from pipeline.bridge.channel import LONGEST_SECONDS, TRIES
from sinks.delivery.outcome import Later, Refused
from tests.pipeline.alerting.messages.cases import alert
from tests.pipeline.bridge.bench import Bench, told


async def test_news_is_told_once() -> None:
    async with Bench("a") as bench:
        channel, reader = bench.channels["a"], bench.readers["a"]
        assert await channel.offer(told(alert()), {}) is None
        assert await channel.offer(told(alert()), {}) is None
        assert reader.groups() == [["readers-7"]]
        assert await channel.offer(told(alert(status="resolved")), {}) is None
        assert await channel.offer(told(alert(status="resolved")), {}) is None
        assert reader.groups() == [["readers-7"], ["(readers-7)"]]
    assert bench.sample("community_bridge_messages_total", channel="a", status="firing") == 1
    assert bench.sample("community_bridge_messages_total", channel="a", status="resolved") == 1


async def test_later_is_waited_for_and_the_asked_time_is_kept() -> None:
    async with Bench("a") as bench:
        reader = bench.readers["a"]
        reader.failures = [Later("500"), Later("429", after_s=77.0), Later("500")]
        assert await bench.channels["a"].offer(told(alert()), {}) is None
        assert len(reader.attempts) == 4
        assert bench.hands.slept[1] >= 77.0
        assert all(seconds <= LONGEST_SECONDS or seconds == 77.0 for seconds in bench.hands.slept)
        assert len({message.id for message in reader.attempts}) == 1
        assert bench.channels["a"].failing_since_ms is None
    assert bench.sample("community_bridge_failures_total", channel="a", result="later") == 3


async def test_refused_is_told_to_who_asked_and_asking_again_tries_again() -> None:
    async with Bench("a") as bench:
        reader = bench.readers["a"]
        reader.failures = [Refused("93000", remedy="Copy it again.")]
        failed = await bench.channels["a"].offer(told(alert()), {})
        assert isinstance(failed, Refused)
        assert bench.channels["a"].waiting == 0
        assert bench.channels["a"].last_error == "93000"
        assert await bench.channels["a"].offer(told(alert()), {}) is None
        assert bench.channels["a"].last_error == ""


async def test_a_fault_of_ours_silences_no_channel() -> None:
    async with Bench("a") as bench:
        bench.readers["a"].failures = [ZeroDivisionError("ours")]
        failed = await bench.channels["a"].offer(told(alert()), {})
        assert failed is not None
        assert "ZeroDivisionError" in failed.what
        assert await bench.channels["a"].offer(told(alert()), {}) is None


async def test_one_group_that_is_never_taken_does_not_hold_up_the_others() -> None:
    async with Bench("a") as bench:
        reader = bench.readers["a"]
        reader.failures = [Later("odd")] * TRIES
        first = bench.channels["a"].offer(told(alert("bad"), group_key="1"), {})
        second = bench.channels["a"].offer(told(alert("good"), group_key="2"), {})
        assert await second is None
        assert reader.groups()[0] == ["good"]
        assert await first is None


async def test_the_newest_state_takes_the_place_of_what_waits() -> None:
    async with Bench("a") as bench:
        reader = bench.readers["a"]
        reader.gate = asyncio.Event()
        channel = bench.channels["a"]
        blocker = channel.offer(told(alert("first"), group_key="1"), {})
        await reader.until_asked()
        old = channel.offer(told(alert("a"), group_key="2"), {})
        new = channel.offer(told(alert("a"), alert("b"), group_key="2"), {})
        assert old is new
        reader.gate.set()
        assert [await blocker, await new] == [None, None]
        assert reader.groups() == [["first"], ["a", "b"]]


async def test_what_ended_before_it_was_told_is_never_told() -> None:
    async with Bench("a") as bench:
        reader, channel = bench.readers["a"], bench.channels["a"]
        reader.gate = asyncio.Event()
        blocker = channel.offer(told(alert("first"), group_key="1"), {})
        await reader.until_asked()
        channel.offer(told(alert("a"), group_key="2"), {})
        ended = channel.offer(told(alert("a", status="resolved"), group_key="2"), {})
        reader.gate.set()
        assert [await blocker, await ended] == [None, None]
        assert reader.groups() == [["first"]]


async def test_what_comes_while_it_is_being_sent_is_sent_after_it() -> None:
    async with Bench("a") as bench:
        reader, channel = bench.readers["a"], bench.channels["a"]
        reader.gate = asyncio.Event()
        channel.offer(told(alert("a")), {})
        await reader.until_asked()
        both = channel.offer(told(alert("a"), alert("b")), {})
        reader.gate.set()
        assert await both is None
        assert reader.groups() == [["a"], ["b", "a"]]


async def test_no_more_a_minute_than_the_channel_takes() -> None:
    async with Bench("a", per_minute=20) as bench:
        start = bench.hands.now_s
        offers = [
            bench.channels["a"].offer(told(alert(f"g{n}"), group_key=str(n)), {}) for n in range(41)
        ]
        await asyncio.gather(*offers)
        assert len(bench.readers["a"].taken) == 41
        assert bench.hands.now_s - start >= 120


async def test_the_queue_is_bounded_and_says_so() -> None:
    bench = Bench("a")  # nobody delivers
    channel = bench.channels["a"]
    for n in range(module.MOST_WAITING):
        channel.offer(told(alert(), group_key=str(n)), {})
    refused = await channel.offer(told(alert(), group_key="one more"), {})
    assert isinstance(refused, Later)
    assert channel.waiting == module.MOST_WAITING
    assert bench.sample("community_bridge_failures_total", channel="a", result="full") == 1
    bench.causes.close()


async def test_a_channel_is_stuck_only_while_something_cannot_be_told() -> None:
    async with Bench("a") as bench:
        channel = bench.channels["a"]
        bench.readers["a"].failures = [Refused("no")]
        await channel.offer(told(alert()), {})
        now_ms = bench.hands.clock().now_ms()
        assert not channel.stuck(now_ms, 300_000)
        assert not channel.stuck(now_ms + 300_000, 300_000)  # nobody asks any more
        bench.hands.now_s += 299
        bench.readers["a"].failures = [Refused("no")]
        await channel.offer(told(alert()), {})
        assert channel.stuck(now_ms + 301_000, 300_000)
        assert await channel.offer(told(alert()), {}) is None
        assert not channel.stuck(now_ms + 301_000, 300_000)
