"""The worker's app and its event loop, in a process of its own: the loop's policy is global."""

from __future__ import annotations

import subprocess
import sys

ASKED = """
from pipeline.cli.running import new_app
from pipeline.settings import load_settings
print(type(new_app(load_settings()).loop).__module__)
"""


def test_the_app_runs_on_uvloop() -> None:
    told = subprocess.run(
        [sys.executable, "-c", ASKED], check=True, capture_output=True, text=True, env={}
    )
    assert told.stdout.strip() == "uvloop"
