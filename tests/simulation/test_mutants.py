"""Each known-wrong variant of the pipeline is found, and by a seed that the right code passes."""

from __future__ import annotations

import os

import pytest

from tests.simulation.runner import failure_of, killers

BOUND = 3_000
"""Seeds within which each must be found."""


@pytest.mark.timeout(1_800)
def test_no_known_wrong_variant_survives() -> None:
    found = killers(BOUND, os.cpu_count() or 1)
    print("seeds until each was found:", found)  # noqa: T201  (pytest -s shows it)
    survivors = [name for name, seed in found.items() if seed is None]
    assert not survivors, f"these survive {BOUND} seeds: {survivors}"
    right = {seed: failure_of(seed) for seed in set(found.values()) if seed is not None}
    assert not any(right.values()), right
