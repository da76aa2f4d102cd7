"""How a demo begins: anew, or where the last one stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from deploy.local.demo_clock import DemoClock
from deploy.local.demo_state import (
    Folder,
    State,
    last_history_end,
    load_state,
    pseudonym_key,
    save_state,
    wipe,
)
from deploy.local.stack import Programs
from pipeline.clock import wall_ms
from pipeline.errors import UsageError
from pipeline.settings import Settings

SEED = 7
CURRENCY = "GBP"
"""The real orders are in pounds; money in another currency would be refused."""
ZONE = str(Settings.model_fields["zone"].default)


@dataclass
class Stage:
    """What all of the story shares; `key` is the secret of the pseudonyms."""

    folder: Folder
    console: Console
    programs: Programs
    clock: DemoClock
    state: State
    key: str

    def say(self, text: str) -> None:
        """One line of the story."""
        self.console.print(text, markup=False, soft_wrap=True)

    def finish(self, step: str, said: Mapping[str, Any]) -> None:
        """Remember that a step is done, and what it said."""
        self.state = self.state.after(step, said)
        save_state(self.folder, self.state)

    def settings(self, broker: str) -> dict[str, str]:
        """PULSE_* of every process of the demo."""
        return {
            "PULSE_KAFKA__BOOTSTRAP": broker,
            "PULSE_STORE": f"chdb:{self.folder.root / 'store'}",
            "PULSE_STATE_DIR": str(self.folder.pulse_state),
            "PULSE_CLOCK_FILE": str(self.folder.clock),
            "PULSE_PSEUDONYM_KEY": self.key,
            "PULSE_CURRENCY": CURRENCY,
            "PULSE_ZONE": self.state.zone,
            "PULSE_BATCH__MERGE_MS": "100",
        }


def begin(folder: Folder, console: Console, *, fresh: bool, seed: int | None) -> Stage:
    """Take up the last demo, or make another, and say which. UsageError if it has another seed."""
    programs = Programs.find()
    if fresh:
        wipe(folder)
    clock, state = DemoClock(folder.clock, folder.alive), load_state(folder)
    if state is None:
        state = State(SEED if seed is None else seed, ZONE, last_history_end(wall_ms(), ZONE))
        clock.set(state.history_ends_ms)
        save_state(folder, state)
        told = "Starting clean" if fresh else "Starting clean, for there is no earlier demo,"
        told = f"{told} in {folder.root}"
    else:
        _check_seed(folder, state, seed)
        killed = ", which was killed," if clock.mend() else ""
        told = (
            f"Resuming the demo in {folder.root}{killed} at its clock's {clock.shows(state.zone)}"
        )
    key, is_new = pseudonym_key(folder)
    stage = Stage(folder, console, programs, clock, state, key)
    stage.say(told)
    if is_new:
        stage.say(f"Made a secret key for the pseudonyms of persons: {folder.key}")
    return stage


def _check_seed(folder: Folder, state: State, seed: int | None) -> None:
    if seed not in (None, state.seed):
        raise UsageError(
            f"The demo to be resumed has the seed {state.seed}",
            where=str(folder.state),
            remedy="Leave the seed out, or start anew with --fresh.",
        )
