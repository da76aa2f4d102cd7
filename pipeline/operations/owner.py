"""The caller's side of the control socket: asks the process that owns the embedded store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.errors import PulseError, StoreInUse
from pipeline.operations.control_socket import connect, control_path
from pipeline.progress import Progress, unwatched
from pipeline.settings import Settings


def ask_owner(
    settings: Settings,
    name: str,
    arguments: Mapping[str, Any],
    *,
    owned: StoreInUse,
    progress: Progress = unwatched,
) -> dict[str, Any]:
    """What operation `name` gives in the process that owns the store.

    Raises what the operation raises there, and `owned` with a remedy if nobody listens.
    """
    path = control_path(settings)
    caller = connect(path)
    if caller is None:
        raise StoreInUse(
            owned.what,
            where=f"{owned.where}; no `pulse up` listens on {path}",
            remedy="If that is a `pulse up`, give this command its PULSE_STATE_DIR; else stop it.",
        ) from owned
    with caller, caller.makefile("rwb") as lines:
        try:
            lines.write(json.dumps({"operation": name, "arguments": arguments}).encode() + b"\n")
            lines.flush()
            for line in lines:
                told = json.loads(line)
                if "progress" in told:
                    progress(*told["progress"])
                    continue
                if "error" in told:
                    raise _error(told["error"])
                result: dict[str, Any] = told["result"]
                return result
        except OSError:
            pass  # it died while it answered: the same as an answer that never came
    raise PulseError(
        "The process that owns the store ended before it answered",
        where=str(path),
        remedy="Call it again; what was done stays done.",
    )


def _error(told: Mapping[str, Any]) -> PulseError:
    error = PulseError(told["what"], where=told["where"], remedy=told["remedy"])
    error.exit_code = told["exit_code"]
    return error
