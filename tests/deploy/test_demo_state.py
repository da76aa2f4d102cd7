from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.demo_state import (
    HISTORY_ENDS,
    Folder,
    State,
    claimed,
    last_history_end,
    load_state,
    pseudonym_key,
    save_state,
    wipe,
)
from pipeline.errors import PulseError, SettingsError
from pipeline.sources.simulator.course import DROP_AFTER_MS
from pipeline.sources.simulator.rhythm import next_busy_hour

DAY_MS = 86_400_000
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/London", "America/St_Johns", "UTC"])
MOMENTS = st.integers(1_600_000_000_000, 1_900_000_000_000)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "demo")


def test_a_state_is_kept(folder: Folder) -> None:
    state = State(7, "Asia/Shanghai", 1).after("irc", {"read": 3}).after("orders", {"read": 4})
    save_state(folder, state)
    assert load_state(folder) == state
    assert state.done == {"irc": {"read": 3}, "orders": {"read": 4}}


def test_without_a_state_there_is_no_demo(folder: Folder) -> None:
    assert load_state(folder) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seed": 1, "zone": "UTC", "more": 1}'])
def test_a_state_that_makes_no_sense_is_told(folder: Folder, text: str) -> None:
    folder.root.mkdir()
    folder.state.write_text(text)
    with pytest.raises(SettingsError, match="cannot be read") as raised:
        load_state(folder)
    assert raised.value.where == str(folder.state)
    assert "FRESH=1" in raised.value.remedy


def test_the_key_is_made_once_and_for_its_owner_alone(folder: Folder) -> None:
    first, made = pseudonym_key(folder)
    again, made_again = pseudonym_key(folder)
    assert (made, made_again) == (True, False)
    assert first == again
    assert len(first) == 64
    assert stat.S_IMODE(folder.key.stat().st_mode) == 0o600


def test_another_demo_has_another_key(tmp_path: Path) -> None:
    assert pseudonym_key(Folder(tmp_path / "a")) != pseudonym_key(Folder(tmp_path / "b"))


def test_wiping_leaves_nothing_and_may_find_nothing(folder: Folder) -> None:
    wipe(folder)
    pseudonym_key(folder)
    save_state(folder, State(7, "UTC", 1))
    wipe(folder)
    assert not folder.root.exists()


def test_one_demo_at_a_time(folder: Folder) -> None:
    with claimed(folder), pytest.raises(PulseError, match="runs here already"), claimed(folder):
        pass
    with claimed(folder):
        wipe(folder)
        with pytest.raises(PulseError, match="runs here already"), claimed(folder):
            pass


@given(MOMENTS, ZONES)
def test_history_ends_by_the_local_clock_within_the_last_day(now_ms: int, zone: str) -> None:
    ends_ms = last_history_end(now_ms, zone)
    local = datetime.fromtimestamp(ends_ms / 1000, ZoneInfo(zone))
    assert local.time() == HISTORY_ENDS
    assert now_ms - DAY_MS - 3_600_000 < ends_ms <= now_ms


@given(MOMENTS, ZONES)
def test_the_incident_begins_two_and_a_half_hours_after_history(now_ms: int, zone: str) -> None:
    ends_ms = last_history_end(now_ms, zone)
    begins_ms = next_busy_hour(ends_ms + DROP_AFTER_MS, ZoneInfo(zone))
    assert begins_ms - ends_ms in (9_000_000, 10_800_000)  # 3 h where the zone is half an hour off
