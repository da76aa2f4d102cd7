"""A simulated worker process: the real committer, folder, writer and consumer bookkeeping in it."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from faust.transport.consumer import Consumer
from faust.types import TP
from intervaltree import IntervalTree

from agents.commit import Committer
from agents.folded import Folded
from agents.folder import Folder
from agents.letters import Letters
from agents.patience import PatientStore
from agents.transport import Batch, BatchConsumer, Room
from agents.writer import Writer
from tests.simulation.history import COMINGS
from tests.simulation.log import KnownIntake, Place
from tests.simulation.scheduler import Loop, VirtualEvent
from tests.simulation.views import NOW_MS, LoopThread, keeper

if TYPE_CHECKING:
    from tests.simulation.world import Option, World

WAITING_BATCHES = 3


class SimulatedConsumer:
    """Faust's consumer as far as offsets go: its own `ack`, and what BatchConsumer replaces."""

    ack = Consumer.ack

    def __init__(self) -> None:
        self.app = SimpleNamespace(topics=SimpleNamespace(acks_enabled_for=lambda _: True))
        self._acked: dict[TP, list[int]] = defaultdict(list)
        self._acked_index: dict[TP, set[int]] = defaultdict(set)
        self._gap: dict[TP, IntervalTree] = defaultdict(IntervalTree)
        self._committed_offset: dict[TP, int | None] = defaultdict(lambda: None)
        self._read_offset: dict[TP, int | None] = defaultdict(lambda: None)
        self._unacked_messages: set[Any] = set()
        self._waiting_for_ack = None
        self._n_acked = 0

    def forget(self) -> None:
        """Drop everything, as Consumer.on_partitions_revoked does for what is revoked."""
        for kept in (self._gap, self._acked, self._acked_index, self._read_offset):
            kept.clear()
        self._committed_offset.clear()

    def seek(self, positions: Mapping[Place, int]) -> None:
        """Take note of where reading begins, as Consumer.perform_seek does."""
        for place, position in positions.items():
            self._read_offset[TP(*place)] = position
            self._committed_offset[TP(*place)] = position or None

    async def read(self, tp: TP, offset: int) -> None:
        """Keep account of a message that was read, as Consumer._drain_messages does."""
        before = self._read_offset[tp]
        if before and offset - before > 1:
            await BatchConsumer._add_gap(self, tp, before + 1, offset)
        self._read_offset[tp] = offset

    @property
    def has_acked(self) -> bool:
        """Whether something was acked since the last commit."""
        return self._n_acked > 0

    def to_commit(self) -> dict[Place, int]:
        """What a commit would send now."""
        self._n_acked = 0
        found = {}
        for tp in list(self._acked):
            end = BatchConsumer._new_offset(self, tp)
            if end is not None:
                self._committed_offset[tp] = end
                found[tp.topic, tp.partition] = end
        return found


@dataclass(eq=False)
class Message:
    """What Faust keeps of a fetched batch."""

    tp: TP
    offset: int
    generation_id: int
    acked: bool = False

    @property
    def topic(self) -> str:
        return self.tp.topic


@dataclass(eq=False)
class Delivered:
    """A Faust event with a batch in it."""

    value: Batch
    message: Message
    consumer: SimulatedConsumer

    def ack(self) -> None:
        self.consumer.ack(self.message)


class NoWriter:
    """Stands in for the Kafka producer of dead letters: readers of that topic are no part of it."""

    def send_letter(self, _: Any) -> None:
        """Take it."""

    def flush(self) -> None:
        """Nothing waits."""


@dataclass
class Held:
    """What a consumer has of one partition: where it reads on, and batches no agent took yet."""

    position: int
    batches: deque[Delivered] = field(default_factory=deque)


