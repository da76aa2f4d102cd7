"""The faults: what each does to the stage, and how it ends. Those of workers are here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from tests.chaos.skewed import set_clock
from tests.chaos.stage import Stage

Heal = Callable[[], object]

HOUR_S = 3_600


@dataclass(frozen=True)
class Nemesis(ABC):
    """One kind of fault. It lasts a time within `lasts_s`, and then it heals.

    With `alone` every other fault has healed before it strikes. `spares_workers` tells that a
    killed worker recovers beside it as if nothing else had failed.
    """

    name: ClassVar[str]
    alone: ClassVar[bool] = False
    spares_workers: ClassVar[bool] = False
    lasts_s: tuple[float, float] = (0.0, 0.0)

    @abstractmethod
    def strike(self, stage: Stage, victim: int) -> Heal | None:
        """Do it, to one of several that `victim` chooses; what ends it.

        None if there was nothing to hurt: then no fault has happened.
        """


def by_itself() -> None:
    """How a fault ends that is over at once, or that the supervisor mends."""


class WorkerKill(Nemesis):
    """kill -9 of a worker; its supervisor starts it again at once."""

    name = "worker: kill -9"
    spares_workers = True

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        worker = stage.fleet.pick(victim)
        if worker is None:
            return None
        stage.fleet.kill(worker)
        return by_itself


class WorkerPause(Nemesis):
    """SIGSTOP, then SIGCONT, within the session timeout."""

    name = "worker: SIGSTOP"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        worker = stage.fleet.pick(victim)
        if worker is None:
            return None
        stage.fleet.pause(worker)
        return partial(stage.fleet.resume, worker)


class Zombie(WorkerPause):
    """SIGSTOP for longer than the session timeout: it wakes when others own its partitions."""

    name = "worker: SIGSTOP past its session"


class Termination(Nemesis):
    """SIGTERM of a worker, and of another one soon after: one turn of a loop of them."""

    name = "worker: SIGTERM, and the next"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        worker = stage.fleet.pick(victim)
        if worker is None:
            return None
        stage.fleet.terminate(worker)
        return partial(self._again, stage, victim + 1)

    def _again(self, stage: Stage, victim: int) -> None:
        worker = stage.fleet.pick(victim)
        if worker is not None:
            stage.fleet.terminate(worker)


class Scaling(Nemesis):
    """All workers but one are stopped; the others come back when it ends."""

    name = "scaling: 3 to 1 to 3 workers"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        return stage.fleet.start if stage.fleet.shrink(victim) else None


class ClockJump(Nemesis):
    """A worker's clock jumps an hour ahead or back, and returns when it ends."""

    name = "clock: jump of an hour and back"

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        workers = stage.fleet.workers
        clock = workers[victim % len(workers)].clock
        set_clock(clock, HOUR_S if victim // len(workers) % 2 else -HOUR_S)
        return partial(set_clock, clock, 0)


class Replay(Nemesis):
    """All workers are stopped and their group is set back to the start of the log."""

    name = "group: reset to earliest"
    alone = True

    def strike(self, stage: Stage, victim: int) -> Heal | None:
        stage.fleet.stop()
        stage.replay_from_the_start()
        stage.fleet.start()
        return by_itself
