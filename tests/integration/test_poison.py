"""A record that ends every worker that touches it: it is found, and the stream goes on without it.

Workers are started again as a supervisor would, on both stores.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

import pytest

from pipeline.clock import wall_ms
from pipeline.core.probation import DEATHS
from schemas.chat import Chat
from schemas.event import Event
from tests.integration.broken_worker import POISON
from tests.integration.conftest import KEY_ID, Pipeline, Samples
from tests.integration.test_flow import HOUR_MS, community, facts, truth, windows

pytestmark = pytest.mark.server

Make = Callable[..., Pipeline]


def poison(number: int, until_ms: int) -> Chat:
    name = f"{POISON.decode()}{number}"
    return Chat(
        event_id=name, event_time=until_ms - number, source="test", key_id=KEY_ID, group_id="g0",
        user_id=f"{number:032x}", message_id=name, msg_type="text",
    )  # fmt: skip


def run(
    pipeline: Pipeline, kind: str, *, lives: int, kill_after: Callable[[], float | None]
) -> int:
    """Start it again until it has caught up; how often it ended before. Then it is stopped.

    `kill_after`: for how many seconds the next life shows metrics before it is killed; None for
    one that is left alone.

    Its instance has a name, so that it need not wait until the group misses the one that died.
    """
    pipeline.env["PULSE_INSTANCE"] = "restarted"
    for ended in range(lives):
        pipeline.start([sys.executable, "-m", "tests.integration.broken_worker", kind])
        worker = pipeline.worker
        assert worker is not None
        seconds = kill_after()
        while worker.poll() is None:
            samples = pipeline.samples()
            if caught_up(samples):
                pipeline.kill()
                return ended
            if seconds is not None and samples:  # it takes records now, or will at once
                time.sleep(seconds)
                pipeline.kill()
                break
            time.sleep(0.2)
    raise AssertionError(f"not within {lives} lives\n{pipeline.log[-4000:]}")


def caught_up(samples: Samples) -> bool:
    lags = [value for (name, _), value in samples.items() if name.endswith("_lag_records")]
    states = [value for (name, _), value in samples.items() if name.endswith("_caught_up")]
    return bool(states) and all(states) and len(lags) >= 28 and not any(lags)


def check(pipeline: Pipeline, events: list[Event], bad: int) -> None:
    store = pipeline.open_store()
    letters = store.query("SELECT reason, payload FROM v_dead_letter")
    assert letters["reason"].to_list() == ["poison"] * bad
    assert letters["payload"].n_unique() == bad
    assert windows(store) == truth(events)
    assert facts(store, "chat", "join", "order") == len(events)
    store.close()


@pytest.mark.parametrize(("kind", "on_server"), [("dies", False), ("raises", True)])
def test_the_record_becomes_a_dead_letter_and_the_rest_counts(
    make_pipeline: Make, database: str, kind: str, on_server: bool
) -> None:
    pipeline = make_pipeline(database if on_server else "")
    until_ms = wall_ms() - HOUR_MS
    events = community(900, until_ms=until_ms)
    pipeline.send([*events[:600], poison(1, until_ms), *events[600:]])
    deaths = run(pipeline, kind, lives=20, kill_after=lambda: None)
    if kind == "raises":  # by itself it may end more often, for want of a broker under load
        assert pipeline.log.count("commit failed for an unknown reason") == DEATHS
    else:
        assert deaths > 2 * DEATHS
    check(pipeline, events, 1)

    assert "1 of 1 dead letter sent again" in pipeline.pulse("dlq", "replay", "--yes")
    pipeline.start()  # of a mended program
    pipeline.wait_until_drained()
    pipeline.stop()
    store = pipeline.open_store()
    assert facts(store, "chat", "join", "order") == len(events) + 1
    store.close()


@pytest.mark.parametrize("on_server", [False, True], ids=["embedded", "server"])
def test_killed_at_random_while_it_searches_it_loses_and_doubles_nothing(
    make_pipeline: Make, database: str, on_server: bool
) -> None:
    pipeline = make_pipeline(database if on_server else "")
    until_ms = wall_ms() - HOUR_MS
    events = community(900, until_ms=until_ms)
    pipeline.send([*events[:300], poison(1, until_ms), *events[300:700], poison(2, until_ms)])
    pipeline.send(events[700:])
    chance = random.Random(7)
    kills = iter([chance.uniform(0, 1) for _ in range(4)])

    def sometimes() -> float | None:
        return next(kills, None) if chance.random() < 0.5 else None

    run(pipeline, "dies", lives=60, kill_after=sometimes)
    check(pipeline, events, 2)
