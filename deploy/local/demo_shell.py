"""The demo's settings for a second terminal, where `pulse` commands run beside it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from deploy.local.demo_state import Folder

KEY = "PULSE_PSEUDONYM_KEY"


def write_settings(folder: Folder, environment: Mapping[str, str]) -> str:
    """Write what a shell has to read to be in this demo; return the words that read it.

    The key of the pseudonyms stays where it is: the shell takes it from its file.
    """
    given = {name: value for name, value in environment.items() if name.startswith("PULSE_")}
    lines = [
        f"export {name}={shlex.quote(value)}"
        for name, value in sorted(given.items())
        if name != KEY
    ]
    lines.append(f'export {KEY}="$(cat {shlex.quote(str(folder.key))})"')
    folder.shell.write_text("\n".join([*lines, ""]))
    return f". {shlex.quote(str(folder.shell))}"
