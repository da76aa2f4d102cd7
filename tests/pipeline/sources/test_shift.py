from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SettingsError
from pipeline.sources.shift import WEEK_MS, Shift, fixed_shift, shift_to

moments = st.integers(946_684_800_000, 4_102_444_800_000)


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("last", "now", "weeks"),
    [
        ("2024-01-07T23:59", "2024-01-08T00:00", 0),  # its week is over this very moment
        ("2024-01-07T23:59", "2024-01-07T23:59", -1),  # Sunday's last minute: not yet
        ("2024-01-01T00:00", "2024-01-14T23:59", 0),
        ("2024-01-01T00:00", "2024-01-15T00:00", 1),
        ("2012-07-01T12:00", "2026-01-21T09:00", 707),
    ],
)
def test_the_week_of_the_last_event_is_over_just_before_now(
    last: str, now: str, weeks: int
) -> None:
    assert shift_to(ms(now), ms(last)) == Shift(weeks)


@given(now_ms=moments, last_ms=moments)
def test_history_ends_before_now_and_within_two_weeks(now_ms: int, last_ms: int) -> None:
    moved = shift_to(now_ms, last_ms).apply(last_ms)
    assert now_ms - 2 * WEEK_MS < moved < now_ms


@given(now_ms=moments, last_ms=moments)
def test_weekday_and_time_of_day_stay(now_ms: int, last_ms: int) -> None:
    assert (shift_to(now_ms, last_ms).apply(last_ms) - last_ms) % WEEK_MS == 0


def test_the_first_decision_holds(tmp_path: Path) -> None:
    file = tmp_path / "state" / "shift.json"
    first = fixed_shift(file, "irc", last_ms=0, now_ms=10 * WEEK_MS)
    assert fixed_shift(file, "irc", last_ms=0, now_ms=99 * WEEK_MS) == first


def test_each_source_has_its_own(tmp_path: Path) -> None:
    file = tmp_path / "shift.json"
    fixed_shift(file, "irc", last_ms=0, now_ms=10 * WEEK_MS)
    fixed_shift(file, "orders", last_ms=0, now_ms=20 * WEEK_MS)
    weeks = [fixed_shift(file, name, last_ms=0, now_ms=0).weeks for name in ("irc", "orders")]
    assert weeks == [9, 19]


def test_a_dry_run_decides_nothing(tmp_path: Path) -> None:
    file = tmp_path / "shift.json"
    fixed_shift(file, "irc", last_ms=0, now_ms=10 * WEEK_MS, keep=False)
    assert not file.exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"irc": "x"}', '{"irc": null}'])
def test_a_broken_file_is_not_decided_over(tmp_path: Path, content: str) -> None:
    file = tmp_path / "shift.json"
    file.write_text(content)
    with pytest.raises(SettingsError, match=str(file)):
        fixed_shift(file, "irc", last_ms=0, now_ms=10 * WEEK_MS)
