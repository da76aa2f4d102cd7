from __future__ import annotations

import pytest

from pipeline.cli.moments import instant, moment, shown
from pipeline.errors import UsageError

NOON = 1_751_630_400_000
"""2025-07-04 12:00 UTC, 20:00 in Shanghai."""


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0s", NOON),
        ("90s", NOON - 90_000),
        ("15m", NOON - 900_000),
        ("2h", NOON - 7_200_000),
        ("7d", NOON - 604_800_000),
        ("1w", NOON - 604_800_000),
        ("2025-07-04", NOON - 20 * 3_600_000),
        ("2025-07-04T12:00:00Z", NOON),
        ("2025-07-04T20:00:00.5+08:00", NOON + 500),
    ],
)
def test_a_moment_is_written_in_three_ways(text: str, ms: int) -> None:
    assert moment(text, where="--since", now_ms=NOON, zone="Asia/Shanghai") == ms


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "2 h", "2y", "h", "-2h", "2025-13-01", "2025-07-04T12:00:00", "1751630400"),
        *("0000-00-00", "２h", "9999999d"),
    ],
)
def test_what_is_no_moment_is_told_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="2h or 7d") as told:
        moment(text, where="--since", now_ms=NOON, zone="Asia/Shanghai")
    assert told.value.where == "--since"


def test_an_instant_is_rfc_3339_only() -> None:
    assert instant("2025-07-04T12:00:00Z", where="--at") == NOON
    with pytest.raises(UsageError, match="2h is no moment"):
        instant("2h", where="--at")


def test_a_moment_is_shown_in_the_zone() -> None:
    assert shown(NOON + 59_999, "Asia/Shanghai") == "2025-07-04 20:00:59"
    assert shown(2**63 - 1, "UTC") == "9223372036854775807 ms"
