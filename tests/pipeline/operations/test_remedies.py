from __future__ import annotations

import pytest

from pipeline.operations.remedies import REMEDIES, Replay, meaning_of, remedy_for
from schemas.rejection import Reason


def test_every_reason_has_a_remedy_and_no_other_has() -> None:
    assert set(REMEDIES) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_says_what_it_means_and_what_helps(reason: Reason) -> None:
    assert meaning_of(str(reason)).endswith(".")
    assert remedy_for(str(reason)).advice.endswith(".")


def test_a_replay_is_advised_only_where_it_can_help() -> None:
    for reason, remedy in REMEDIES.items():
        if remedy.replay is not Replay.NEVER:
            assert "replay" in remedy.advice, reason
        elif reason is not Reason.NOT_PSEUDONYMISED:  # it names the replay of another letter
            assert "replay" not in remedy.advice, reason


def test_a_reason_of_a_newer_version_is_no_error() -> None:
    assert "newer version" in meaning_of("too_purple")
    assert remedy_for("too_purple").replay is Replay.AFTER_UPGRADE
