from __future__ import annotations

import random
from typing import Any

from pipeline.sources.slack_export import Channel
from pipeline.sources.slack_record import read_record
from pipeline.sources.slack_roster import Comparison, Rosters
from tests.pipeline.sources.slack_workspace import message, moved

CHANNEL = Channel(id="C1", name="general", members=("UANN", "UBOB"))


def compared(*records: dict[str, Any]) -> Comparison:
    rosters = Rosters()
    for record in records:
        rosters.follow("C1", read_record(record))
    (comparison,) = rosters.compare([CHANNEL])
    return comparison


def test_joins_and_leaves_that_make_the_roster_agree() -> None:
    found = compared(
        moved(0, "UANN", "channel_join"),
        moved(1, "UBOB", "group_join"),
        moved(2, "UCAT", "channel_join"),
        moved(3, "UCAT", "channel_leave"),
        message(4, "UCAT"),
    )
    assert found.agrees
    assert (found.unseen, found.unlisted) == (set(), set())


def test_who_is_listed_without_a_join_and_who_joined_and_is_not_listed() -> None:
    found = compared(moved(0, "UANN", "channel_join"), moved(1, "UCAT", "channel_join"))
    assert not found.agrees
    assert (found.unseen, found.unlisted) == ({"UBOB"}, {"UCAT"})


def test_an_archived_channel_is_empty() -> None:
    found = compared(
        moved(0, "UANN", "channel_join"), moved(1, "UBOB", "channel_archive", members=["UANN"])
    )
    assert found.replayed == set()


def test_the_last_move_holds_in_whatever_order_they_are_read() -> None:
    moves = [
        moved(second, "UANN", f"channel_{kind}")
        for second, kind in enumerate(["join", "leave"] * 3)
    ]
    moves.append(moved(9, "UANN", "channel_join"))
    for seed in range(10):
        random.Random(seed).shuffle(moves)
        assert compared(*moves).replayed == {"UANN"}
