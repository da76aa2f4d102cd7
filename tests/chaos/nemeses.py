"""The faults, one class each: what it does to the stage, and how that ends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from tests.chaos.stage import Stage


@dataclass(frozen=True)
class Nemesis(ABC):
    """One kind of fault. It lasts a time within `lasts_s`, and then it heals.

    With `alone` every other fault has healed before it strikes. `on_workers` tells that a killed
    worker recovers beside it as if nothing else had failed.
    """

    name: ClassVar[str]
    alone: ClassVar[bool] = False
    on_workers: ClassVar[bool] = False
    lasts_s: tuple[float, float] = (0.0, 0.0)

    @abstractmethod
    def strike(self, stage: Stage, victim: int) -> bool:
        """Do it, to one of several that `victim` chooses; False if there was nothing to hurt."""

    def heal(self, stage: Stage, victim: int) -> None:
        """End it."""


class WorkerKill(Nemesis):
    """kill -9 of a worker; its supervisor starts it again at once."""

    name = "worker kill -9"
    on_workers = True

    def strike(self, stage: Stage, victim: int) -> bool:
        worker = stage.fleet.pick(victim)
        if worker is not None:
            stage.fleet.kill(worker)
        return worker is not None


class BrokerKill(Nemesis):
    """kill -9 of the broker, and its restart."""

    name = "broker kill -9"

    def strike(self, stage: Stage, victim: int) -> bool:
        running = stage.broker.running
        stage.broker.kill()
        return running

    def heal(self, stage: Stage, victim: int) -> None:
        stage.recover_from(stage.broker.start)
