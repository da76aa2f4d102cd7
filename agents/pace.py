"""Pure: how long records are gathered, at the broker before a fetch and here before a commit."""

from __future__ import annotations

from typing import NamedTuple

FAST_EVENTS_PER_S = 5_000
SLOW_EVENTS_PER_S = 1_000
FAST_AGE_S = 0.05
SLOW_AGE_S = 1.0


def merge_age(
    events_per_s: float, *, longest_s: float = SLOW_AGE_S, crowded: bool = False
) -> float:
    """Seconds the oldest waiting record may wait for company.

    50 ms at 5,000 events/s and more (inserts are then full enough), up to `longest_s` at 1,000
    and fewer (each insert makes a part, whatever its size); twice that while the store's active
    parts pass half their limit.
    """
    share = (FAST_EVENTS_PER_S - events_per_s) / (FAST_EVENTS_PER_S - SLOW_EVENTS_PER_S)
    share = min(1.0, max(0.0, share))
    age = FAST_AGE_S + share * max(0.0, longest_s - FAST_AGE_S)
    return age * 2 if crowded else age


class Hold(NamedTuple):
    """The broker may hold a fetch of fewer than `least_bytes` for `wait_ms`."""

    wait_ms: int
    least_bytes: int


BUSY = Hold(250, 16_384)
QUIET = Hold(500, 65_536)


def hold(events_per_s: float) -> Hold:
    """How the next fetch is held where so much came of late.

    aiokafka has one fetch under way per broker, so a partition that has more waits as well; Faust
    has 1.5 s here, and no setting for it. Longer would cost no throughput, as what is buffered
    lasts longer, but delay what little comes. Each fetch costs some 5 ms of a processor, whatever
    it brings: where commits gather for a second anyway there are fewer.
    """
    return QUIET if events_per_s < SLOW_EVENTS_PER_S else BUSY
