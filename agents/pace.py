"""Pure: how long a group commit gathers before it goes to the store."""

from __future__ import annotations

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
