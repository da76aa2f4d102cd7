"""Our own program as child processes: commands that end, and those that run on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from deploy.local.ports import HOST
from deploy.local.process import Server
from deploy.local.stack import Programs
from deploy.local.watch import fetch
from pipeline.errors import PulseError

PULSE = (sys.executable, "-m", "pipeline.cli")
STOP_S = 10.0


def run_pulse(arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """Run `pulse ... --json` to its end and return what it printed.

    Its progress and its errors go to our standard error. PulseError when it fails. It is stopped
    with us, and has a session of its own: Ctrl-C in the terminal reaches us alone.
    """
    command = ["setpriv", "--pdeathsig", "KILL", "--", *PULSE, *arguments, "--json"]
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate()
    except BaseException:
        _end(process)
        raise
    if process.returncode:
        raise PulseError(
            f"`pulse {' '.join(arguments)}` ended with exit code {process.returncode}",
            remedy="It says why above.",
        )
    said: dict[str, Any] = json.loads(printed)
    return said


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Pulse(Server):
    """A `pulse` command that runs on."""

    stop_seconds: ClassVar[float] = STOP_S
    arguments: tuple[str, ...] = ()

    def __init__(self, folder: Path, programs: Programs, environment: Mapping[str, str]) -> None:
        super().__init__(folder, programs)
        self._environment = environment

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings it runs with."""
        return self._environment

    def prepare(self) -> Sequence[str | Path]:
        """The command; its settings are in its environment."""
        return [*PULSE, *self.arguments]


class PulseUp(_Pulse):
    """`pulse up`: worker, rollup, exporter and SQL endpoint; healthy once /metrics answers."""

    name = "pulse-up"
    port_count = 2
    arguments = ("up",)
    start_seconds = 120.0

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings it runs with, its ports among them."""
        metrics, sql = map(str, self.ports)
        return {**self._environment, "PULSE_METRICS_PORT": metrics, "PULSE_ENDPOINT__PORT": sql}

    @property
    def url(self) -> str:
        """Where /metrics is."""
        return f"http://{self.address}/metrics"

    @property
    def sql_url(self) -> str:
        """Where SQL is answered."""
        return f"http://{HOST}:{self.ports[1]}"

    def healthy(self) -> bool:
        """Whether /metrics answers."""
        try:
            return bool(fetch(self.url, timeout_s=2.0))
        except PulseError:
            return False


class Simulator(_Pulse):
    """`pulse simulate`, live; it listens nowhere, its heartbeats show that it is well."""

    name = "simulator"
    port_count = 0

    def __init__(
        self,
        folder: Path,
        programs: Programs,
        environment: Mapping[str, str],
        *,
        arguments: Sequence[str],
    ) -> None:
        super().__init__(folder, programs, environment)
        self.arguments = ("simulate", *arguments)

    def healthy(self) -> bool:
        """Whether it has begun; what it says of itself afterwards are its heartbeats."""
        return self.running


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Our environment with `settings`, and without other PULSE_* that would change the demo."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULSE_")}
    return {**kept, **settings}
