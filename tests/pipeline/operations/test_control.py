"""The control socket: operations run in the owner, progress and errors come back."""

from __future__ import annotations

import socket
import stat
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from pipeline.errors import PulseError, StoreInUse, UsageError
from pipeline.operations.control import Control
from pipeline.operations.control_socket import WHERE, connect, control_path, listen
from pipeline.operations.operation import Context
from pipeline.operations.owner import ask_owner
from pipeline.progress import unwatched
from pipeline.settings import Settings
from sinks.store import Store

OWNED = StoreInUse("The embedded store belongs to process 1", where="chdb:x")
NO_STORE = cast("Store", None)


class Slow:
    """An operation that goes on until told to end, a step at a time."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()
        self.may_end = threading.Event()

    def __call__(self, context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
        self.begun.set()
        try:
            while not self.may_end.wait(0.01):
                context.progress("slowly", 0, None)
            return {}
        finally:
            self.ended.set()


def _count(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    for done in range(arguments["steps"]):
        context.progress("counting", done, arguments["steps"])
    return {"counted": arguments["steps"], "zone": context.settings.zone}


def _refuse(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    raise UsageError("No", where="there", remedy="Do not.")


def _fall(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    raise KeyError("surprise")


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture(params=["short", "deep"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    folder = tmp_path / "state" if request.param == "short" else tmp_path / ("d" * 120) / "state"
    return Settings(state_dir=folder)


@pytest.fixture
def control(settings: Settings, slow: Slow) -> Iterator[Control]:
    operations = {"count": _count, "refuse": _refuse, "fall": _fall, "slow": slow}
    control = Control(settings, NO_STORE, operations, offers={"endpoint": "http://x:1"})
    control.open()
    yield control
    slow.may_end.set()
    control.close()


def test_result_and_progress_come_back(control: Control, settings: Settings) -> None:
    heard: list[tuple[str, int, int | None]] = []
    told = ask_owner(
        settings, "count", {"steps": 3}, owned=OWNED, progress=lambda *step: heard.append(step)
    )
    assert told == {"counted": 3, "zone": settings.zone}
    assert heard == [("counting", done, 3) for done in range(3)]


def test_an_error_comes_back_as_it_was(control: Control, settings: Settings) -> None:
    with pytest.raises(PulseError) as told:
        ask_owner(settings, "refuse", {}, owned=OWNED)
    assert (told.value.what, told.value.where, told.value.remedy) == ("No", "there", "Do not.")
    assert told.value.exit_code == 2


def test_a_surprise_is_told_and_the_owner_lives_on(control: Control, settings: Settings) -> None:
    with pytest.raises(PulseError, match="KeyError"):
        ask_owner(settings, "fall", {}, owned=OWNED)
    assert ask_owner(settings, WHERE, {}, owned=OWNED) == {"endpoint": "http://x:1"}


def test_an_operation_it_does_not_know(control: Control, settings: Settings) -> None:
    with pytest.raises(PulseError, match="no operation dance"):
        ask_owner(settings, "dance", {}, owned=OWNED)


def test_another_users_socket_is_told_from_one_that_nobody_listens_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(socket.socket):
        def connect(self, address: object) -> None:
            raise PermissionError(13, "Permission denied")

    settings.state_dir.mkdir(parents=True)
    monkeypatch.setattr(socket, "socket", Closed)
    with pytest.raises(StoreInUse, match="Run this command as that user"):
        ask_owner(settings, "count", {"steps": 1}, owned=OWNED)


def test_one_operation_at_a_time(control: Control, settings: Settings, slow: Slow) -> None:
    first = threading.Thread(target=ask_owner, args=(settings, "slow", {}), kwargs={"owned": OWNED})
    first.start()
    assert slow.begun.wait(60)
    with pytest.raises(PulseError, match="Another operation"):
        ask_owner(settings, "count", {"steps": 1}, owned=OWNED)
    slow.may_end.set()
    first.join(60)
    assert ask_owner(settings, "count", {"steps": 1}, owned=OWNED)["counted"] == 1


def test_a_caller_that_goes_away_ends_its_operation(
    control: Control, settings: Settings, slow: Slow
) -> None:
    caller = connect(control_path(settings))
    assert caller is not None
    caller.sendall(b'{"operation": "slow", "arguments": {}}\n')
    assert slow.begun.wait(60)
    caller.close()
    assert slow.ended.wait(60)
    assert not slow.may_end.is_set()


@pytest.mark.parametrize("said", [b"\n", b"{}\n", b"[1]\n", b'{"operation": 1, "arguments": {}}\n'])
def test_what_is_no_request_is_refused(control: Control, settings: Settings, said: bytes) -> None:
    caller = connect(control_path(settings))
    assert caller is not None
    with caller, caller.makefile("rwb") as lines:
        lines.write(said)
        lines.flush()
        assert b'"exit_code": 2' in lines.readline()


def test_only_this_user_may_open_it(control: Control, settings: Settings) -> None:
    mode = control_path(settings).stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_a_second_owner_is_refused_and_a_dead_one_replaced(
    control: Control, settings: Settings
) -> None:
    second = Control(settings, NO_STORE, {}, offers={})
    with pytest.raises(PulseError, match="Another program listens"):
        second.open()
    control.close()
    control_path(settings).touch()  # what a killed owner leaves behind
    second.open()
    assert ask_owner(settings, WHERE, {}, owned=OWNED) == {}
    second.close()
    assert not control_path(settings).exists()


def test_closing_ends_the_operation_that_runs(
    control: Control, settings: Settings, slow: Slow
) -> None:
    errors: list[str] = []

    def ask() -> None:
        try:
            ask_owner(settings, "slow", {}, owned=OWNED)
        except PulseError as error:
            errors.append(error.what)

    asking = threading.Thread(target=ask)
    asking.start()
    assert slow.begun.wait(60)
    control.close()
    asking.join(60)
    assert slow.ended.is_set()
    assert errors == ["The process that owns the store is being stopped"]


def test_nobody_there_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(StoreInUse, match="process 1") as told:
        ask_owner(settings, "count", {}, owned=OWNED)
    assert "PULSE_STATE_DIR" in told.value.remedy
    assert told.value.exit_code == 2


def test_an_owner_that_dies_is_told(settings: Settings) -> None:
    settings.state_dir.mkdir(parents=True)
    listener = listen(control_path(settings))

    def die() -> None:
        caller, _ = listener.accept()
        caller.recv(10)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        caller.close()

    threading.Thread(target=die, daemon=True).start()
    with pytest.raises(PulseError, match="ended before it answered"):
        ask_owner(settings, "count", {}, owned=OWNED, progress=unwatched)
    listener.close()
