"""One seed's world: a log, a store, a group and its processes, faults, and how it all ends.

At every step one thing happens that could happen next, chosen by the seed. After the faults comes
the quiet: nothing goes wrong any more, the log is read to its end, and the store must say what the
truth says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Self

from tests.simulation.faults import Fault, damage_for, draw_faults
from tests.simulation.group import Group
from tests.simulation.history import COMINGS, make_log
from tests.simulation.log import Partition, Place
from tests.simulation.scheduler import STEP_S, Broken, Scheduler
from tests.simulation.store import SimulatedStore
from tests.simulation.surroundings import simulated
from tests.simulation.truth import Truth
from tests.simulation.views import NOW_MS, NoThread, check_view, keeper
from tests.simulation.worker import Process

LONGEST = 20_000
"""Steps after which a world should have come to rest, many times over."""

Option = tuple[float, Callable[[], object]]
"""How likely something is against the others, and how to let it happen."""


class World:
    """Everything of one simulated run. Raises Broken as soon as an invariant does not hold."""

    def __init__(self, seed: int, tell: Callable[[str], None] | None = None) -> None:
        self.scheduler = Scheduler(seed, tell)
        self._surroundings = simulated(self.scheduler)
        chance = self.scheduler.chance
        self.log = make_log(chance)
        self.lost_commits = chance.choice((0.0, 0.1, 0.3))
        self.bytes_limit = chance.choice((0, 500, 2_000, 10**6))
        self.fetch_limit = chance.choice((2, 5, 9))
        self.rows_limit = chance.choice((1, 3, 6, 1000))
        self.many_facts = chance.choice((1, 3, 6))
        self.open_rows = chance.choice((3, 10, 100))
        self.store = SimulatedStore(self.scheduler, self.log, chance.choice((0.0, 0.05, 0.2)))
        self.store.take_past(self.log.past)
        self.truth = Truth(self.log)
        self.group = Group(self)
        self.processes: list[Process] = []
        self.scheduler.stall_rate = chance.choice((0.0, 0.02, 0.1))
        self.reached: dict[Place, int] = {}
        self._started = 0
        self._steps = 0
        for partition in self.log.partitions.values():
            partition.produce(chance.choice((partition.before_an_order, 3)))
        for _ in range(chance.choice((1, 2, 2, 3))):
            self.start()
        self.group.rebalance(self.alive)
        self._faults = draw_faults(chance)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.alive:
            process.end()
        self._surroundings.close()

    @property
    def alive(self) -> list[Process]:
        """The processes that live, the sleeping among them."""
        return [process for process in self.processes if process.is_alive]

    def start(self) -> Process:
        """Start one more process."""
        self._started += 1
        process = Process(f"w{self._started}", self)
        self.processes = [*self.alive, process]
        return process

    def run(self) -> None:
        """Faults first, then quiet, then the comparison with the truth."""
        while self._faults:
            if self._faults[0].at <= self._steps or not self.step():
                fault: Fault = self._faults.pop(0)
                fault.happen(self)
        self.settle()

    def settle(self) -> None:
        """No fault any more: let everything come to rest, then compare."""
        self.scheduler.note("from here on nothing fails")
        self.calm()
        for partition in self.log.partitions.values():
            partition.produce()
        for process in self.alive:
            process.asleep_until = 0.0
        for _ in range(3):
            if not self.alive:
                self.start()
            while self.step():
                pass
            if self._is_at_end:
                break
            self.group.rebalance(self.alive)
        else:
            raise Broken(f"committed is {self.group.committed}, and nobody reads on")
        self.truth.check_all(self.store)
        if COMINGS[0] in self.log.partitions:
            self._check_views()

    def _check_views(self) -> None:
        """What readers and the owner of the partition see of joins and leaves."""
        reader = keeper(self.store, NoThread())
        reader.assign([0], NOW_MS)
        check_view("a reader", reader.snapshots(NOW_MS).result()[0], self.truth.events)
        for process in self.alive:
            if process.sees_all:
                answer = process.live.snapshots(NOW_MS)
                while self.step():
                    pass
                check_view(process.name, answer.result()[0], self.truth.events)

    def calm(self) -> None:
        """Let nothing go wrong by chance any more."""
        self.store.planned.clear()
        self.store.fault_rate = self.store.away_until = self.store.full_until = 0.0
        self.scheduler.stall_rate = self.lost_commits = 0.0

    @property
    def _is_at_end(self) -> bool:
        committed = self.group.committed
        return all(
            committed.get(place) == partition.end
            for place, partition in self.log.partitions.items()
        )

    def step(self) -> bool:
        """Let one thing happen; False when nothing is left to do."""
        options = self._options()
        scheduler = self.scheduler
        if not options:
            waking = [
                when
                for process in self.alive
                for when in (process.asleep_until, *process.loop.waking())
                if when > scheduler.now
            ]
            if not waking:
                return False
            scheduler.now = min(waking)
            return True
        self._steps += 1
        if self._steps > LONGEST:
            raise Broken("it does not come to rest")
        scheduler.now += STEP_S
        weights = [weight for weight, _ in options]
        scheduler.chance.choices(options, weights)[0][1]()
        if scheduler.failure is not None:
            raise scheduler.failure
        return True

    def _produce(self, partition: Partition) -> None:
        """Let a few more records be there; an order often comes because of damage."""
        order = partition.records[partition.shown]
        if order.order is not None and self.scheduler.happens(0.7):
            damage_for(self, partition, order)
        partition.produce(max(1, min(3, partition.before_an_order)))

    def _options(self) -> list[Option]:
        group, store = self.group, self.store
        options: list[Option] = []
        for process in self.alive:
            if process.is_awake:
                options += process.options()
        if group.on_the_way:
            options.append((1.0, group.take_commit))
        options += [
            (0.2, partial(self._produce, partition))
            for partition in self.log.partitions.values()
            if partition.shown < len(partition.records)
        ]
        if store.flying:
            options.append((0.3, store.land_one))
        return options
