"""Our own entries: the full job into both stores, and the bare count through our transport."""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from clickhouse_driver import Client

from deploy.local.ports import HOST, free_ports
from tests.benchmarks.contestant import Child, Contestant, Counting, Running, topic_environment
from tests.benchmarks.course import PULSE, Course, pulse
from tests.benchmarks.stored import CHECK, fault_of

RECORDS = "community_pipeline_records_total"
COUNTED = re.compile(rf'^{RECORDS}\{{.*outcome="counted".*\}} (\S+)$', re.M)
Environment = Mapping[str, str]
NOTHING: Environment = MappingProxyType({})
PROGRAMS = Path(__file__).parent / "programs"


class Worker(Child):
    """`pulse worker`, from its first stored record to its last, as its own /metrics tell."""

    def __init__(self, course: Course, folder: Path, store: str, *, env: Environment = NOTHING):
        (self.metrics_port,) = free_ports(1)
        self._course = course
        self.environment = {
            **course.environment,
            "PULSE_STORE": store,
            "PULSE_GROUP": f"bench-{folder.name}",
            "PULSE_METRICS_PORT": str(self.metrics_port),
            "PULSE_STATE_DIR": str(folder / "state"),
            **env,
        }
        pulse(["migrate", "up"], self.environment)
        super().__init__([*PULSE, "worker"], self.environment, folder, target=course.filled.total)

    def counted(self) -> int:
        return int(sum(map(float, COUNTED.findall(self.metrics(f"?name[]={RECORDS}")))))

    def metrics(self, query: str = "") -> str:
        """What /metrics say now; nothing while they do not answer."""
        try:
            with urllib.request.urlopen(
                f"http://{HOST}:{self.metrics_port}/metrics{query}", timeout=5
            ) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    def check(self) -> None:
        """Ask the store, which is free once the worker has ended."""
        self.stop()
        found = {
            row["kind"]: int(row["n"])
            for row in json.loads(pulse(["sql", CHECK, "--json"], self.environment))
        }
        if fault := fault_of(found, self._course.filled):
            raise self.failure(fault)


class ServerWorker(Worker):
    """A worker on a database of its own in the course's server."""

    def __init__(self, course: Course, folder: Path, *, env: Environment = NOTHING) -> None:
        self.database = folder.name.replace("-", "_")
        super().__init__(course, folder, course.clickhouse.url(self.database), env=env)

    def leave(self) -> None:
        """Let the server merge no more of its rows."""
        client = Client(HOST, self._course.clickhouse.ports[0])
        client.execute(f"DETACH DATABASE IF EXISTS {self.database}")
        client.disconnect()


class EmbeddedWorker(Worker):
    """A worker with an embedded store of its own."""

    def __init__(self, course: Course, folder: Path, *, env: Environment = NOTHING) -> None:
        super().__init__(course, folder, f"chdb:{folder / 'store'}", env=env)


def _bare(course: Course, folder: Path) -> Running:
    target = course.filled.events["chat"]
    return Counting(
        [sys.executable, PROGRAMS / "bare.py"],
        topic_environment(course, folder, target=target),
        folder,
        target=target,
        windows=len(course.filled.chat_windows),
    )


FULL_SERVER = Contestant(
    name="full_server",
    title="community-pulse, full job, ClickHouse server",
    job="full",
    settings="defaults; all topics; every fact and window stored, exact",
    start=ServerWorker,
    peer=False,
)
FULL_EMBEDDED = replace(
    FULL_SERVER,
    name="full_embedded",
    title="community-pulse, full job, embedded store",
    start=EmbeddedWorker,
)
BARE = Contestant(
    name="bare",
    title="community-pulse transport, bare count",
    job="bare",
    settings="Faust app on agents.transport, polars columns, counts in memory, uvloop",
    start=_bare,
    peer=False,
)