class Process:
    """One worker process. `generation` is the rebalance it last took its partitions in."""

    def __init__(self, name: str, world: World) -> None:
        self.name = name
        self._world = world
        self._scheduler = world.scheduler
        self.loop = Loop(world.scheduler)
        self._pace = world.scheduler.chance.choice((0.1, 1.0, 1.0, 5.0))
        self.generation = 0
        self.is_alive = True
        self.asleep_until = 0.0
        self.is_revoking = False
        self.has_let_go = False
        self.is_stopping = False
        self.held: dict[Place, Held] = {}
        self.consumer = SimulatedConsumer()
        self._stop = VirtualEvent(world.scheduler)
        self.app: Any = SimpleNamespace(room=Room(10**9), consumer_generation_id=0)
        store: Any = PatientStore(world.store, stop=self._stop, on_error=lambda _: None)
        intake: Any = KnownIntake(world.log)
        writer: Any = NoWriter()
        self.folder = Folder(store, intake, bytes_limit=world.bytes_limit)
        self.live = keeper(store, LoopThread(self.loop))
        self.committer = Committer(
            self.app,
            self.folder,
            Writer(store, on_stage=lambda *_: None),
            Letters(writer),
            source_of=world.log.source,
            on_facts=self.live.take,
            on_stored=self._on_stored,
            stopping=self._stop,
            rows_limit=world.rows_limit,
            longest_age_s=0.0,
        )
        storing = self.committer._storing  # its own shares of so few rows would leave none open
        storing._many_facts, storing._open_rows = world.many_facts, world.open_rows
        self._started = self.loop.create_task(self.committer.run())

    @property
    def is_awake(self) -> bool:
        """Whether it runs at all; a process may be stopped and continued."""
        return self.is_alive and self._scheduler.now >= self.asleep_until

    @property
    def sees_all(self) -> bool:
        """Whether the joins and leaves of a partition number are all its own."""
        return set(COMINGS) <= set(self.held)

    def options(self) -> list[Option]:
        """What it could do next."""
        group, pace = self._world.group, self._pace
        options: list[Option] = [
            (2.0 * pace, partial(self.read, place)) for place in self.can_read()
        ]
        if self.loop.has_turn:
            options.append((5.0 * pace, self.loop.turn))
        options += [(5.0 * pace, call.step) for call in self.loop.calls()]
        if group.has_news_for(self):
            options.append((2.0 * pace, partial(group.tell, self)))
        if self.consumer.has_acked:
            options.append((pace, partial(group.send_commit, self)))
        if self.live.behind:
            options.append((0.2 * pace, self.read_on))
        return options

    def read_on(self) -> None:
        """Let its live view read what it misses, as the tick does once all is caught up."""
        self.live.read_on([0], NOW_MS)

    def sleep(self, seconds: float) -> None:
        """Stop it, as SIGSTOP does, until later."""
        self._scheduler.note(f"{self.name} sleeps for {seconds} s")
        self.asleep_until = self._scheduler.now + seconds

    # The consumer's side.

    def can_read(self) -> list[Place]:
        """The partitions a batch can be fetched or handed on of."""
        if self.is_revoking or self.is_stopping:
            return []
        return [
            place
            for place, held in self.held.items()
            if held.batches or held.position < self._world.log.partitions[place].end
        ]

    def read(self, place: Place) -> None:
        """Fetch a batch, or hand on the oldest that waits."""
        chance = self._scheduler.chance
        held = self.held[place]
        at_end = held.position >= self._world.log.partitions[place].end
        if held.batches and (
            at_end or len(held.batches) >= WAITING_BATCHES or chance.random() < 0.5
        ):
            self.loop.create_task(self.committer.offer(held.batches.popleft()))
            return
        records = self._world.log.partitions[place].read(
            held.position, chance.randint(1, self._world.fetch_limit)
        )
        batch = Batch(*place, records, self.app.room)
        held.position = batch.offset + 1
        self._world.reached[place] = max(held.position, self._world.reached.get(place, 0))
        tp = TP(*place)
        message = Message(tp, batch.offset, self.app.consumer_generation_id)
        held.batches.append(Delivered(batch, message, self.consumer))
        self._scheduler.run(self.consumer.read(tp, batch.offset))
        self._scheduler.note(f"{self.name} fetches {place} {batch.first_offset} to {batch.offset}")

    def revoke(self) -> None:
        """Learn that a rebalance has come."""
        self._scheduler.note(f"{self.name} is revoked")
        self.is_revoking = True
        self.has_let_go = False
        self.loop.create_task(self._revoke())

    async def _revoke(self) -> None:
        self.consumer.forget()
        self.live.revoke()
        in_hand = [held.batches[0] for held in self.held.values() if held.batches]
        self.held.clear()
        await asyncio.sleep(0)
        await self.committer.on_revoked()
        for event in in_hand:  # an agent had taken it already, and hands it on only now
            await self.committer.offer(event)
        self.has_let_go = True

    def assign(self, generation: int, positions: dict[Place, int]) -> None:
        """Take over partitions, to be read from `positions` on."""
        self._scheduler.note(f"{self.name} is assigned {positions} in {generation}")
        self.generation = self.app.consumer_generation_id = generation
        self.consumer.seek(positions)
        self.held = {place: Held(position) for place, position in positions.items()}
        if self.sees_all:
            self.live.assign([0], NOW_MS)
        self.is_revoking = False

    # Its end.

    def kill(self) -> None:
        """End it as kill -9 does."""
        self._scheduler.note(f"{self.name} is killed")
        self.end()

    def stop(self) -> None:
        """Ask it to end, as SIGTERM does."""
        self._scheduler.note(f"{self.name} is asked to stop")
        self.is_stopping = True
        self.loop.create_task(self._leave())

    async def _leave(self) -> None:
        await self.committer.stop()
        await self._started
        self._world.group.send_commit(self)
        while self._world.group.waits_for(self):
            await asyncio.sleep(0)
        self._scheduler.note(f"{self.name} has stopped")
        self.end()
        self._world.group.rebalance(self._world.alive)

    def end(self) -> None:
        """Let nothing of it run any more."""
        self.is_alive = False
        self._stop.set()
        self.loop.kill()

    def _on_stored(self, folded: Folded, _: float) -> None:
        self.live.durable()
        outcomes = folded.outcomes
        self._scheduler.note(f"{self.name} stored {dict(sorted(outcomes.items()))}")
        if sum(outcomes.values()) != folded.records:
            raise self._scheduler.broken(
                f"{folded.records} records have {sum(outcomes.values())} outcomes"
            )
        for topic in {taken.source.topic for taken in folded.taken}:
            copies = sum(
                self._world.truth.copies_within(taken.source, taken.first_offset, taken.last_offset)
                for taken in folded.taken
                if taken.source.topic == topic
            )
            if outcomes[topic, "duplicate", ""] > copies:
                raise self._scheduler.broken(f"{outcomes} where the log has {copies} copies")
