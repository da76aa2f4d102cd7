"""What the demo keeps under `.local/demo`, so that it can be stopped anywhere and go on."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from datetime import time as day_time
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from pipeline.errors import PulseError, SettingsError

HISTORY_ENDS = day_time(12, 30)
"""Two hours and a half before 15:00, from when on every hour until night is a busy one."""


@dataclass(frozen=True)
class State:
    """What was decided once, and what is done.

    `history_ends_ms`: the event time at which history ends and live begins. `done` maps each
    finished step to what it said of itself.
    """

    seed: int
    zone: str
    history_ends_ms: int
    done: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def after(self, step: str, said: Mapping[str, Any]) -> Self:
        """The state once `step` is done."""
        return replace(self, done={**self.done, step: said})


@dataclass(frozen=True)
class Folder:
    """The places of everything the demo writes; each server has a folder of its own beside."""

    root: Path

    @property
    def state(self) -> Path:
        """What was decided and done."""
        return self.root / "state.json"

    @property
    def shell(self) -> Path:
        """The settings, for a shell to read."""
        return self.root / "settings.sh"

    @property
    def clock(self) -> Path:
        """The shared clock."""
        return self.root / "clock.json"

    @property
    def alive(self) -> Path:
        """Touched each second while the clock runs."""
        return self.root / "alive"

    @property
    def key(self) -> Path:
        """The secret of the pseudonyms."""
        return self.root / "pseudonym.key"

    @property
    def deliveries(self) -> Path:
        """What the receiver got."""
        return self.root / "deliveries.jsonl"

    @property
    def pulse_state(self) -> Path:
        """PULSE_STATE_DIR."""
        return self.root / "pulse"


@contextmanager
def claimed(folder: Folder) -> Iterator[None]:
    """Hold the folder for this process; PulseError while another demo runs in it."""
    folder.root.parent.mkdir(parents=True, exist_ok=True)
    with folder.root.with_name(f"{folder.root.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PulseError(
                "A demo runs here already",
                where=str(folder.root),
                remedy="Stop it with Ctrl-C first.",
            ) from error
        yield


def wipe(folder: Folder) -> None:
    """Remove all that earlier demos left; PulseError when that cannot be done."""
    try:
        shutil.rmtree(folder.root)
    except FileNotFoundError:
        return
    except OSError as error:
        raise PulseError(
            f"The last demo cannot be removed: {error}",
            where=str(folder.root),
            remedy="Remove it by hand.",
        ) from error


def load_state(folder: Folder) -> State | None:
    """The demo to be resumed, None if there is none; SettingsError if its file makes no sense."""
    if not folder.state.exists():
        return None
    try:
        return State(**json.loads(folder.state.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(
            f"The last demo's state cannot be read: {error}",
            where=str(folder.state),
            remedy="Start anew with `make demo FRESH=1`.",
        ) from error


def save_state(folder: Folder, state: State) -> None:
    """Replace the file at once."""
    folder.root.mkdir(parents=True, exist_ok=True)
    fresh = folder.state.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(state), indent=1))
    fresh.replace(folder.state)


def pseudonym_key(folder: Folder) -> tuple[str, bool]:
    """The key, and whether it was made just now; only its owner can read the file."""
    if folder.key.exists():
        return folder.key.read_text(), False
    folder.root.mkdir(parents=True, exist_ok=True)
    fresh = folder.key.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    key = secrets.token_hex(32)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    fresh.replace(folder.key)
    return key, True


def last_history_end(now_ms: int, zone: str) -> int:
    """The latest moment up to `now_ms` (epoch ms) at which clocks in `zone` show HISTORY_ENDS."""
    place = ZoneInfo(zone)
    day = datetime.fromtimestamp(now_ms / 1000, place).date()
    ends = datetime.combine(day, HISTORY_ENDS, place)
    if ends.timestamp() * 1000 > now_ms:
        ends = datetime.combine(day - timedelta(days=1), HISTORY_ENDS, place)
    return round(ends.timestamp()) * 1000
