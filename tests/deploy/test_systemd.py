"""The systemd units: known keys, real commands and settings, every secret loaded from a file."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from pipeline.settings import SECRETS_DIR, Settings
from tests.deploy.compose_rules import DEPLOY, commands, setting_names

FOLDER = DEPLOY / "systemd"
UNITS = sorted(path.name for path in FOLDER.iterdir())
HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "PrivateDevices": "yes",
    "PrivateTmp": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
    "User": "pulse",
}
KNOWN = {
    "Unit": {"Description", "Wants", "After", "StartLimitIntervalSec"},
    "Service": {
        *HARDENED,
        *("AmbientCapabilities", "Environment", "EnvironmentFile", "ExecStart", "LimitNOFILE"),
        *("LoadCredential", "LockPersonality", "PrivateUsers", "ProtectClock", "ProtectHostname"),
        *("ProtectKernelLogs", "ProtectKernelModules", "ProtectProc", "RemoveIPC", "Restart"),
        *("RestartSec", "RestrictRealtime", "RestrictSUIDSGID", "StateDirectory"),
        *("StateDirectoryMode", "TimeoutStopSec", "Type", "WorkingDirectory"),
    },
    "Install": {"WantedBy"},
}
NEEDS = {
    "pulse-worker@.service": {"PULSE_STORE", "PULSE_PSEUDONYM_KEY"},
    "pulse-rollup.service": {"PULSE_STORE"},
    "pulse-up.service": {"PULSE_PSEUDONYM_KEY"},
    "pulse-bridge.service": {"PULSE_STORE"},
}
each_unit = pytest.mark.parametrize("name", UNITS)

Unit = dict[str, dict[str, list[str]]]


def unit(name: str) -> Unit:
    """Section -> key -> values, as systemd reads them: a key may come several times."""
    found: Unit = {}
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            found[heading[1]] = defaultdict(list)
            continue
        pair = re.fullmatch(r"([A-Z]\w+)=(.*)", line)
        assert pair, f"{name}: {line}"
        found[list(found)[-1]][pair[1]].append(pair[2])
    return found


def environment(name: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in unit(name)["Service"]["Environment"])


def test_every_unit_is_looked_at() -> None:
    assert set(UNITS) == set(NEEDS)


@each_unit
def test_it_has_exactly_the_known_keys_and_each_once(name: str) -> None:
    parsed = unit(name)
    assert {heading: set(section) for heading, section in parsed.items()} == KNOWN
    for section in parsed.values():
        several = {key for key, values in section.items() if len(values) > 1}
        assert several <= {"Environment", "LoadCredential"}


@each_unit
def test_it_runs_a_command_of_ours_and_always_again(name: str) -> None:
    service = unit(name)["Service"]
    program, command, *options = service["ExecStart"][0].split()
    assert program == "/opt/pulse/bin/pulse"
    assert command in commands()
    assert command in name
    assert options in ([], ["--json"])
    assert service["Restart"] == ["always"]
    assert unit(name)["Unit"]["StartLimitIntervalSec"] == ["0"]
    assert int(service["TimeoutStopSec"][0]) >= 30


@each_unit
def test_it_is_shut_in(name: str) -> None:
    service = unit(name)["Service"]
    assert {key: service[key][0] for key in HARDENED} == HARDENED


@each_unit
def test_every_name_is_a_setting(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert set(environment(name)) <= setting_names() | {SECRETS_DIR}
    # PULSE_STORE_ROLLUP is a file beside PULSE_STORE: each has the rights of its own user.
    named = set(re.findall(r"\bPULSE_\w+", text)) - {"PULSE_STORE_ROLLUP"}
    assert named <= setting_names() | {SECRETS_DIR}


@each_unit
def test_its_secrets_are_loaded_from_files_and_are_in_no_environment(name: str) -> None:
    service = unit(name)["Service"]
    loaded = dict(pair.split(":", 1) for pair in service["LoadCredential"])
    assert set(loaded) == NEEDS[name]
    assert set(loaded).isdisjoint(environment(name))
    assert environment(name)[SECRETS_DIR] == "%d"
    comment = (FOLDER / name).read_text().partition("[Unit]")[0]
    for path in loaded.values():
        assert path.startswith("/etc/pulse/secrets/")
        assert f"install -m 0400 /dev/stdin {path}" in comment
    assert service["EnvironmentFile"] == ["/etc/pulse/pulse.env"]


@each_unit
def test_the_comment_says_how_to_install_it(name: str) -> None:
    comment = (FOLDER / name).read_text().partition("[Unit]")[0]
    assert f"install -m 0644 deploy/systemd/{name} /etc/systemd/system/" in comment
    assert f"systemctl daemon-reload && systemctl enable --now {name.partition('.')[0]}" in comment


@each_unit
def test_it_writes_only_to_its_own_folder(name: str) -> None:
    (state,) = unit(name)["Service"]["StateDirectory"]
    assert environment(name)["PULSE_STATE_DIR"].startswith(f"%S/{state}")
    store = environment(name).get("PULSE_STORE", "")
    assert bool(store) is (name == "pulse-up.service")
    assert store.removeprefix("chdb:").startswith(f"%S/{state}" if store else "")


def test_workers_of_one_machine_differ_in_port_and_membership() -> None:
    shared = environment("pulse-worker@.service")
    first, second = ({key: value.replace("%i", number) for key, value in shared.items()}
                     for number in ("00", "01"))  # fmt: skip
    assert first["PULSE_METRICS_PORT"] == str(Settings.model_construct().metrics_port)
    assert second["PULSE_METRICS_PORT"] == "9701"
    assert first["PULSE_INSTANCE"] != second["PULSE_INSTANCE"]
    assert "%H" in shared["PULSE_INSTANCE"]  # another machine has a worker 00 as well
