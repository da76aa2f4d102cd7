"""Whatever fails, and in whatever order: told once to each channel, and never an end alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from pipeline.bridge.ledger import Ledger
from sinks.delivery.outcome import Later, Refused
from tests.pipeline.alerting.messages.cases import alert
from tests.pipeline.bridge.bench import Bench, told

CHANNELS = ("a", "b")
FAILURES = (Later("500"), Later("429", after_s=30.0), Refused("93000"), ZeroDivisionError("ours"))

FAILED = st.lists(st.sampled_from(range(len(FAILURES))), max_size=2)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("fire", "end")),
        st.sampled_from("xy"),
        st.fixed_dictionaries(dict.fromkeys(CHANNELS, FAILED)),
        st.sampled_from((True, True, True, False)),  # whether Alertmanager calls after it
        st.sampled_from((False, False, False, True)),  # whether the bridge is restarted then
    ),
    max_size=12,
)
Step = tuple[str, str, Mapping[str, list[int]], bool, bool]


class Manager:
    """What Alertmanager does with one group: all that fires, and what ended until it was heard."""

    def __init__(self) -> None:
        self.bouts = 0
        self.alerts: dict[str, dict[str, Any]] = {}

    def fire(self, group: str) -> None:
        if group not in self.alerts:
            self.bouts += 1
            self.alerts[group] = alert(group, start=f"{self.bouts // 60:02}:{self.bouts % 60:02}")

    def end(self, group: str) -> None:
        if group in self.alerts:
            start = self.alerts[group]["startsAt"]
            self.alerts[group] = {**alert(group, status="resolved"), "startsAt": start}

    async def flush(self, bench: Bench) -> bool:
        outcome = await bench.bridge.take("page", told(*self.alerts.values()))
        if outcome.status == 200:
            firing = {name: one for name, one in self.alerts.items() if one["status"] == "firing"}
            self.alerts = firing
        return outcome.status == 200


def nothing(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"incident": None}


async def run(steps: list[Step]) -> tuple[Manager, dict[str, list[tuple[Any, bool]]]]:
    """Play the steps, then let all be well; what each channel was told, bout by bout."""
    manager, ledger = Manager(), Ledger(None, repeat_ms=10**15)
    heard: dict[str, list[tuple[Any, bool]]] = {name: [] for name in CHANNELS}
    todo = [*steps, None]
    while todo:
        async with Bench(*CHANNELS, record=nothing, ledger=ledger, answer_s=0.2) as bench:
            while todo:
                step = todo.pop(0)
                if step is None:  # the end: from now on all is well
                    async with asyncio.timeout(60):
                        while not await manager.flush(bench):
                            pass
                    break
                what, group, failures, calls, restarts = step
                getattr(manager, what)(group)
                for name, kinds in failures.items():
                    bench.readers[name].failures += [FAILURES[kind] for kind in kinds]
                if calls:
                    await manager.flush(bench)
                if restarts:
                    break
            await bench.bridge.settle(5)
            for name, reader in bench.readers.items():
                for message in reader.taken:
                    heard[name] += [(item.bout, item.firing) for item in message.items if item.new]
    return manager, heard


@given(steps=STEPS)
@settings(max_examples=150)
def test_each_channel_hears_each_state_once_and_in_order(steps: list[Step]) -> None:
    with capture_logs():  # written out, tracebacks would take most of the time
        manager, heard = asyncio.run(run(steps))
    for told_states in heard.values():
        by_bout: dict[Any, list[bool]] = {}
        for bout, firing in told_states:
            by_bout.setdefault(bout, []).append(firing)
        assert all(states in ([True], [True, False]) for states in by_bout.values())
        begun = {bout for bout, states in by_bout.items() if states == [True]}
        now = {one.bout for one in told(*manager.alerts.values()).alerts}
        assert begun == now
