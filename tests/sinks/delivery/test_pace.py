from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sinks.delivery.pace import Pace


@given(st.integers(1, 30), st.lists(st.floats(0, 100), max_size=100))
def test_no_minute_has_more_than_it_may(per_minute: int, gaps: list[float]) -> None:
    pace, now = Pace(per_minute), 0.0
    used = []
    for gap in gaps:
        now += gap
        now += pace.wait_s(now)
        assert pace.wait_s(now) <= 1e-9
        pace.use(now)
        used.append(now)
    for first, later in zip(used, used[per_minute:], strict=False):
        assert later - first >= 60 - 1e-6


def test_it_waits_no_longer_than_it_must() -> None:
    pace = Pace(2)
    assert pace.wait_s(0) == 0
    pace.use(0)
    pace.use(10)
    assert pace.wait_s(15) == 45
    assert pace.wait_s(60) == 0
