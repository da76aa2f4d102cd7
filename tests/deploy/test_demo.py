"""The demo as a process: interrupted anywhere it leaves nothing running, and can be resumed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.demo import main
from deploy.local.demo_state import Folder, State, claimed, save_state

STOPS_WITHIN_S = 180.0


class Run:
    """One run of the demo in `folder`; what it prints goes to a file there."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.output = folder.with_suffix(".out")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local.demo", "--folder", folder, *options],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for(self, text: str, file: Path | None = None, within_s: float = 600.0) -> None:
        deadline = time.monotonic() + within_s
        while text not in _text(file or self.output):
            assert self.process.poll() is None, _text(self.output)
            assert time.monotonic() < deadline, _text(self.output)
            time.sleep(0.1)

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOPS_WITHIN_S)


def _text(file: Path) -> str:
    return file.read_text(errors="replace") if file.exists() else ""


def _left_behind(folder: Path) -> list[str]:
    """Command lines and environments of living processes that name the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in told:
            found.append(told[:200].decode(errors="replace"))
    return found


def _wait_until_gone(folder: Path) -> None:
    """Children learn of the death of a parent that was killed, and end: soon, not at once."""
    deadline = time.monotonic() + 120
    while left := _left_behind(folder):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "demo"
    yield folder
    assert not _left_behind(folder)


@pytest.mark.timeout(2_400)
@pytest.mark.server
def test_it_is_stopped_killed_and_resumed_and_leaves_no_process(folder: Path) -> None:
    first = Run(folder, "--seed", "3")
    first.wait_for("lines rejected", first.output)
    assert first.stop(signal.SIGTERM) == 0
    assert "Starting clean, for there is no earlier demo" in _text(first.output)
    assert "Made a secret key" in _text(first.output)
    assert not _left_behind(folder)

    second = Run(folder)
    second.wait_for("metrics are served", folder / "up" / "pulse-up.log")
    assert second.stop(signal.SIGKILL) == -signal.SIGKILL
    _wait_until_gone(folder)

    third = Run(folder, "--once")
    third.wait_for("Orders: 18,532 order")
    assert third.stop(signal.SIGINT) == 130
    told = _text(third.output)
    assert "Resuming the demo" in told
    assert "Made a secret key" not in told
    assert "IRC: " not in told


def test_a_second_demo_in_the_same_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with claimed(Folder(tmp_path / "demo")):
        assert main(["--folder", str(tmp_path / "demo")]) == 2
    assert "A demo runs here already" in capsys.readouterr().out


def test_another_seed_than_the_resumed_one_is_called_wrongly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    save_state(Folder(tmp_path / "demo"), State(7, "Asia/Shanghai", 1))
    assert main(["--folder", str(tmp_path / "demo"), "--seed", "8"]) == 2
    assert "has the seed 7" in capsys.readouterr().out
