"""`make bench`: events/s of the full job, from filled topics to durable facts and windows.

A real broker, topics filled once, then per run a fresh store and a fresh `pulse worker`. The
clock runs from the worker's first counted record to its last, as its own /metrics tell.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from kafka import KafkaProducer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from deploy.local.ports import free_ports
from deploy.local.servers import ClickHouse, Kafka, Programs
from pipeline.errors import PulseError
from pipeline.pseudonym import Pseudonyms
from tests.benchmarks.generate import events

KEY = "benchmark-only-key-0123456789"
RECORDS = re.compile(r'^community_pipeline_records_total\{.*outcome="counted".*\} (\S+)$', re.M)
PULSE = (sys.executable, "-m", "pipeline.cli")
TIMEOUT_S = 600
console = Console()


def main(
    count: Annotated[int, typer.Option(help="Events in the topics.")] = 1_000_000,
    runs: Annotated[int, typer.Option(help="Runs per store.")] = 3,
    store: Annotated[str, typer.Option(help="embedded, server or both.")] = "both",
) -> None:
    """Print the full job's events/s."""
    programs = Programs.find()
    with tempfile.TemporaryDirectory(prefix="pulse-bench-") as folder:
        base = Path(folder)
        with Kafka(base / "kafka", programs) as kafka, ClickHouse(base / "ch", programs) as server:
            env = {
                **os.environ,
                "PULSE_KAFKA__BOOTSTRAP": kafka.address,
                "PULSE_PSEUDONYM_KEY": KEY,
            }
            _pulse(["topics", "create"], env)
            _fill(kafka.address, count)
            rows = []
            for name in ("embedded", "server") if store == "both" else (store,):
                speeds = [
                    _run(base / f"{name}{run}", count, env | _target(name, base, server, run))
                    for run in range(runs)
                ]
                rows.append((name, speeds))
    table = Table("store", "median events/s", "min", "max", title=f"Full job, {count:,} events")
    for name, speeds in rows:
        table.add_row(
            name, f"{statistics.median(speeds):,.0f}", f"{min(speeds):,.0f}", f"{max(speeds):,.0f}"
        )
    console.print(table)


def _fill(bootstrap: str, count: int) -> None:
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, compression_type="lz4", linger_ms=50, batch_size=500_000
    )
    key_id = Pseudonyms(KEY.encode()).key_id
    for kind, key, value in track(events(count, key_id), "filling the topics", total=count):
        producer.send(f"community.{kind}", key=key, value=value)
    producer.flush()
    producer.close()


def _target(name: str, base: Path, server: ClickHouse, run: int) -> dict[str, str]:
    embedded = f"chdb:{base}/{name}{run}/store"
    return {
        "PULSE_STORE": embedded if name == "embedded" else server.url(f"bench{run}"),
        "PULSE_GROUP": f"bench-{name}-{run}",
    }


def _run(folder: Path, count: int, env: Mapping[str, str]) -> float:
    folder.mkdir()
    (port,) = free_ports(1)
    env = {**env, "PULSE_METRICS_PORT": str(port), "PULSE_STATE_DIR": str(folder / "state")}
    _pulse(["migrate", "up"], env)
    with (folder / "worker.log").open("w") as log:
        worker = subprocess.Popen([*PULSE, "worker"], env=env, stdout=log, stderr=log)
        try:
            return _measure(port, count, worker, folder / "worker.log")
        finally:
            worker.terminate()
            worker.wait(30)


def _measure(port: int, count: int, worker: subprocess.Popen[bytes], log: Path) -> float:
    started, first = 0.0, 0.0
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        if worker.poll() is not None:
            break
        counted = _counted(port)
        now = time.monotonic()
        if counted and not started:
            started, first = now, counted
        if counted >= count:
            return (counted - first) / (now - started)
        time.sleep(0.25)  # rarely enough that asking does not slow the worker
    raise PulseError("The worker did not finish", where=str(log), remedy=log.read_text()[-2000:])


def _counted(port: int) -> float:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return sum(float(number) for number in RECORDS.findall(answer.read().decode()))
    except OSError:
        return 0.0


def _pulse(words: list[str], env: Mapping[str, str]) -> None:
    subprocess.run([*PULSE, *words], env=env, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    typer.run(main)
