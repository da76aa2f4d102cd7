"""The overseer: what it leaves for, and for what it does not; the process is stood in for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from agents.commit import LEFT_ON_AN_ERROR
from agents.overseer import ALIVE_S, LOOK, LOOP, Overseer


class Broken:
    """`moves` as the worker gives them, or an error."""

    def __init__(self) -> None:
        self.moves: Mapping[str, object] = {}
        self.fails = False

    def __call__(self) -> Mapping[str, object]:
        if self.fails:
            raise KeyError("what was there is gone")
        return self.moves


@pytest.fixture
def moves() -> Broken:
    return Broken()


@pytest.fixture
def left() -> list[int]:
    return []


@pytest.fixture
def overseer(moves: Broken, left: list[int]) -> Overseer:
    return Overseer(moves, stuck_s=20, leave=left.append)


async def looks(overseer: Overseer, count: int, *, turning: bool = True) -> None:
    for _ in range(count):
        overseer.look(asyncio.get_running_loop(), 1.0)
        if turning:
            await asyncio.sleep(0)


async def test_a_turning_loop_is_alive_for_ever(overseer: Overseer, left: list[int]) -> None:
    await looks(overseer, 100)
    assert (left, overseer.why_dead()) == ([], "")


async def test_a_loop_that_does_not_turn_is_told_first_and_left_then(
    overseer: Overseer, left: list[int]
) -> None:
    await looks(overseer, 5)
    await looks(overseer, int(ALIVE_S) + 2, turning=False)
    assert LOOP in overseer.why_dead()
    assert left == []
    await looks(overseer, 10, turning=False)
    assert left[:1] == [LEFT_ON_AN_ERROR]


async def test_a_partition_that_stands_still_is_left_for(
    overseer: Overseer, moves: Broken, left: list[int]
) -> None:
    moves.moves = {"community.chat/3": 17}
    await looks(overseer, 21)
    assert left == []
    await looks(overseer, 1)
    assert left == [LEFT_ON_AN_ERROR]
    assert overseer.why_dead() == ""


async def test_an_error_while_looking_passes_but_not_for_ever(
    overseer: Overseer, moves: Broken, left: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    moves.fails = True
    await looks(overseer, 15)
    moves.fails = False
    await looks(overseer, 15)
    assert left == []
    moves.fails = True
    await looks(overseer, 22)
    assert left[:1] == [LEFT_ON_AN_ERROR]


async def test_what_ends_on_purpose_may_stand_still(
    overseer: Overseer, moves: Broken, left: list[int]
) -> None:
    moves.moves = {"a": 1}
    overseer.stop()
    await looks(overseer, 50)
    assert left == []


async def test_its_thread_looks_by_itself_and_stops(
    left: list[int], moves: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.overseer.LOOK_S", 0.01)
    moves.moves = {"a": 1}
    overseer = Overseer(moves, stuck_s=0.05, leave=left.append)
    overseer.start(asyncio.get_running_loop())
    async with asyncio.timeout(60):
        while not left:
            await asyncio.sleep(0.01)
    overseer.stop()
    assert left[0] == LEFT_ON_AN_ERROR
    assert LOOK != LOOP
