"""Settings: all faults at once, each with its variable."""

from __future__ import annotations

from pathlib import Path

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


def test_secrets_come_from_files_and_the_environment_goes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {
        "PULSE_PSEUDONYM_KEY": "from-a-file-0123456789\n",
        "PULSE_KAFKA__PASSWORD": "from-a-file",
        "PULSE_CURRENCY": "EUR",
    }.items():
        (tmp_path / name).write_text(value)
    monkeypatch.setenv("PULSE_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("PULSE_CURRENCY", "GBP")
    settings = load_settings()
    assert settings.pseudonym_key.get_secret_value() == "from-a-file-0123456789"
    assert settings.kafka.password.get_secret_value() == "from-a-file"
    assert settings.currency == "GBP"


def test_a_missing_folder_of_secrets_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PULSE_SECRETS_DIR", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match="PULSE_SECRETS_DIR"):
        load_settings()
