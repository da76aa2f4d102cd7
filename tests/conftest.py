"""Real servers for the tests: one shared per run, or private ones to kill and pause at will.

Nothing here skips: a program that is missing fails the test with what to do.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from deploy.local import ports
from deploy.local.servers import ClickHouse, Kafka, Programs
from pipeline.settings import KafkaSettings
from sinks import embedded
from tests.topics import drop_topics

hypothesis.settings.register_profile(
    "noisy_machine",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("noisy_machine")

LONGEST = (
    "simulation/test_simulation.py",
    "simulation/test_mutants.py",
    "integration/test_poison.py",
    "chaos/test_smoke.py",
    "deploy/test_bridge_live.py",
    "integration/test_liveness.py",
    "integration/test_beside_up.py",
    "integration/test_flow.py",
    "grafana/test_modern_boards.py",
    "pipeline/catalog/test_reference_real.py",
    "benchmarks/test_instructions.py",
)
"""Files that take longest, in the order of their beginning: at the end one would run alone."""

PORTS_EACH = 3_000
"""Of a test process: a port that one has found free and not taken yet is not found by another."""


INTERPRETED = {
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
}
"""Settings of the embedded engine: a test asks each query a few times, of few rows."""

QUICK_JVM = "-XX:TieredStopAtLevel=1"
"""A broker of the tests lives for minutes: to compile for peak speed is most of what it does."""


RARE_GO_COLLECTIONS = "400"
"""Percent that a heap of promtool or Prometheus grows by until it is searched for garbage."""

RARE_COLLECTIONS = 20_000
"""Objects more than before until Python looks for cycles among the youngest of them."""


CLOSE_WAIT_S = 120.0
"""A store that is not closed in time keeps its folder, and no other test could open one."""


def pytest_configure() -> None:
    """Spare the engines to compile, and give processes that test side by side their own ports."""
    embedded.SESSION_SETTINGS.update(INTERPRETED)
    embedded.CLOSE_WAIT_S = CLOSE_WAIT_S
    os.environ.setdefault("JDK_JAVA_OPTIONS", QUICK_JVM)
    os.environ.setdefault("GOGC", RARE_GO_COLLECTIONS)
    gc.set_threshold(RARE_COLLECTIONS)
    number = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if number:
        first = ports._RANGE.start + int(number) * PORTS_EACH
        ports._RANGE = range(first, first + PORTS_EACH)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin first: tests are handed out file by file, in this order."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    assert all(file.exists() for file in places), "LONGEST names a file that is not there"
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every search for garbage."""
    gc.freeze()


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
