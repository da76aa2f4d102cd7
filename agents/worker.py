"""One worker process: store, committer, live view and /metrics, wired around the Faust app."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import structlog

from agents import memory
from agents.commit import Committer
from agents.consumer_lag import ConsumerLag
from agents.faults import FaultPoint, faults_of
from agents.folded import Folded
from agents.folder import Folder
from agents.intake import Intake
from agents.lag import caught_up_partitions
from agents.letters import Letters
from agents.live import LiveKeeper
from agents.overseer import Overseer
from agents.patience import PatientStore
from agents.probation import Probation
from agents.publish import Publisher
from agents.readiness import why_not_ready
from agents.reference import Reference
from agents.rehearsal import rehearse
from agents.sightings import Sightings
from agents.storing import Counted
from agents.transport import BatchApp
from agents.writer import Writer
from pipeline import __version__
from pipeline.catalog.series import FOLDING, STORING
from pipeline.clock import SharedClock, wall_ms
from pipeline.core.live import LIVE_TYPES
from pipeline.core.rows import Source
from pipeline.core.snapshot import Snapshot
from pipeline.pseudonym import load_pseudonyms
from pipeline.settings import Settings, make_state_folder
from sinks.kafka import EventWriter
from sinks.key_guard import claim_key
from sinks.migrate import require_current
from sinks.prometheus import Exporter
from sinks.store import Store, open_store
from sinks.topics import SOURCES, topic_of

log = structlog.get_logger("pulse.worker")

TICK_S = 1.0
LIVE_S = 5.0
"""A second that the live views do not answer for so long is published without them."""
LIVE_TOPICS = tuple(topic_of(event_type) for event_type in LIVE_TYPES)


class Worker:
    """Everything of a worker process that is not Faust's."""

    store: Store
    committer: Committer

    def __init__(self, app: BatchApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._clock = SharedClock(settings.clock_file)
        self._faults = faults_of(settings.fault_at)
        self._sightings = Sightings()
        self._lag = ConsumerLag(app)
        self._overseer = Overseer(self._moves)
        self._seconds = 0
        self._stopping = threading.Event()
        self._partitions: frozenset[int] = frozenset()
        self._is_open = False
        self.beside = ExitStack()
        """What others opened on this worker's store; closed before the store is."""

    def open(self, prepare: Callable[[Store], object] | None = None) -> None:
        """Open the store, `prepare` and check it, serve /metrics; a second call changes nothing."""
        if self._is_open:
            return
        settings = self._settings
        make_state_folder(settings)
        key_id = load_pseudonyms(settings).key_id
        self.store = open_store(settings)
        try:
            if prepare is not None:
                prepare(self.store)
            require_current(self.store)
            claim_key(self.store, key_id)
            rehearse()  # only now: what is wrong above is told at once
            self._exporter = Exporter(__version__)
            self._wire(key_id)
            port = self._exporter.serve(
                settings.metrics_host,
                settings.metrics_port,
                {"/livez": self._overseer.why_dead, "/readyz": self._why_not_ready},
            )
        except BaseException:
            self.beside.close()
            self.store.close()
            raise
        memory.settle()
        log.info("metrics are served", host=settings.metrics_host, port=port)
        self._is_open = True
        self._faults.reach(FaultPoint.ON_START)

    def _wire(self, key_id: str) -> None:
        settings = self._settings
        patient = PatientStore(self.store, stop=self._stopping, on_error=self._on_store_error)
        self._patient = patient
        intake = Intake.of(settings, self._clock, key_id=key_id)
        self._writer = EventWriter(settings, role="worker")
        folder = Folder(patient, intake, bytes_limit=settings.batch.window_bytes)
        source_of = partial(_source, epoch=settings.epoch)
        self._probation = Probation(
            patient, folder, source_of=source_of, committed=self._lag.committed
        )
        self.committer = Committer(
            self._app,
            folder,
            Writer(patient, on_stage=self._exporter.observe_commit, faults=self._faults),
            Letters(self._writer),
            source_of=source_of,
            on_facts=self._on_facts,
            on_stored=self._on_stored,
            stopping=self._stopping,
            rows_limit=settings.batch.commit_rows,
            longest_age_s=settings.batch.merge_ms / 1000,
            faults=self._faults,
            probation=self._probation,
        )
        self._live = LiveKeeper(
            patient,
            grace_ms=settings.grace_seconds * 1000,
            epoch=settings.epoch,
            partitions=settings.kafka.partitions,
        )
        self._publisher = Publisher(
            self._exporter,
            groups_limit=settings.alert_groups,
            partitions=settings.kafka.partitions,
        )
        self._reference = Reference(self.store, self._publisher)

    def close(self) -> None:
        """Close what was opened; rows and offsets are where they belong."""
        if self._is_open:
            self._is_open = False
            self.beside.close()
            self._live.close()
            self._reference.close()
            self._writer.close()
            self._exporter.close()
            self.store.close()

    def watch(self) -> None:
        """Leave the process from now on when what should move does not; on the event loop."""
        self._overseer.start(asyncio.get_running_loop())

    async def commit(self) -> None:
        """The committer's task."""
        await self.committer.run()

    async def tick(self) -> None:
        """Publish once a second, whatever the store does."""
        while not self._app.should_stop:
            started = time.monotonic()
            try:
                await self._tick()
            except Exception:
                log.exception("this second was not published")
            self._seconds += 1
            await self._app.sleep(max(0.05, TICK_S - (time.monotonic() - started)))

    async def _tick(self) -> None:
        wall = wall_ms()
        clock = self._clock.clock()
        now = clock.at(wall)
        lags = self._lag.measure(wall)
        caught_up = caught_up_partitions(lags, LIVE_TOPICS, self._partitions)
        if self._patient.away:
            caught_up = frozenset()
        self._reference.refresh(clock, wall)
        self.committer.crowded = self._reference.crowded
        self._live.read_on(caught_up, now)
        snapshots = await self._snapshots(now)
        self._publisher.publish(
            snapshots,
            lags,
            caught_up & frozenset(snapshots),
            self._sightings,
            now_ms=now,
            wall_ms=wall,
            clock_rate=clock.rate(wall),
        )

    async def _snapshots(self, now_ms: int) -> Mapping[int, Snapshot]:
        """The live views, but for those that are behind; none while one of them is read."""
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self._live.snapshots(now_ms)), LIVE_S)
        except TimeoutError:
            return {}

    async def on_assigned(self, _: Any, assigned: Iterable[Any], **__: Any) -> None:
        """Rebuild the live views of the partition numbers that are wholly ours."""
        owned = {(tp.topic, tp.partition) for tp in assigned}
        numbers = {number for _, number in owned}
        self._partitions = frozenset(
            number for number in numbers if all((topic, number) in owned for topic in LIVE_TOPICS)
        )
        log.info("partitions assigned", numbers=sorted(self._partitions))
        self._live.assign(self._partitions, self._clock.now_ms())

    async def on_revoked(self, _: Any, revoked: Iterable[Any], **__: Any) -> None:
        """Let go of everything that is kept per partition."""
        self._faults.reach(FaultPoint.ON_REVOKE)
        self._partitions = frozenset()
        self._live.revoke()
        self._lag.meter.forget()
        self._publisher.forget_anomalies()
        await self.committer.on_revoked()

    async def on_shutdown(self, _: Any, **__: Any) -> None:
        """Stop committing; a commit that waits for the store is given up and replayed later."""
        self._overseer.stop()
        if self._is_open:
            await self.committer.stop()

    def _on_facts(self, counted: list[Counted], replayed: dict[Source, int]) -> None:
        self._sightings.note(counted)
        self._live.take(counted, replayed)

    def _on_stored(self, folded: Folded, seconds: float) -> None:
        self._exporter.observe_commit(FOLDING, folded.seconds)
        self._exporter.observe_commit(STORING, seconds)
        self._exporter.commit_rows(folded.records)
        for (topic, outcome, reason), count in folded.outcomes.items():
            self._exporter.count_record(topic, outcome, reason, count)
        for taken in folded.taken:
            place = (taken.source.topic, taken.source.partition)
            self._lag.meter.stored(place, taken.last_offset, taken.appended_ms)
        self._live.durable()

    def _on_store_error(self, kind: str) -> None:
        self._exporter.store_error(kind)
        self._probation.excuse()

    def _moves(self) -> dict[str, object]:
        """What should move now (see Watchdog); called by the overseer's thread.

        A store that is away is an excuse: then nothing can be stored, and the writer waits it out.
        """
        moves: dict[str, object] = {}
        if self._lag.begun:
            moves["the consumer's event loop"] = self._lag.poke()
        moves["the tick of each second"] = self._seconds
        if self._patient.answers:
            for (topic, partition), stored in self._lag.waiting(wall_ms()).items():
                moves[f"{topic}/{partition}, where records wait"] = stored
        return moves

    def _why_not_ready(self) -> str:
        return self._overseer.why_dead() or why_not_ready(
            self._lag.measure(wall_ms()),
            store_answers=self._patient.answers,
            limit_s=self._settings.ready_lag_seconds,
        )


def _source(topic: str, partition: int, *, epoch: int) -> Source:
    return Source(SOURCES.get(topic), topic, partition, epoch)
