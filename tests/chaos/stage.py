"""The stage: brokers, store, proxy and workers of one run, started and stopped together."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deploy.local.ports import HOST
from deploy.local.servers import ClickHouse, Kafka, Programs
from pipeline.errors import BrokerError
from pipeline.settings import KafkaSettings, Settings
from sinks.group_offsets import GroupOffsets, open_group
from sinks.store import Store, open_store
from tests.chaos.brokers import Brokers
from tests.chaos.cluster import cluster
from tests.chaos.disk import Disk, small_disk
from tests.chaos.fleet import ROOT, Fleet
from tests.chaos.proxy import Proxy
from tests.chaos.record import CURRENCY, KEY, PARTITIONS, RETENTION_DAYS

START_S = 300.0
DISK_MB = 4_096
"""Of the store's own disk: memory, as far as it is used."""

StoreKind = Literal["server", "embedded"]


@dataclass
class Stage:
    """Everything that may be hurt.

    `server`, `proxy` and `disk` are None on the embedded store, `disk` also where it needs rights.
    """

    folder: Path
    brokers: Brokers
    server: ClickHouse | None
    proxy: Proxy | None
    disk: Disk | None
    fleet: Fleet
    env: dict[str, str]
    store_url: str
    broker_recoveries_s: list[float] = field(default_factory=list)
    _broker_back: tuple[float, dict[int, float]] | None = None

    @property
    def settings(self) -> Settings:
        """The installation's, on the way to the store that no proxy is on."""
        return Settings(
            kafka=KafkaSettings(bootstrap=self.brokers.address, partitions=PARTITIONS),
            store=self.store_url,
            pseudonym_key=KEY,
            currency=CURRENCY,
        )

    def pulse(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a `pulse` command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "pipeline.cli", *words],
            env=self.env, cwd=ROOT, text=True, capture_output=True, timeout=300, check=False,
        )  # fmt: skip

    @contextmanager
    def group(self) -> Iterator[GroupOffsets]:
        """The workers' consumer group."""
        settings = self.settings
        with open_group(settings.kafka, settings.group) as group:
            yield group

    def open_store(self) -> Store:
        """The store for a look; the embedded one only while no worker runs."""
        return open_store(self.settings, role="verdict")

    def replay_from_the_start(self) -> None:
        """Set the group back; its workers must have ended, one that was killed seconds ago."""
        deadline = time.monotonic() + START_S
        while (done := self.pulse("replay", "--reset-to", "earliest", "--yes")).returncode:
            if time.monotonic() > deadline:
                raise RuntimeError(done.stdout + done.stderr)
            time.sleep(1)

    def start_brokers(self) -> None:
        """Start a broker again, and measure from now on how long no row comes."""
        began, before = time.monotonic(), self.fleet.stored()
        self.brokers.start()
        self._broker_back = (began, before)

    def tend(self, *, calm: bool) -> None:
        """One round of the supervisor. `calm` tells that nothing but workers fails now."""
        self.fleet.tend()
        if self._broker_back is not None:
            began, before = self._broker_back
            if any(n > before.get(pid, 0) for pid, n in self.fleet.stored().items()):
                self.broker_recoveries_s.append(time.monotonic() - began)
                self._broker_back = None
        if not calm or self._broker_back is not None:
            self.fleet.disturb()

    def wait_until_joined(self) -> None:
        """Wait until every worker is in the group."""
        deadline = time.monotonic() + START_S
        with self.group() as group:
            while len(group.members()) < len(self.fleet.workers):
                self.fleet.tend()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the workers have not joined within {START_S} s")
                time.sleep(0.2)

    def wait_until_drained(self, still_s: float) -> None:
        """Wait until all that is in the log is committed; TimeoutError when that stands still."""
        last, moved = -1, time.monotonic()
        while left := self._left():
            self.fleet.tend()
            if left != last:
                last, moved = left, time.monotonic()
            elif time.monotonic() - moved > still_s:
                raise TimeoutError(f"{left} records wait, and none was taken for {still_s} s")
            time.sleep(0.5)

    def _left(self) -> int:
        """Records that wait; -1 while a broker that has just started cannot say."""
        try:
            with self.group() as group:
                committed, ends = group.committed(), group.ends()
        except BrokerError:
            return -1
        return sum(max(0, end - committed.get(place, 0)) for place, end in ends.items())


@contextmanager
def open_stage(
    folder: Path, store: StoreKind, *, workers: int, brokers: int = 1
) -> Iterator[Stage]:
    """Start the servers, make topics and tables; the workers are the caller's to start."""
    programs = Programs.find()
    with ExitStack() as stack:
        if brokers == 1:
            members = [stack.enter_context(Kafka(folder / "kafka", programs))]
        else:
            members = stack.enter_context(cluster(folder, programs))
        log = Brokers(members)
        server, proxy, disk = None, None, None
        store_url = worker_url = f"chdb:{folder}/store"
        if store == "server":
            disk = stack.enter_context(small_disk(folder / "clickhouse" / "data", DISK_MB))
            server = stack.enter_context(ClickHouse(folder / "clickhouse", programs))
            proxy = stack.enter_context(Proxy(server.ports[0]))
            store_url = server.url("community")
            worker_url = f"clickhouse://default:@{HOST}:{proxy.port}/community"
        env = {
            **os.environ,
            "PULSE_KAFKA__BOOTSTRAP": log.address,
            "PULSE_KAFKA__PARTITIONS": str(PARTITIONS),
            "PULSE_KAFKA__REPLICATION": str(log.count),
            "PULSE_STORE": worker_url,
            "PULSE_PSEUDONYM_KEY": KEY,
            "PULSE_CURRENCY": CURRENCY,
            "PULSE_RETENTION_DAYS": str(RETENTION_DAYS),
            "PULSE_BATCH__MERGE_MS": "200",
        }
        fleet = Fleet.of(workers, folder, env)
        stage = Stage(folder, log, server, proxy, disk, fleet, env, store_url)
        for words in (("topics", "create"), ("migrate", "up")):
            done = stage.pulse(*words)
            if done.returncode:
                raise RuntimeError(done.stdout + done.stderr)
        stack.callback(fleet.stop)
        yield stage
