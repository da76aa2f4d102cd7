"""One real server as a child process: started, waited for, killed, paused, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from deploy.local.ports import HOST, free_ports, is_free, listens
from deploy.local.stack import Programs
from pipeline.errors import PulseError

_ATTEMPTS = 5
_LOG_LINES = 15


class Server(ABC):
    """A server with its data, configuration and log under `folder`, its ports on 127.0.0.1.

    Ports are chosen at the first start and kept from then on, as is the data, so a server
    that was killed comes back as the same one. It has a session of its own: Ctrl-C in the terminal
    reaches only us, and we stop our servers in order. The kernel kills it when the thread that
    started it ends without stopping it; start servers from a thread that outlives them.
    """

    name: ClassVar[str]
    port_count: ClassVar[int] = 1
    start_seconds: ClassVar[float] = 120.0
    stop_seconds: ClassVar[float] = 60.0

    def __init__(self, folder: Path, programs: Programs) -> None:
        self.folder = folder.resolve()
        self.programs = programs
        self.ports: tuple[int, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self) -> Sequence[str | Path]:
        """Write the configuration for `ports` into `folder`; return the command to run."""

    @abstractmethod
    def healthy(self) -> bool:
        """Whether the server answers. False, never an error, while it does not yet."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What the process finds in its environment: ours, unless a subclass adds to it."""
        return os.environ

    @property
    def log(self) -> Path:
        """The file that everything the server prints goes to."""
        return self.folder / f"{self.name}.log"

    @property
    def address(self) -> str:
        """host:port that clients use."""
        return f"{HOST}:{self.ports[0]}"

    @property
    def running(self) -> bool:
        """Whether the process lives (a paused one does)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id; PulseError when it does not run."""
        if self._process is None or not self.running:
            raise PulseError(f"{self.name} does not run", where=str(self.log))
        return self._process.pid

    def start(self) -> Self:
        """Start and wait until healthy; PulseError with the end of the log when that fails."""
        if self.running:
            return self
        if self.ports:
            self._launch()
            return self
        for attempt in range(1, _ATTEMPTS + 1):
            self.ports = free_ports(self.port_count)
            try:
                self._launch()
            except PulseError:
                taken = not all(map(is_free, self.ports))
                self.ports = ()
                if not taken or attempt == _ATTEMPTS:
                    raise
            else:
                break
        return self

    def stop(self) -> None:
        """Ask it to end (SIGTERM), wait, and insist (SIGKILL) when it does not."""
        if self._process is None:
            return
        if self.running:
            self._process.send_signal(signal.SIGTERM)
            self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End it as a crash does (SIGKILL); `start` brings it back with its ports and data."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Freeze it (SIGSTOP): it holds its connections and, from now on, answers nothing."""
        pid = self._signal(signal.SIGSTOP)
        # Wait for the stop to take hold; WNOWAIT leaves an exit code to Popen.
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """Let a paused server go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _signal(self, number: signal.Signals) -> int:
        pid = self.pid
        os.kill(pid, number)
        return pid

    def _launch(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [str(part) for part in self.prepare()]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *command],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_healthy(self._process)
        except BaseException:
            self.kill()
            raise

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self.start_seconds
        while time.monotonic() < deadline:
            if (code := process.poll()) is not None:
                raise self._failure(f"ended with exit code {code} before it was ready")
            # A stranger on our port might answer too, so the listener must be our process.
            if all(listens(process.pid, port) for port in self.ports) and self.healthy():
                return
            time.sleep(0.05)
        raise self._failure(f"was not ready after {self.start_seconds:.0f} s")

    def _failure(self, what: str) -> PulseError:
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return PulseError(
            f"{self.name} {what}",
            where=str(self.log),
            remedy="\n  ".join(("The log ends with:", *lines)),
        )
