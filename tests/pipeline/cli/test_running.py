"""The worker's app and its event loop, in a process of its own: the loop's policy is global."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sinks.key_guard import claim_key
from tests.reference.stored import migrated_store

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


UP_WITHOUT_BROKER = """
from pipeline.cli import main, up
up.create_topics = lambda kafka: None
main.main(["up"])
"""


def test_up_serves_nobody_before_it_has_the_key_of_the_store(tmp_path: Path) -> None:
    with migrated_store(tmp_path / "store") as store:
        claim_key(store, "aaaa1111")
    ended = subprocess.run(
        [sys.executable, "-c", UP_WITHOUT_BROKER],
        check=False,
        capture_output=True,
        text=True,
        env={
            "PULSE_STORE": f"chdb:{tmp_path / 'store'}",
            "PULSE_STATE_DIR": str(tmp_path / "state"),
            "PULSE_PSEUDONYM_KEY": "a-key-of-the-tests",
            "PULSE_ENDPOINT__PORT": "0",
        },
    )
    assert ended.returncode == 2
    assert "pseudonymised with key aaaa1111" in ended.stderr
    assert "is served" not in ended.stderr
