"""The manifests: known fields, real commands and settings, probes that the worker answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agents.overseer import ALIVE_S
from pipeline import __version__
from pipeline.settings import SECRETS_DIR, Settings
from tests.deploy.compose_rules import commands, setting_names
from tests.deploy.k8s_rules import FOLDER, Container, Template, things
from tests.deploy.test_systemd import NEEDS

THINGS = things()
TEMPLATES: dict[str, Template] = {
    name: thing.spec.template
    for (_, name), thing in THINGS.items()
    if thing.spec is not None and hasattr(thing.spec, "template")
}
SETTINGS = THINGS["ConfigMap", "pulse-settings"].data or {}
SECRETS = {
    "pulse-setup": ("pulse-admin", {"PULSE_STORE"}),
    "pulse-worker": ("pulse-worker", NEEDS["pulse-worker@.service"]),
    "pulse-rollup": ("pulse-rollup", NEEDS["pulse-rollup.service"]),
    "pulse-bridge": (
        "pulse-bridge",
        NEEDS["pulse-bridge.service"] | {"PULSE_BRIDGE__WECOM_URL"},
    ),
}
each_template = pytest.mark.parametrize("name", TEMPLATES)


def container(name: str) -> Container:
    return TEMPLATES[name].spec.containers[0]


def environment(name: str) -> dict[str, str]:
    own = {each.name: each.value or "pulse-worker-0" for each in container(name).env}
    assert [each.configMapRef.name for each in container(name).envFrom] == ["pulse-settings"]
    return SETTINGS | own


def test_every_template_is_looked_at() -> None:
    assert set(TEMPLATES) == set(SECRETS)


@each_template
def test_it_runs_a_command_of_ours_in_our_image(name: str) -> None:
    runs = container(name)
    assert runs.image == f"community-pulse:{__version__}"
    called = [" ".join(runs.args or [])]
    if runs.command:
        assert runs.command[:2] == ["/bin/sh", "-ec"]
        called = [part.removeprefix("pulse ") for part in runs.command[2].split(" && ")]
    if runs.readinessProbe and runs.readinessProbe.exec:
        called.append(" ".join(runs.readinessProbe.exec.command).removeprefix("pulse "))
    assert {words.partition(" --")[0] for words in called} <= commands()


@each_template
def test_it_runs_as_the_images_user_and_writes_only_to_its_folders(name: str) -> None:
    security = TEMPLATES[name].spec.securityContext
    assert {security.runAsUser, security.runAsGroup, security.fsGroup} == {10001}
    mounts = {mount.name: mount.mountPath for mount in container(name).volumeMounts}
    assert mounts.pop("tmp") == "/tmp"  # noqa: S108 - a volume of its own
    assert mounts == {"secrets": SETTINGS[SECRETS_DIR], "state": "/var/lib/pulse"}
    assert {volume.name for volume in TEMPLATES[name].spec.volumes} == {*mounts, "tmp"}


@each_template
def test_its_secrets_are_files_that_the_comment_tells_to_make(name: str) -> None:
    secret, files = SECRETS[name]
    (mounted,) = [volume.secret for volume in TEMPLATES[name].spec.volumes if volume.secret]
    assert mounted.secretName == secret
    assert files.isdisjoint(environment(name))
    comment = (FOLDER / "kustomization.yaml").read_text().replace("\\\n#", "")
    (made,) = re.findall(rf"create secret generic {secret} (.*)", comment)
    assert set(re.findall(r"--from-file=(\w+)=", made)) == files


@each_template
def test_its_environment_is_accepted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in environment(name).items():
        monkeypatch.setenv(key, value)
    assert set(environment(name)) <= setting_names() | {SECRETS_DIR}
    _, files = SECRETS[name]
    for file in files:
        given = {
            "PULSE_STORE": "clickhouse://u:p@h:9000/community",
            "PULSE_BRIDGE__WECOM_URL": "https://robot.example/send?key=k",
        }
        (tmp_path / file).write_text(given.get(file, "k" * 16))
    monkeypatch.setenv(SECRETS_DIR, str(tmp_path))
    settings = Settings()
    assert settings.store == "clickhouse://u:p@h:9000/community"
    assert bool(settings.pseudonym_key.get_secret_value()) is (name == "pulse-worker")


def test_each_worker_is_a_member_by_its_own_name() -> None:
    (instance,) = [each for each in container("pulse-worker").env if each.name == "PULSE_INSTANCE"]
    assert instance.valueFrom is not None
    assert instance.valueFrom.fieldRef.fieldPath == "metadata.name"
    assert ("StatefulSet", "pulse-worker") in THINGS  # whose pods keep their names


def test_a_worker_is_asked_whether_it_lives_and_apart_from_that_whether_it_is_ready() -> None:
    worker = container("pulse-worker")
    (port,) = worker.ports
    assert str(port.containerPort) == environment("pulse-worker")["PULSE_METRICS_PORT"]
    probes = (worker.startupProbe, worker.livenessProbe, worker.readinessProbe)
    asked = [probe.httpGet.path for probe in probes if probe and probe.httpGet]
    assert asked == ["/livez", "/livez", "/readyz"]
    assert {probe.httpGet.port for probe in probes if probe and probe.httpGet} == {port.name}
    lives = worker.livenessProbe
    assert lives is not None
    # It ends itself when it can: the probe comes after that, for one that cannot.
    assert lives.periodSeconds * lives.failureThreshold >= 60 - ALIVE_S


def test_the_bridge_is_found_where_it_listens() -> None:
    bridge = container("pulse-bridge")
    (port,) = bridge.ports
    assert str(port.containerPort) == environment("pulse-bridge")["PULSE_BRIDGE__PORT"]
    service = THINGS["Service", "pulse-bridge"].spec
    assert service.ports[0].port == port.containerPort  # type: ignore[union-attr]
    assert service.ports[0].targetPort == port.name  # type: ignore[union-attr]
    assert service.selector == TEMPLATES["pulse-bridge"].metadata.labels  # type: ignore[union-attr]
    for probe in (bridge.startupProbe, bridge.livenessProbe):
        assert probe is not None
        assert probe.httpGet is not None
        assert (probe.httpGet.path, probe.httpGet.port) == ("/livez", port.name)


def test_a_worker_that_is_not_ready_is_scraped_too() -> None:
    service = THINGS["Service", "pulse-worker"].spec
    sets = THINGS["StatefulSet", "pulse-worker"].spec
    budget = THINGS["PodDisruptionBudget", "pulse-worker"].spec
    assert service.ports[0].targetPort == container("pulse-worker").ports[0].name  # type: ignore[union-attr]
    labels = TEMPLATES["pulse-worker"].metadata.labels
    assert service.selector == labels  # type: ignore[union-attr]
    assert sets.serviceName == "pulse-worker"  # type: ignore[union-attr]
    assert budget.selector.matchLabels == labels  # type: ignore[union-attr]


@each_template
def test_it_selects_its_own_pods(name: str) -> None:
    assert TEMPLATES[name].metadata.labels == {"app": name}
    for (kind, other), thing in THINGS.items():
        if other == name and kind in ("StatefulSet", "Deployment"):
            assert thing.spec.selector.matchLabels == {"app": name}  # type: ignore[union-attr]
