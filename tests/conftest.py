"""Real servers for the tests: one shared per run, or private ones to kill and pause at will.

Nothing here skips: a program that is missing fails the test with what to do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import hypothesis
import pytest

from deploy.local import ports
from deploy.local.servers import ClickHouse, Kafka, Programs
from pipeline.settings import KafkaSettings
from tests.topics import drop_topics

hypothesis.settings.register_profile(
    "noisy_machine",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("noisy_machine")

PORTS_EACH = 3_000
"""Of a test process: a port that one has found free and not taken yet is not found by another."""


def pytest_configure() -> None:
    """Give each of the processes that test side by side ports of its own."""
    number = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if number:
        first = ports._RANGE.start + int(number) * PORTS_EACH
        ports._RANGE = range(first, first + PORTS_EACH)


@pytest.fixture(scope="session")
def programs() -> Programs:
    return Programs.find()


@pytest.fixture(scope="session")
def kafka(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """The run's one broker: use topics and groups of your own, and leave it running.

    Our own topics are whose turn it is: who needs them drops them first (tests.topics).
    """
    with Kafka(tmp_path_factory.mktemp("kafka"), programs) as server:
        yield server


@pytest.fixture(scope="module")
def bare_kafka(kafka: Kafka) -> Kafka:
    """The run's one broker without our topics: a module makes them as it needs them."""
    drop_topics(KafkaSettings(bootstrap=kafka.address))
    return kafka


@pytest.fixture(scope="session")
def clickhouse_server(
    programs: Programs, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ClickHouse]:
    """The run's one server: use a database of your own, and leave it running."""
    with ClickHouse(tmp_path_factory.mktemp("clickhouse"), programs) as server:
        yield server


@pytest.fixture
def private_kafka(
    programs: Programs, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Kafka]]:
    """Start a broker that belongs to this test alone."""
    with ExitStack() as started:
        yield lambda: started.enter_context(Kafka(tmp_path_factory.mktemp("kafka"), programs))


@pytest.fixture
def private_clickhouse(
    programs: Programs, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], ClickHouse]]:
    """Start a ClickHouse server that belongs to this test alone."""
    with ExitStack() as started:
        yield lambda: started.enter_context(
            ClickHouse(tmp_path_factory.mktemp("clickhouse"), programs)
        )
