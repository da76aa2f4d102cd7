"""Settings: all faults at once, each with its variable."""

from __future__ import annotations

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import load_settings


def test_defaults_need_nothing() -> None:
    assert load_settings().kafka.partitions == 4


def test_nested_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_KAFKA__PARTITIONS", "6")
    monkeypatch.setenv("PULSE_STORE", "clickhouse://u:p@db:9000/community")
    settings = load_settings()
    assert (settings.kafka.partitions, settings.store[:10]) == (6, "clickhouse")


def test_every_fault_is_told_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = {
        "PULSE_KAFKA__PARTITIONS": "0",
        "PULSE_ZONE": "Nowhere/At_All",
        "PULSE_STORE": "mysql://x",
        "PULSE_PSEUDONYM_KEY": "short",
        "PULSE_CURRENCY": "yuan",
    }
    for name, value in faults.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as told:
        load_settings()
    assert all(name in str(told.value) for name in faults)
    assert told.value.exit_code == 2
