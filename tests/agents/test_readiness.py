"""What /readyz says, from plain values."""

from __future__ import annotations

from agents.lag import Lag
from agents.readiness import why_not_ready

CHAT = ("community.chat", 3)
JOIN = ("community.join", 0)
WELL = Lag(0, 0.0, caught_up=True)


def told(*, answers: bool = True, **lags: Lag) -> str:
    places = {"chat": CHAT, "join": JOIN}
    found = {places[name]: lag for name, lag in lags.items()}
    return why_not_ready(found, store_answers=answers, limit_s=60)


def test_caught_up_is_ready() -> None:
    assert told(chat=WELL, join=Lag(40, 59.0, caught_up=False)) == ""


def test_each_thing_that_is_missing_is_told() -> None:
    assert told(chat=WELL, answers=False) == "the store does not answer"
    assert told() == "no partition is assigned"
    assert told(join=WELL, chat=Lag(7, 60.1, caught_up=False)) == (
        "community.chat/3 is behind: 7 records to read"
    )
    assert told(chat=WELL, join=Lag(0, 0.0, caught_up=False)) == (
        "the broker has not told of community.join/0 of late"
    )
