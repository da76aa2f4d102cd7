"""compose.yaml by its rules, and against the settings, the files and the commands it names."""

from __future__ import annotations

import base64
import re
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from pipeline import __version__
from pipeline.bridge_settings import BridgeSettings
from pipeline.settings import SECRETS_DIR, KafkaSettings, Settings
from sinks.clickhouse import parse_url
from tests.deploy.compose_rules import (
    DEPLOY,
    ROOT,
    VARIABLE,
    Service,
    commands,
    compose,
    setting_names,
)

COMPOSE = compose()
SERVICES = COMPOSE.services
OURS = {name: service for name, service in SERVICES.items() if service.build}
LASTING = {name: service for name, service in SERVICES.items() if name != "setup"}
GRAFANAS = {
    "PULSE_CLICKHOUSE_HOST",
    "PULSE_CLICKHOUSE_PASSWORD",
    "PULSE_CLICKHOUSE_PORT",
    "PULSE_CLICKHOUSE_USER",
    "PULSE_PROMETHEUS_URL",
}
"""What Grafana's data sources ask for; pulse does not read these there."""

each_service = pytest.mark.parametrize("name", SERVICES)
each_lasting = pytest.mark.parametrize("name", LASTING)
each_of_ours = pytest.mark.parametrize("name", OURS)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What deploy/secrets.sh makes."""
    folder = tmp_path_factory.mktemp("deploy") / "secrets"
    subprocess.run([DEPLOY / "secrets.sh", folder], check=True, capture_output=True)
    return folder


@each_service
def test_the_image_has_an_exact_tag(name: str) -> None:
    tag = SERVICES[name].image.rpartition(":")[2]
    assert re.fullmatch(r"v?\d+\.\d+\.\d+(\.\d+)?", tag)


def test_our_image_has_the_version_of_the_program() -> None:
    assert {service.image for service in OURS.values()} == {f"community-pulse:{__version__}"}
    assert f"community-pulse:{__version__}" in (DEPLOY / "Dockerfile").read_text()


@each_service
def test_every_service_gives_up_what_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service.cap_drop == ["ALL"]
    assert service.security_opt == ["no-new-privileges:true"]
    assert service.read_only is (name != "kafka")  # its image writes its configuration at start
    assert service.user is None or not service.user.startswith("0")


@each_lasting
def test_what_lasts_is_watched_and_restarted(name: str) -> None:
    service = SERVICES[name]
    assert service.healthcheck is not None
    assert service.restart == "unless-stopped"
    assert service.stop_grace_period is not None


@each_service
def test_ports_are_published_to_this_machine_alone(name: str) -> None:
    for port in SERVICES[name].ports:
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


def test_no_port_is_published_twice() -> None:
    published = [port.split(":")[1] for service in SERVICES.values() for port in service.ports]
    assert len(published) == len(set(published))


@each_service
def test_what_it_waits_for_can_come_true(name: str) -> None:
    for other, dependency in SERVICES[name].depends_on.items():
        awaited = SERVICES[other]
        if dependency.condition == "service_healthy":
            assert awaited.healthcheck is not None
        else:
            assert awaited.restart == "on-failure"  # one that is always restarted never completes
        assert not awaited.profiles


def test_what_not_everybody_wants_needs_a_profile() -> None:
    assert {name: s.profiles for name, s in SERVICES.items() if s.profiles} == {
        "simulator": ["demo"],
        "bridge": ["bridge"],
    }


@each_of_ours
def test_its_commands_exist(name: str) -> None:
    service = OURS[name]
    called = [" ".join(service.command or [])]
    if service.entrypoint:
        assert service.entrypoint == ["/bin/sh", "-ec"]
        called = [part.removeprefix("pulse ") for part in called[0].split(" && ")]
    if service.healthcheck and service.healthcheck.test[1] == "pulse":
        called.append(" ".join(service.healthcheck.test[2:]))
    for words in called:
        first, _, options = words.partition(" --")
        assert first in commands()
        known = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", *first.split(), "--help"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert not options or f"--{options.split()[0]}" in known


@each_service
def test_every_name_of_ours_is_a_setting(name: str) -> None:
    found = {key for key in SERVICES[name].environment if key.startswith("PULSE_")}
    if name in OURS:
        assert found <= setting_names() | {SECRETS_DIR}
    else:
        assert found == (GRAFANAS if name == "grafana" else set())


def test_variables_that_can_be_set_from_outside_are_settings_too() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    found = dict(VARIABLE.findall(text))
    assert found.pop("ALERTING_FILES") == "./compose"
    defaults = Settings.model_construct()
    bridge = {name: found.pop(name) for name in list(found) if "BRIDGE__" in name}
    for name, default in bridge.items():
        told = getattr(BridgeSettings(), name.removeprefix("PULSE_BRIDGE__").lower())
        assert default == str(told), name
    assert found == {
        "PULSE_KAFKA__PARTITIONS": str(KafkaSettings().partitions),
        "PULSE_CURRENCY": defaults.currency,
        "PULSE_ZONE": defaults.zone,
    }


@each_of_ours
def test_its_environment_is_accepted_and_holds_no_secret(
    name: str, secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = OURS[name]
    for target, source in service.uses.items():
        file = secrets / Path(COMPOSE.secrets[source].file).name
        (tmp_path / Path(target).name).write_bytes(file.read_bytes())
    for key, value in service.environment.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv(SECRETS_DIR, str(tmp_path))
    settings = Settings()
    names = {Path(target).name for target in service.uses}
    assert names <= setting_names()
    assert names.isdisjoint(service.environment)  # the environment would go before the file
    if "PULSE_STORE" in names:
        user = {"worker": "ingest", "setup": "admin"}.get(name, "rollup")
        assert settings.store.startswith(f"clickhouse://{user}:")
    assert bool(settings.pseudonym_key.get_secret_value()) is (name in ("worker", "simulator"))


def test_every_secret_is_made_and_used(secrets: Path) -> None:
    made = {path.name for path in secrets.iterdir()}
    assert {secret.file for secret in COMPOSE.secrets.values()} == {
        f"./secrets/{name}" for name in made
    }
    used = {source for service in SERVICES.values() for source in service.uses.values()}
    assert used == set(COMPOSE.secrets)
    assert "/secrets/" in (DEPLOY / ".gitignore").read_text().split()


def test_secrets_are_random_kept_and_in_a_folder_of_ones_own(secrets: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    subprocess.run([DEPLOY / "secrets.sh", secrets], check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before
    subprocess.run([DEPLOY / "secrets.sh", tmp_path / "other"], check=True, capture_output=True)
    for path in (tmp_path / "other").iterdir():
        ours = path.name.startswith("bridge_")  # given by others: empty until filled in
        assert (path.read_bytes() == before[path.name] == b"") is ours
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    # Compose mounts them as they are, and no container runs as their owner.
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} == {0o444}


@each_service
def test_what_is_mounted_is_there_and_read_only(name: str) -> None:
    for volume in SERVICES[name].volumes:
        source, _, rest = volume.partition(":")
        if not source.startswith("."):
            assert source in COMPOSE.volumes
        else:
            assert rest.endswith(":ro")
            assert "grafana/" in source or (DEPLOY / source).is_file()


def test_every_volume_is_used_once() -> None:
    used = [
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.volumes
        if not volume.startswith(".")
    ]
    assert sorted(used) == sorted(COMPOSE.volumes)


def test_grafana_gets_its_boards_and_data_sources() -> None:
    grafana = SERVICES["grafana"]
    assert "../grafana/provisioning:/etc/grafana/provisioning:ro" in grafana.volumes
    assert "../grafana/boards:/var/lib/grafana/boards:ro" in grafana.volumes
    files = re.findall(r"/run/secrets/\w+", " ".join(grafana.environment.values()))
    assert sorted(files) == sorted(grafana.uses)
    assert grafana.environment["GF_PLUGINS_PREINSTALL_SYNC"].count("@") == 1


def published(service: Service) -> dict[int, int]:
    """Port on this machine -> port in the container."""
    pairs = (port.split(":") for port in service.ports)
    return {int(outside): int(inside) for _, outside, inside in pairs}


def test_ports_are_those_of_the_settings() -> None:
    settings = Settings.model_construct()
    ports = {name: set(published(service)) for name, service in SERVICES.items()}
    assert int(settings.kafka.bootstrap.split(":")[1]) in ports["kafka"]
    assert urlsplit(settings.prometheus_url).port in ports["prometheus"]
    assert urlsplit(settings.alertmanager_url).port in ports["alertmanager"]
    assert urlsplit(settings.grafana.url).port in ports["grafana"]
    assert settings.endpoint.port in ports["clickhouse"]
    worker = SERVICES["worker"]
    assert worker.environment["PULSE_METRICS_PORT"] == str(settings.metrics_port)
    assert not worker.ports


def test_prometheus_finds_the_worker_and_alertmanager() -> None:
    config = yaml.safe_load((DEPLOY / "compose/prometheus.yml").read_text())
    (scrape,) = config["scrape_configs"]
    port = SERVICES["worker"].environment["PULSE_METRICS_PORT"]
    assert scrape["static_configs"] == [{"targets": [f"worker:{port}"]}]
    (told,) = config["alerting"]["alertmanagers"]
    (port,) = map(str, published(SERVICES["alertmanager"]).values())
    assert told["static_configs"] == [{"targets": [f"alertmanager:{port}"]}]
    mounted = {volume.split(":")[1] for volume in SERVICES["prometheus"].volumes}
    assert {f"/etc/prometheus/{name}" for name in config["rule_files"]} < mounted
    named = {word.partition("=")[2] for word in SERVICES["prometheus"].command or []}
    assert "/etc/prometheus/prometheus.yml" in named


def test_notices_go_nowhere_until_someone_says_where() -> None:
    receivers = yaml.safe_load((DEPLOY / "compose/alertmanager.yml").read_text())["receivers"]
    assert all(list(receiver) == ["name"] for receiver in receivers)


def test_the_bridge_listens_where_its_routes_lead_and_takes_a_filled_in_secret(
    secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = OURS["bridge"]
    port = bridge.environment["PULSE_BRIDGE__PORT"]
    assert f"http://bridge:{port}/page" in (DEPLOY / "README.md").read_text()
    assert bridge.ports == []
    for target, source in bridge.uses.items():
        (tmp_path / Path(target).name).write_bytes((secrets / source).read_bytes())
    (tmp_path / "PULSE_BRIDGE__WECOM_URL").write_text("https://robot.example/send?key=k\n")
    monkeypatch.setenv(SECRETS_DIR, str(tmp_path))
    for key, value in bridge.environment.items():
        monkeypatch.setenv(key, str(tmp_path) if key == SECRETS_DIR else value)
    assert Settings().bridge.configured == ("wecom",)


def test_kafka_speaks_to_both_sides_at_the_ports_that_are_used() -> None:
    kafka = SERVICES["kafka"]
    environment = kafka.environment
    inside, controller, host = environment["KAFKA_LISTENERS"].split(",")
    told = dict(part.split("://") for part in environment["KAFKA_ADVERTISED_LISTENERS"].split(","))
    assert told["INSIDE"] == OURS["worker"].environment["PULSE_KAFKA__BOOTSTRAP"]
    assert told["INSIDE"].split(":")[1] == inside.rpartition(":")[2]
    outside = int(told["HOST"].split(":")[1])
    assert published(kafka) == {outside: int(host.rpartition(":")[2])}
    assert environment["KAFKA_CONTROLLER_QUORUM_VOTERS"].endswith(controller.rpartition(":")[2])
    listeners = [part.split(":")[0] for part in environment["KAFKA_LISTENERS"].split(",")]
    protocols = environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    assert [part.split(":")[0] for part in protocols] == listeners
    assert len(base64.urlsafe_b64decode(environment["CLUSTER_ID"] + "==")) == 16


def test_the_store_is_where_its_service_listens(secrets: Path) -> None:
    inside = published(SERVICES["clickhouse"]).values()
    for name in ("admin", "ingest", "rollup"):
        _, arguments = parse_url((secrets / f"store_{name}").read_text())
        assert (arguments["host"], arguments["database"]) == ("clickhouse", "community")
        assert arguments["port"] in inside
    grafana = SERVICES["grafana"].environment
    assert grafana["PULSE_CLICKHOUSE_HOST"] == "clickhouse"
    assert int(grafana["PULSE_CLICKHOUSE_PORT"]) in inside
    assert SERVICES["clickhouse"].ulimits["nofile"].hard == 262_144


def test_secrets_and_users_of_the_database_are_the_same(secrets: Path) -> None:
    users = ET.parse(DEPLOY / "clickhouse/users.xml").find("users")  # noqa: S314 - our own file
    passwords = ET.parse(secrets / "clickhouse_passwords.xml").find("users")  # noqa: S314
    assert users is not None
    assert passwords is not None
    assert {user.tag for user in passwords} == {user.tag for user in users} - {"default"}
    assert SERVICES["grafana"].environment["PULSE_CLICKHOUSE_USER"] in {user.tag for user in users}


@pytest.mark.parametrize("path", ["README.md", "deploy/README.md", "deploy/runbook.md"])
def test_what_the_documents_name_exists(path: str, secrets: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert set(re.findall(r"\bPULSE_[A-Z_]*[A-Z]", text)) <= setting_names() | {SECRETS_DIR}
    for name in re.findall(r"deploy/secrets/(\w+)", text):
        assert (secrets / name).is_file()
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert ((ROOT / path).parent / target).exists(), target
