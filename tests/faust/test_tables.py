"""What a windowed Faust table forgets and keeps: decision `no-faust-table.md`."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import faust
import pytest

LONG_AGO = (0.0, 59.9)


@pytest.fixture
async def windowed(stock: faust.App) -> Any:
    """The table of minutes that we do not use, kept for an hour; its changelog is noted only."""
    stock._producer = Mock()
    table = stock.Table("minutes", default=int, partitions=1).tumbling(60, expires=3600).table
    table.logged = []
    table.send_changelog = lambda *change, **_: (
        table.logged.append(change) or SimpleNamespace(message=SimpleNamespace(partition=0))
    )
    table.partition_for_key = lambda _: 0
    return table


async def test_every_update_costs_memory_until_its_window_ends(windowed: Any) -> None:
    """One entry per update, not per window. Upstream: faust-streaming#247."""
    now = time.time()
    for count in range(1_000):
        windowed._set_key(("g1", (now, now + 60)), count)
    assert len(windowed.data) == 1
    assert len(windowed._partition_timestamps[0]) == 1_000


async def test_expiry_leaves_the_window_in_the_changelog(windowed: Any) -> None:
    """A window goes from memory by the wall clock, so a late or replayed event finds none.

    The changelog is not told, so the next start brings it back.
    """
    windowed._set_key(("g1", LONG_AGO), 7)
    told = len(windowed.logged)
    await windowed._del_old_keys()
    assert not windowed.data
    assert len(windowed.logged) == told


async def test_a_window_restored_from_the_changelog_never_ends(windowed: Any) -> None:
    """Its end is noted where it is set, and not where it is restored."""
    restored = SimpleNamespace(
        key=["g1", list(LONG_AGO)], value=7, message=SimpleNamespace(value=b"7", partition=0)
    )
    windowed.apply_changelog_batch([restored])
    await windowed._del_old_keys()
    assert dict(windowed.data) == {("g1", LONG_AGO): 7}


async def test_a_lost_partition_leaves_its_keys(windowed: Any) -> None:
    """After losing every partition the counts are still there, and go on when one comes back."""
    windowed._set_key(("g1", LONG_AGO), 7)
    await windowed.data.on_recovery_completed(set(), set())
    assert dict(windowed.data) == {("g1", LONG_AGO): 7}
