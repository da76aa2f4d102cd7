"""Every fault at once, each with its setting, value and remedy; secrets stay hidden."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.operations.config_check import Fault, check, known_settings
from pipeline.settings import Settings

GOOD = {"PULSE_PSEUDONYM_KEY": "0123456789abcdef0123"}


def _check(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, Fault]:
    for name in [name for name in os.environ if name.startswith("PULSE_")]:
        monkeypatch.delenv(name)
    for name, value in (GOOD | environment).items():
        monkeypatch.setenv(name, value)
    return {fault.setting: fault for fault in check(os.environ)}


def test_good_settings_have_no_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _check(monkeypatch, PULSE_STATE_DIR=str(tmp_path)) == {}


def test_all_faults_of_all_kinds_come_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    environment = {
        "PULSE_KAFKA__PARTITIONS": "0",
        "PULSE_KAFKA__BOOTSTRAP": "broker",
        "PULSE_ZONE": "Nowhere",
        "PULSE_STORE": f"chdb:{tmp_path / 'file'}",
        "PULSE_PSEUDONYM_KEY": "short",
        "PULSE_CLOCK_FILE": str(tmp_path / "none"),
        "PULSE_METRICS_PROT": "9",
        "PULSE_ENDPOINT__PORT": "9700",
        "PULSE_KEEP": "join,tea",
        "PULSE_FAULT_AT": "sometimes",
    }
    faults = _check(monkeypatch, **environment)
    assert faults.keys() == environment.keys()
    assert all(fault.remedy for fault in faults.values())
    assert faults["PULSE_METRICS_PROT"].remedy == "Did you mean PULSE_METRICS_PORT?"
    assert faults["PULSE_KAFKA__PARTITIONS"].value == "0"
    assert "short" not in str(faults["PULSE_PSEUDONYM_KEY"])


@pytest.mark.parametrize(
    ("environment", "setting", "told"),
    [
        ({"PULSE_KAFKA__USERNAME": "ana"}, "PULSE_KAFKA__USERNAME", "PLAINTEXT has no user"),
        (
            {"PULSE_KAFKA__SECURITY": "SASL_SSL", "PULSE_KAFKA__PASSWORD": "x"},
            "PULSE_KAFKA__USERNAME",
            "needs a user",
        ),
        (
            {"PULSE_KAFKA__SECURITY": "SASL_SSL", "PULSE_KAFKA__CA_FILE": "/none.pem"},
            "PULSE_KAFKA__CA_FILE",
            "cannot be read",
        ),
        ({"PULSE_KAFKA__BOOTSTRAP": "a:9092,b:70000"}, "PULSE_KAFKA__BOOTSTRAP", "no address"),
        ({"PULSE_STORE": "clickhouse://u:hunter2@h:x/d"}, "PULSE_STORE", "URL is wrong"),
        ({"PULSE_STORE": "clickhouse://u:hunter2@h/d?zip=1"}, "PULSE_STORE", "takes only"),
        ({"PULSE_STORE": "chdb:"}, "PULSE_STORE", "write chdb:FOLDER or"),
        ({"PULSE_PROMETHEUS_URL": "127.0.0.1:9090"}, "PULSE_PROMETHEUS_URL", "no URL"),
        ({"PULSE_ALERTMANAGER_URL": "http://"}, "PULSE_ALERTMANAGER_URL", "no URL"),
        ({"PULSE_GRAFANA__URL": "http://u:hunter2@h:x"}, "PULSE_GRAFANA__URL", "no URL"),
        ({"PULSE_SECRETS_DIR": "/no/such/folder"}, "PULSE_SECRETS_DIR", "no/such"),
        ({"PULSE_PSEUDONYM_KEY": ""}, "PULSE_PSEUDONYM_KEY", "need a key"),
        ({"PULSE_KAFKA": "foo"}, "PULSE_*", "kafka"),
        ({"PULSE_ENDPOINT__HOST": "192.0.2.7"}, "PULSE_ENDPOINT__HOST", "whole network"),
        ({"PULSE_RETENTION_DAYS": "1000000"}, "PULSE_RETENTION_DAYS", "36500"),
    ],
)
def test_what_no_single_value_shows(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], setting: str, told: str
) -> None:
    fault = _check(monkeypatch, **environment)[setting]
    assert told in fault.fault
    assert "Value error" not in fault.fault
    assert fault.remedy
    assert "hunter2" not in str(fault)


def test_known_settings_are_those_of_the_program() -> None:
    names = {setting.name for setting in known_settings()}
    assert {"PULSE_STORE", "PULSE_KAFKA__PASSWORD", "PULSE_ENDPOINT__PORT"} <= names
    assert len(names) >= len(Settings.model_fields)
