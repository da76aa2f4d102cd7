"""A real Slack workspace, packaged: its rosters are what its joins and leaves make."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli.main import main

WORKSPACE = Path("pipeline/sources/data/slack_houstondatavis.zip")
HERE = Path(__file__).resolve().parents[3]


def test_it_is_read_whole_and_its_rosters_agree(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", "a key that only tests know")
    words = ("import", "slack", str(HERE / WORKSPACE), "--check-rosters", "--dry-run", "--json")
    with pytest.raises(SystemExit) as left:
        main(list(words))
    assert not left.value.code
    told = json.loads(capsys.readouterr().out)
    assert told["sent"] == {"chat": 1_031, "join": 320, "leave": 119, "reaction": 199}
    assert sum(told["rejected"].values()) == 0
    assert (told["rosters"]["channels"], told["rosters"]["agree"]) == (16, 16)
