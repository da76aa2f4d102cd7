"""The simulated consumer group: assignments by generation, committed offsets, late commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.log import Place

if TYPE_CHECKING:
    from tests.simulation.worker import Process
    from tests.simulation.world import World


class Group:
    """The coordinator. A process keeps what it had until it learns of a rebalance by itself.

    So whoever is slow to learn is a zombie: it goes on reading and writing beside the new owner.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.generation = 0
        self.members: list[Process] = []
        self.committed: dict[Place, int] = {}
        self.on_the_way: list[tuple[Process, int, dict[Place, int]]] = []
        self._assignment: dict[Place, Process] = {}

    def rebalance(self, members: list[Process]) -> None:
        """Begin a new generation with `members`; each learns of it in its own time.

        A partition number has one owner in all topics, as with Faust's assignor.
        """
        self.generation += 1
        self.members = members
        chance = self._world.scheduler.chance
        places = self._world.log.partitions
        owners = {number: chance.choice(members) for _, number in places} if members else {}
        self._assignment = {place: owners[place[1]] for place in places if owners}
        names = {place: process.name for place, process in self._assignment.items()}
        self._world.scheduler.note(f"rebalance {self.generation}: {names}")

    def has_news_for(self, process: Process) -> bool:
        """Whether a process has yet to learn of the last rebalance, and could now."""
        if process.generation == self.generation or process.is_stopping:
            return False
        return process.has_let_go or not process.is_revoking

    def tell(self, process: Process) -> None:
        """Let a process learn: it is revoked first, and assigned when it has let go."""
        if not process.is_revoking:
            process.revoke()
            return
        if process not in self.members:
            self.rebalance([*(one for one in self.members if one.is_alive), process])
        positions = {
            place: self.committed.get(place, 0)
            for place, owner in self._assignment.items()
            if owner is process
        }
        process.assign(self.generation, positions)

    def send_commit(self, process: Process) -> None:
        """Send what a process would commit now; it arrives later, or never."""
        offsets = process.consumer.to_commit()
        if offsets:
            self.on_the_way.append((process, process.generation, offsets))

    def waits_for(self, process: Process) -> bool:
        """Whether a commit of a process is on the way."""
        return any(sender is process for sender, _, _ in self.on_the_way)

    def take_commit(self) -> None:
        """Let a commit arrive; one of an old generation is refused."""
        scheduler = self._world.scheduler
        process, generation, offsets = self.on_the_way.pop(0)
        if generation != self.generation or scheduler.happens(self._world.lost_commits):
            scheduler.note(f"the commit of {process.name} {offsets} is refused or lost")
            return
        scheduler.note(f"{process.name} commits {offsets}")
        for place, end in offsets.items():
            self.committed[place] = end
            source = self._world.log.source(*place)
            self._world.truth.check_stored(self._world.store, source, end)

    def reset(self) -> None:
        """Read everything again from the start."""
        self._world.scheduler.note("the group is reset to earliest")
        self.committed.clear()
        self.on_the_way.clear()
