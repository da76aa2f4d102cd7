"""18 weeks of a real channel: far too small to tell, and so the rules are silent, not wrong."""

from __future__ import annotations

from pathlib import Path

from pipeline.sources.irc import PACKAGED_LOGS
from tests.benchmarks.alerts.real import channel, told


def test_a_small_real_channel_is_silent_and_says_that_it_could_not_tell(tmp_path: Path) -> None:
    found = channel(PACKAGED_LOGS, tmp_path / "store")
    assert found["groups"] == 1
    assert found["days"] > 7 * 17
    assert found["alerts"] == []
    shares = told(found)
    evaluations, enough = shares["C06.slow.4w"]
    assert evaluations > 10_000
    assert enough == 0
    assert 5 < found["busiest"] < 50
