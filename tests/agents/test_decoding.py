"""Decoding in parts says what decoding at once says, and leaves nothing running."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from agents import decoding
from agents.decoding import Hands
from schemas.batch import Decoded, decode_batch
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
        found = HANDS.decode(event_type, values, latest, LIMITS)
    expected = decode_batch(event_type, values, latest, LIMITS)
    assert found.rejected == expected.rejected
    assert_frame_equal(found.frame, expected.frame)


def test_an_error_comes_when_no_part_is_decoded_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    others = threading.Semaphore(0)
    ended = []

    def broken(_: Any, values: Texts, *__: Any) -> Decoded:
        if values[0] == b"0":
            others.release(2)
            raise ZeroDivisionError
        others.acquire()
        ended.append(list(values))
        raise KeyError

    monkeypatch.setattr(decoding, "PART_ROWS", 1)
    monkeypatch.setattr(decoding, "decode_batch", broken)
    with pytest.raises(ZeroDivisionError):
        HANDS.decode(EventType.CHAT, Texts.of([b"0", b"1", b"2"]), np.zeros(3, np.int64), LIMITS)
    assert sorted(ended) == [[b"1"], [b"2"]]


def test_an_error_of_another_part_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(event_type: Any, values: Texts, *given: Any) -> Decoded:
        if values[0] == b"1":
            raise ZeroDivisionError
        return decode_batch(event_type, values, *given)

    monkeypatch.setattr(decoding, "PART_ROWS", 1)
    monkeypatch.setattr(decoding, "decode_batch", broken)
    with pytest.raises(ZeroDivisionError):
        HANDS.decode(EventType.CHAT, Texts.of([b"0", b"1"]), np.zeros(2, np.int64), LIMITS)


def test_a_worker_has_polars_use_one_thread() -> None:
    """It is asked anew: what runs the tests may have imported polars before."""
    program = "import pipeline.cli.worker, polars; print(polars.thread_pool_size())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stdout == b"1\n"
