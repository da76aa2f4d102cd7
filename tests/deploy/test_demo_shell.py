from __future__ import annotations

import subprocess
from pathlib import Path

from deploy.local.demo_shell import write_settings
from deploy.local.demo_state import Folder


def test_a_shell_that_reads_it_has_the_settings(tmp_path: Path) -> None:
    root = tmp_path / "it's a demo"
    root.mkdir()
    folder = Folder(root)
    folder.key.write_text("the-secret-key")
    words = write_settings(
        folder,
        {"PULSE_STORE": "chdb:a b$c", "PULSE_PSEUDONYM_KEY": "the-secret-key", "PATH": "/none"},
    )
    shown = subprocess.run(
        ["sh", "-c", f'{words} && printf "%s|%s" "$PULSE_STORE" "$PULSE_PSEUDONYM_KEY"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "chdb:a b$c|the-secret-key"
    assert "the-secret-key" not in folder.shell.read_text()
    assert "/none" not in folder.shell.read_text()
