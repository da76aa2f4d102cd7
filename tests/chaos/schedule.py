"""When which fault strikes: drawn from a seed before the run begins."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from tests.chaos.nemeses import Nemesis


@dataclass(frozen=True)
class Strike:
    """One fault of the run, in seconds since its begin; `victim` is any number."""

    at_s: float
    nemesis: Nemesis
    victim: int
    lasts_s: float


def schedule(seed: int, mix: Mapping[Nemesis, float], faults: int, seconds: float) -> list[Strike]:
    """`faults` strikes, evenly spread but for some jitter; every kind of the mix comes once.

    The others are drawn by the mix's weights. Half of those that spare the workers come first, so
    that recovery is measured alone; then all are mixed.
    """
    rng = random.Random(f"{seed} schedule")
    drawn = rng.choices(list(mix), list(mix.values()), k=max(0, faults - len(mix)))
    kinds = [*mix, *drawn]
    rng.shuffle(kinds)
    sparing = [kind for kind in kinds if kind.spares_workers]
    first = sparing[: len(sparing) // 2]
    for kind in first:
        kinds.remove(kind)
    kinds = [*first, *kinds]
    slot_s = seconds / len(kinds)
    return [
        Strike(
            (number + rng.random()) * slot_s,
            kind,
            rng.randrange(1_000),
            rng.uniform(*kind.lasts_s),
        )
        for number, kind in enumerate(kinds)
    ]
