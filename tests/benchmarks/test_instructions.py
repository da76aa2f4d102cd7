"""The core takes as many instructions per event as it was committed to, within five percent."""

from __future__ import annotations

import pytest

from tests.benchmarks.instructions import TOLERANCE, committed, instructions_per_event, made_with


def test_the_core_takes_no_more_and_no_fewer_instructions() -> None:
    figure = committed()
    assert instructions_per_event() == pytest.approx(
        figure["instructions_per_event"], rel=TOLERANCE
    ), (
        f"Committed was {figure}, here is {made_with()}."
        " If it is meant so: python -m tests.benchmarks.instructions --write"
    )
