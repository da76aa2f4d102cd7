"""One run: the input is sent, the faults strike and heal, the backlog drains, the verdict falls."""

from __future__ import annotations

import time
from bisect import insort
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from pipeline.clock import wall_ms
from tests.chaos.input import records
from tests.chaos.journal import Journal, read
from tests.chaos.nemeses import Heal, Nemesis
from tests.chaos.schedule import Strike
from tests.chaos.sender import Sender
from tests.chaos.stage import Stage
from tests.chaos.truth import truth_of
from tests.chaos.verdict import Verdict, judge

ROUND_S = 0.1
AGAIN_S = 2.0
STILL_S = 300.0
"""A backlog that does not shrink for so long will not drain."""


class Healing(NamedTuple):
    """A fault that has struck, and when and how it ends."""

    at_s: float
    nemesis: Nemesis
    heal: Heal


@dataclass
class Outcome:
    """What a run was and what came of it; times in seconds."""

    seed: int
    seconds: float
    events: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)
    exits: Counter[int] = field(default_factory=Counter)
    worker_recoveries_s: list[float] = field(default_factory=list)
    broker_recoveries_s: list[float] = field(default_factory=list)


def run(
    stage: Stage,
    strikes: Sequence[Strike],
    *,
    seed: int,
    events: int,
    seconds: float,
    on_round: Callable[[Outcome], None] = lambda _: None,
) -> Outcome:
    """Send `events` over `seconds` while the faults strike; the stage is stopped at the end."""
    outcome = Outcome(seed, seconds)
    journal = Journal(stage.folder / "journal.tsv")
    source = records(
        events, seed=seed, start_ms=wall_ms() - int(seconds * 1000), span_ms=int(seconds * 1000)
    )
    sender = Sender(stage.brokers.address, journal, source, events, seconds)
    stage.fleet.start()
    stage.wait_until_joined()
    sender.start()

    def on_each_round() -> None:
        sender.check()
        on_round(outcome)

    _hurt(stage, strikes, seconds, outcome, on_each_round)
    sender.finish()
    stage.wait_until_drained(STILL_S)
    stage.fleet.stop()
    outcome.events = journal.events
    outcome.exits = stage.fleet.exits
    outcome.worker_recoveries_s = stage.fleet.recoveries_s
    outcome.broker_recoveries_s = stage.broker_recoveries_s
    outcome.verdict = _verdict(stage, journal.path)
    if outcome.verdict.mismatches:
        (stage.folder / "mismatches").write_text("\n".join(outcome.verdict.mismatches))
    return outcome


def _hurt(
    stage: Stage,
    strikes: Sequence[Strike],
    seconds: float,
    outcome: Outcome,
    on_round: Callable[[], None],
) -> None:
    """Strike and heal by the clock until the time is over and all has healed.

    A strike that found nothing to hurt, as another fault was quicker, is tried again.
    """
    started = time.monotonic()
    ahead = sorted(strikes, key=attrgetter("at_s"))
    healing: list[Healing] = []
    while healing or time.monotonic() - started < seconds:
        now_s = time.monotonic() - started
        striking = ahead.pop(0) if ahead and ahead[0].at_s <= min(now_s, seconds) else None
        alone = striking is not None and striking.nemesis.alone
        for due in [it for it in healing if alone or it.at_s <= now_s]:
            healing.remove(due)
            due.heal()
        if striking is not None:
            heal = striking.nemesis.strike(stage, striking.victim)
            if heal is None:
                insort(ahead, replace(striking, at_s=now_s + AGAIN_S), key=attrgetter("at_s"))
            else:
                outcome.faults[striking.nemesis.name] += 1
                ends_s = time.monotonic() - started + striking.lasts_s
                healing.append(Healing(ends_s, striking.nemesis, heal))
        stage.tend(calm=all(it.nemesis.spares_workers for it in healing))
        on_round()
        time.sleep(ROUND_S)


def _verdict(stage: Stage, journal: Path) -> Verdict:
    truth = truth_of(read(journal))
    store = stage.open_store()
    try:
        with stage.group() as group:
            return judge(truth, store, group.committed(), group.ends())
    finally:
        store.close()
