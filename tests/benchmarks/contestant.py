"""What takes part: a contestant is started on the course and tells from outside how far it is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import PulseError
from tests.benchmarks.course import ROOT, Course
from tests.benchmarks.process_tree import Usage, usage

STOP_S = 30.0
TOTAL_S = 60.0
_PROGRESS = re.compile(r"^progress (\d+)$", re.MULTILINE)
_TOTAL = re.compile(r"^total (\d+) (\d+)$", re.MULTILINE)


class Running(ABC):
    """A contestant on its way. `target`: the events that it is to count.

    `poll_s`: how often it may be asked without harm. `log`: what it said, for an error.
    """

    poll_s = 0.1
    target: int
    log: Path

    @property
    @abstractmethod
    def pid(self) -> int:
        """The root of its tree of processes."""

    def usage(self) -> Usage:
        """CPU and memory of its tree."""
        return usage(self.pid)

    @abstractmethod
    def ended(self) -> bool:
        """Whether its process has gone."""

    @abstractmethod
    def counted(self) -> int:
        """Events counted so far; 0 while it does not tell."""

    @abstractmethod
    def check(self) -> None:
        """Raise PulseError unless what it counted is right. Called once, after the last event."""

    @abstractmethod
    def stop(self) -> None:
        """End it, and whatever it started; once more changes nothing."""

    def leave(self) -> None:  # noqa: B027  most leave nothing at work
        """End what is at work for it elsewhere. Called after `stop`.

        Its rows and files stay as long as the course: ext4 passes by what was deleted in the last
        minutes whenever it makes a file, which would be held against whoever runs next.
        """

    def failure(self, what: str) -> PulseError:
        """An error with the end of its log."""
        said = self.log.read_text(errors="replace")[-2000:]
        return PulseError(what, where=str(self.log), remedy=f"Its log ends with:\n{said}")


class Child(Running):
    """A contestant that is a child process, with a session, a log and an output of its own."""

    def __init__(
        self, command: Sequence[str | Path], env: Mapping[str, str], folder: Path, *, target: int
    ) -> None:
        self.target = target
        self.log = folder / "log"
        self.out = folder / "out"
        self._command = ["setpriv", "--pdeathsig", "KILL", "--", *map(str, command)]
        self._env = env
        self.start()

    def start(self) -> None:
        """Start it; also once more, after an end of it."""
        with self.log.open("ab") as log, self.out.open("ab") as out:
            self.process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self.ended():
                os.killpg(self.pid, number)
            try:
                self.process.wait(STOP_S)
                break
            except subprocess.TimeoutExpired:
                continue

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()


class Counting(Child):
    """A program that prints its progress and, in the end, its total (told.py)."""

    poll_s = 0.02

    def __init__(
        self,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        folder: Path,
        *,
        target: int,
        windows: int | None = None,
    ) -> None:
        super().__init__(command, env, folder, target=target)
        self._windows = windows

    def counted(self) -> int:
        said = _PROGRESS.findall(self._end_of_output())
        return int(said[-1]) if said else 0

    def check(self) -> None:
        deadline = time.monotonic() + TOTAL_S
        while not self.done and not self.ended() and time.monotonic() < deadline:
            time.sleep(0.05)
        total = _TOTAL.search(self._end_of_output())
        if total is None:
            raise self.failure("It did not say what it counted")
        found, windows = int(total[1]), int(total[2])
        if found != self.target or self._windows not in (None, windows):
            raise self.failure(
                f"It counted {found:,} events in {windows:,} windows, where there are"
                f" {self.target:,} in {self._windows or windows:,}"
            )

    @property
    def done(self) -> bool:
        """Whether it said what it counted."""
        return _TOTAL.search(self._end_of_output()) is not None

    def _end_of_output(self) -> str:
        with self.out.open("rb") as file:
            file.seek(max(0, self.out.stat().st_size - 200))
            return file.read().decode()


Start = Callable[[Course, Path], Running]


@dataclass(frozen=True)
class Contestant:
    """One entry: `job` is "full" (facts and windows stored) or "bare" (chats counted in windows).

    `settings` are told in the results. `prepare` installs what it needs; called once, before all
    runs. `start` begins a run in a new folder, with a fresh consumer group, state and database.
    """

    name: str
    title: str
    job: str
    settings: str
    start: Start
    prepare: Callable[[], None] = field(default=lambda: None)
    peer: bool = True


def topic_environment(course: Course, folder: Path, *, target: int) -> dict[str, str]:
    """What a counting program is told (told.py): broker, topic, a group of its own, a folder."""
    return {
        **os.environ,
        "BROKER": course.kafka.address,
        "TOPIC": "community.chat",
        "EVENTS": str(target),
        "GROUP": f"bench-{folder.name}",
        "FOLDER": str(folder),
        "PYTHONPATH": str(ROOT),
    }
