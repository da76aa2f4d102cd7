"""What was measured on: machine, versions, commit, and how busy it was with other things."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from clickhouse_driver import Client

from deploy.local.ports import HOST
from pipeline import __version__
from tests.benchmarks.course import ROOT, Course

LIBRARIES = (
    "faust-streaming", "aiokafka", "polars", "numpy", "clickhouse-driver", "chdb", "uvloop"
)  # fmt: skip
_MODEL = re.compile(r"^model name\s*: (.+)$", re.MULTILINE)
_KAFKA = re.compile(r"kafka-clients-([\d.]+)\.jar")


def machine() -> dict[str, str]:
    """One line of text by subject."""
    model = _MODEL.search(Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "when": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": commit(),
        "machine": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores,"
        f" {memory:.0f} GB, {platform.system()} {platform.release()}; one machine for everything",
        "load": f"{os.getloadavg()[0]:.1f} processes wanted a core in the minute before",
        "python": platform.python_version(),
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }


def servers(course: Course) -> dict[str, str]:
    """The versions of what runs on the course."""
    jars = " ".join(path.name for path in course.programs.kafka_jars.iterdir())
    kafka = _KAFKA.search(jars)
    client = Client(HOST, course.clickhouse.ports[0])
    ((clickhouse,),) = client.execute("SELECT version()")
    client.disconnect()
    java = subprocess.run(
        [course.programs.java, "-version"], stderr=subprocess.PIPE, text=True, check=False
    )
    return {
        "servers": f"Kafka {kafka[1] if kafka else '?'}, ClickHouse {clickhouse},"
        f" {java.stderr.splitlines()[0]}"
    }


def commit() -> str:
    """The commit, marked when the tree differs from it."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    changed = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return f"community-pulse {__version__}, {git('rev-parse', '--short', 'HEAD')}{changed}"
