"""The course that all contestants run on: one broker, its topics filled once, one ClickHouse."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.servers import ClickHouse, Kafka, Programs
from pipeline.errors import PulseError
from pipeline.progress import Progress, unwatched
from pipeline.pseudonym import Pseudonyms
from tests.benchmarks.fill import PARTITIONS, Filled, fill
from tests.benchmarks.generate import Crowd, events

ROOT = Path(__file__).parents[2]
KEY = "benchmark-only-key-0123456789"
KEY_ID = Pseudonyms(KEY.encode()).key_id
PULSE = (sys.executable, "-m", "pipeline.cli")


@dataclass(frozen=True)
class Course:
    """Where contestants find everything. Nothing on it is changed by a run but its own rows."""

    kafka: Kafka
    clickhouse: ClickHouse
    programs: Programs
    filled: Filled

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of our own programs: none of the caller's settings."""
        ours = {name: value for name, value in os.environ.items() if name[:6] != "PULSE_"}
        return {
            **ours,
            "PULSE_KAFKA__BOOTSTRAP": self.kafka.address,
            "PULSE_KAFKA__PARTITIONS": str(PARTITIONS),
            "PULSE_PSEUDONYM_KEY": KEY,
        }


@contextmanager
def open_course(
    folder: Path,
    count: int,
    *,
    crowd: Crowd | None = None,
    broker: type[Kafka] = Kafka,
    progress: Progress = unwatched,
) -> Iterator[Course]:
    """Start the servers, create the topics and fill them with `count` events, if any."""
    programs = Programs.find()
    with (
        broker(folder / "kafka", programs) as kafka,
        ClickHouse(folder / "clickhouse", programs) as clickhouse,
    ):
        course = Course(kafka, clickhouse, programs, Filled())
        pulse(["topics", "create"], course.environment)
        if count:
            drawn = events(count, KEY_ID, crowd=crowd)
            filled = fill(kafka.address, drawn, count, progress)
            course = Course(kafka, clickhouse, programs, filled)
        yield course


def pulse(words: list[str], env: Mapping[str, str]) -> str:
    """Run one of our commands; what it printed."""
    done = subprocess.run(
        [*PULSE, *words], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PulseError(f"pulse {words[0]} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout
