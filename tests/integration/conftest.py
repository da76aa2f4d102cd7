"""A whole pipeline per test: topics, group and store of its own, `pulse worker` as a child."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from deploy.local.ports import free_ports
from deploy.local.servers import ClickHouse, Kafka
from pipeline.core.routing import partition_for, routing_key
from pipeline.pseudonym import Pseudonyms
from pipeline.settings import KafkaSettings, Settings
from schemas.event import Event, to_wire
from sinks.migrate import up
from sinks.store import Store, open_store
from sinks.topics import create_topics, topic_of
from tests.reference.stored import make_migrated
from tests.topics import drop_topics

KEY = "integration-tests-only"
KEY_ID = Pseudonyms(KEY.encode()).key_id
PULSE = [sys.executable, "-m", "pipeline.cli"]
ROOT = Path(__file__).parents[2]
NUMBERS = count(1)
PATIENCE_S = 300.0
"""Of every wait: a busy machine may take many times what a quiet one does."""
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass
class Pipeline:
    """One installation: settings, broker, store URL, and at most one worker."""

    kafka: Kafka
    folder: Path
    store_url: str
    metrics_port: int
    endpoint_port: int
    env: dict[str, str] = field(default_factory=dict)
    worker: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        return Settings(
            kafka=KafkaSettings(bootstrap=self.kafka.address),
            store=self.store_url,
            pseudonym_key=KEY,
            currency="GBP",
            group=self.env["PULSE_GROUP"],
        )

    @property
    def log(self) -> str:
        return (self.folder / "worker.log").read_text()

    def pulse(
        self, *words: str, ok: bool = True, stdin: str | None = None, errors: bool = True
    ) -> str:
        """Run a `pulse` command to its end; what it printed, with or without its errors."""
        done = subprocess.run(
            [*PULSE, *words], env=self.env, cwd=ROOT, input=stdin, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT if errors else None,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) is ok, done.stdout
        return done.stdout

    def start(self, command: list[str] | None = None, **env: str) -> None:
        with (self.folder / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(
                command or [*PULSE, "worker"],
                env=self.env | env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def stop(self) -> None:
        """SIGTERM, which ends it with exit code 0: a stop that hangs is cut off with another."""
        assert self.worker is not None
        self.worker.send_signal(signal.SIGTERM)
        assert self.worker.wait(PATIENCE_S) == 0, self.log
        self.worker = None

    def kill(self) -> None:
        if self.worker is not None:
            self.worker.kill()
            self.worker.wait()
            self.worker = None

    def samples(self) -> Samples:
        """What /metrics shows; nothing while it does not answer."""
        try:
            url = f"http://127.0.0.1:{self.metrics_port}/metrics"
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
                text = answer.read().decode()
        except (OSError, HTTPException):  # it may die while it answers
            return {}
        return {
            (name, frozenset(LABEL.findall(labels or ""))): float(value)
            for name, labels, value in SAMPLE.findall(text)
        }

    def total(self, name: str, **labels: str) -> float:
        """Sum of a metric's samples that have these labels."""
        wanted = set(labels.items())
        return sum(
            value for (its, has), value in self.samples().items() if its == name and wanted <= has
        )

    def wait_for(self, what: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, f"not within {seconds} s\n{self.log[-4000:]}"
            assert self.worker is None or self.worker.poll() is None, self.log[-4000:]
            time.sleep(0.1)

    def wait_records(self, count: int, seconds: float = PATIENCE_S) -> None:
        """Wait until this worker has given `count` records an outcome."""
        self.wait_for(lambda: self.total("community_pipeline_records_total") >= count, seconds)

    def wait_until_drained(self, seconds: float = PATIENCE_S) -> None:
        """Wait until every partition is caught up and nothing lags."""

        def drained() -> bool:
            samples = self.samples()
            states = [v for (name, _), v in samples.items() if name.endswith("_caught_up")]
            lags = [v for (name, _), v in samples.items() if name.endswith("_lag_records")]
            return bool(states) and all(states) and len(lags) >= 28 and not any(lags)

        self.wait_for(drained, seconds)

    def open_store(self) -> Store:
        """The store, for a look; the embedded one only while no worker runs."""
        return open_store(self.settings)

    def make_topics(self) -> None:
        """The broker's topics, empty: what another test has left there goes."""
        drop_topics(self.settings.kafka)
        create_topics(self.settings.kafka)

    def make_tables(self) -> None:
        kind, _, folder = self.store_url.partition(":")
        if kind == "chdb":
            make_migrated(Path(folder))
            return
        store = self.open_store()
        up(store)
        store.close()

    def producer(self) -> KafkaProducer:
        return KafkaProducer(
            bootstrap_servers=self.kafka.address, linger_ms=20, max_request_size=2_000_000
        )

    def send(self, events: list[Event]) -> None:
        """Write events the way every source does."""
        producer = self.producer()
        for event in events:
            key = routing_key(event.group_id or "", event.user_id or "", event.event_id)
            producer.send(
                topic_of(event.event_type),
                key=key,
                value=to_wire(event),
                partition=partition_for(key, 4),
            )
        producer.flush()
        producer.close()

    def send_raw(self, topic: str, values: list[Any], partition: int) -> None:
        producer = self.producer()
        for value in values:
            producer.send(topic, key=b"any", value=value, partition=partition)
        producer.flush()
        producer.close()


def installation(broker: Kafka, folder: Path, store_url: str = "") -> Pipeline:
    """Settings for a worker on this broker; topics and tables are still to be made."""
    port, endpoint_port = free_ports(2)
    store_url = store_url or f"chdb:{folder}/store"
    env = {
        **os.environ,
        "PULSE_KAFKA__BOOTSTRAP": broker.address,
        "PULSE_STORE": store_url,
        "PULSE_GROUP": f"community-pulse-{next(NUMBERS)}",
        "PULSE_PSEUDONYM_KEY": KEY,
        "PULSE_METRICS_PORT": str(port),
        "PULSE_ENDPOINT__PORT": str(endpoint_port),
        "PULSE_STATE_DIR": str(folder / "state"),
        "PULSE_CURRENCY": "GBP",
        "PULSE_BATCH__MERGE_MS": "100",
    }
    return Pipeline(broker, folder, store_url, port, endpoint_port, env)


@pytest.fixture
def make_pipeline(kafka: Kafka, tmp_path: Path) -> Iterator[Callable[..., Pipeline]]:
    """Make the test's installation, with topics and tables; its worker is stopped at the end."""
    made: list[Pipeline] = []

    def make(store_url: str = "", broker: Kafka = kafka) -> Pipeline:
        assert not made, "the topics of a broker are one installation's"
        folder = tmp_path / "pipeline"
        folder.mkdir()
        pipeline = installation(broker, folder, store_url)
        pipeline.make_topics()
        pipeline.make_tables()
        made.append(pipeline)
        return pipeline

    yield make
    for pipeline in made:
        pipeline.kill()


@pytest.fixture
def database(clickhouse_server: ClickHouse) -> str:
    """The URL of a database of this test's own on the run's server."""
    return clickhouse_server.url(f"pipeline_{next(NUMBERS)}")
