from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from deploy.local import demo_processes
from deploy.local.demo_processes import environment, run_pulse
from pipeline.errors import PulseError

KEY = {"PULSE_PSEUDONYM_KEY": "only for this test, long enough"}


def test_a_command_says_what_it_did() -> None:
    said = run_pulse(("import", "irc", "--dry-run"), environment(KEY))
    assert said["sent"] == {"chat": 6_104, "join": 1_127, "leave": 1_006}


def test_a_command_that_fails_is_told_with_its_exit_code() -> None:
    with pytest.raises(PulseError, match="`pulse import irc /nowhere` ended with exit code 2"):
        run_pulse(("import", "irc", "/nowhere"), environment(KEY))


def test_an_interrupt_ends_the_command_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = tmp_path / "pid"
    sleeper = (
        "import os, pathlib, sys, time; "
        "pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"
    )
    monkeypatch.setattr(demo_processes, "PULSE", (sys.executable, "-c", sleeper))

    def interrupt() -> None:
        while not (started.exists() and started.read_text()):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    # A run in the background of a shell ignores SIGINT; this one must not.
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            run_pulse((str(started),), environment({}))
    finally:
        signal.signal(signal.SIGINT, usual)
    assert not Path(f"/proc/{started.read_text()}").exists()


def test_no_setting_from_outside_gets_into_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_CURRENCY", "CNY")
    monkeypatch.setenv("PULSE_EPOCH", "9")
    monkeypatch.setenv("HOME_OF_THIS_TEST", "here")
    made = environment({"PULSE_CURRENCY": "GBP"})
    assert made["PULSE_CURRENCY"] == "GBP"
    assert "PULSE_EPOCH" not in made
    assert made["HOME_OF_THIS_TEST"] == "here"
