"""Decoding in parts says what decoding at once says, and leaves nothing running."""

from __future__ import annotations

import subprocess
import sys
import threading
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from agents import decoding
from agents.decoding import Hands
from schemas.batch import decode_batch
from schemas.event_type import EventType
from schemas.facts import FACT_TYPES
from schemas.texts import Texts
from tests.schemas.test_batch import LIMITS, batches

HANDS = Hands(3)


@pytest.mark.parametrize("event_type", FACT_TYPES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_parts_say_what_the_whole_says(event_type: EventType, data: st.DataObject) -> None:
    batch = data.draw(batches(event_type))
    values = Texts.of(value for value, _ in batch)
    latest = np.array([at for _, at in batch], np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "PART_ROWS", 1)
        found = decode_batch(event_type, values, latest, LIMITS, HANDS)
    expected = decode_batch(event_type, values, latest, LIMITS)
    assert found.rejected == expected.rejected
    assert_frame_equal(found.frame, expected.frame)


def test_parts_are_told_in_order_and_hold_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "PART_ROWS", 10)
    for rows in (0, 1, 14, 15, 29, 100, 101):
        parts = HANDS(lambda first, behind: list(range(first, behind)), rows)
        assert list(chain.from_iterable(parts)) == list(range(rows))
        assert len(parts) == max(1, round(rows / 10))


def test_an_error_comes_when_no_part_is_read_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    others = threading.Semaphore(0)
    ended = []

    def broken(first: int, _: int) -> None:
        if first == 0:
            others.release(2)
            raise ZeroDivisionError
        others.acquire()
        ended.append(first)
        raise KeyError

    monkeypatch.setattr(decoding, "PART_ROWS", 1)
    with pytest.raises(ZeroDivisionError):
        HANDS(broken, 3)
    assert sorted(ended) == [1, 2]


def test_an_error_of_another_part_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(first: int, _: int) -> None:
        if first == 1:
            raise ZeroDivisionError

    monkeypatch.setattr(decoding, "PART_ROWS", 1)
    with pytest.raises(ZeroDivisionError):
        HANDS(broken, 2)


def test_a_worker_has_polars_use_one_thread() -> None:
    """It is asked anew: what runs the tests may have imported polars before."""
    program = "import pipeline.cli.worker, polars; print(polars.thread_pool_size())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stdout == b"1\n"
