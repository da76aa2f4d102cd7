"""The workers: processes with static membership, under a supervisor that starts them again."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from deploy.local.ports import HOST, free_ports
from tests.chaos.skewed import FILE, set_clock

ROOT = Path(__file__).parents[2]
RECORDS = re.compile(r"^community_pipeline_records_total\{.*\} (\S+)$", re.MULTILINE)
STOP_S = 180.0


@dataclass
class Worker:
    """One worker: its installation stays the same however often its process is started."""

    folder: Path
    env: Mapping[str, str]
    metrics_port: int
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = False
    paused: bool = False
    asked_to_end: bool = False
    killed_s: float | None = None

    @property
    def running(self) -> bool:
        """Whether its process is there, paused or not."""
        return self.process is not None and self.process.poll() is None

    @property
    def clock(self) -> Path:
        """The file that says how far its clock is off."""
        return self.folder / "clock"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.chaos.skewed", "worker"]
        with (self.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        self.paused = self.asked_to_end = False

    def send(self, number: signal.Signals) -> None:
        if self.process is not None and self.running:
            self.process.send_signal(number)

    def stored(self) -> float:
        """Records stored by this process so far; 0 while it does not tell."""
        try:
            url = f"http://{HOST}:{self.metrics_port}/metrics"
            with urllib.request.urlopen(url, timeout=1) as answer:
                return sum(map(float, RECORDS.findall(answer.read().decode())))
        except (OSError, HTTPException):  # it may die while it answers
            return 0.0


@dataclass
class Fleet:
    """Workers 0 to n-1. `exits` counts how they ended when nobody had asked them to."""

    workers: list[Worker]
    exits: Counter[int] = field(default_factory=Counter)
    recoveries_s: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, count: int, folder: Path, env: Mapping[str, str]) -> Fleet:
        """Workers that are not started yet; each has its ports, state and clock."""
        workers = []
        for number in range(count):
            own = folder / f"worker{number}"
            own.mkdir()
            metrics, endpoint = free_ports(2)
            its_env = {
                **env,
                "PULSE_INSTANCE": f"chaos-{number}",
                "PULSE_METRICS_PORT": str(metrics),
                "PULSE_ENDPOINT__PORT": str(endpoint),
                "PULSE_STATE_DIR": str(own / "state"),
                FILE: str(own / "clock"),
            }
            worker = Worker(own, its_env, metrics)
            set_clock(worker.clock, 0)
            workers.append(worker)
        return cls(workers)

    def start(self) -> None:
        """Want them all, and start those that do not run."""
        for worker in self.workers:
            worker.wanted = True
            if not worker.running:
                worker.start()

    def pick(self, victim: int) -> Worker | None:
        """A worker that runs, none that is paused or ending; `victim` says which of them."""
        able = [it for it in self.workers if it.running and not it.paused and not it.asked_to_end]
        return able[victim % len(able)] if able else None

    def kill(self, worker: Worker) -> None:
        """SIGKILL; the supervisor starts it again at its next round."""
        worker.asked_to_end = True
        worker.killed_s = time.monotonic()
        worker.send(signal.SIGKILL)

    def terminate(self, worker: Worker) -> None:
        """SIGTERM; the supervisor starts it again once it has ended."""
        worker.asked_to_end = True
        worker.send(signal.SIGTERM)

    def pause(self, worker: Worker) -> None:
        worker.paused = True
        worker.send(signal.SIGSTOP)

    def resume(self, worker: Worker) -> None:
        worker.paused = False
        worker.send(signal.SIGCONT)

    def shrink(self, victim: int) -> bool:
        """Ask all workers but one to end; False if that is so already."""
        rest = [it for it in self.workers if it.wanted and not it.paused]
        if len(rest) < 2:
            return False
        for worker in rest:
            if worker is not rest[victim % len(rest)]:
                worker.wanted = False
                self.terminate(worker)
        return True

    def tend(self) -> None:
        """One round of the supervisor: start what ended, and see who stores rows again."""
        for worker in self.workers:
            if not worker.running and worker.process is not None:
                self._note_end(worker, worker.process.wait())
            if worker.wanted and not worker.running:
                worker.start()
            if worker.killed_s is not None and worker.stored() > 0:
                self.recoveries_s.append(time.monotonic() - worker.killed_s)
                worker.killed_s = None

    def disturb(self) -> None:
        """Something else fails now: no recovery that goes on is the worker's alone."""
        for worker in self.workers:
            worker.killed_s = None

    def stop(self) -> None:
        """SIGTERM to all, and wait; one that does not end in time is killed, and that is told."""
        for worker in self.workers:
            worker.wanted = False
            worker.send(signal.SIGCONT)
            self.terminate(worker)
        for worker in self.workers:
            if worker.process is None:
                continue
            try:
                worker.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                worker.asked_to_end = False
                worker.process.kill()
            self._note_end(worker, worker.process.wait())

    def stored(self) -> dict[int, float]:
        """Records stored so far by each process that answers now, by its id."""
        return {
            it.process.pid: it.stored()
            for it in self.workers
            if it.process is not None and it.running and not it.paused
        }

    def _note_end(self, worker: Worker, code: int) -> None:
        if not worker.asked_to_end:
            self.exits[code] += 1
            worker.killed_s = None
        worker.process = None
