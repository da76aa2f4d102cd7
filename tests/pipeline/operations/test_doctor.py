"""The doctor's findings, part by part, against real and missing servers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.local.ports import free_ports
from deploy.local.servers import Alertmanager, Kafka, Programs, Prometheus
from pipeline.alerting.routes import routes_file
from pipeline.alerting.rules import prometheus_config, rule_file
from pipeline.alerting.site import located
from pipeline.alerting.timing import compressed
from pipeline.cli.main import main
from pipeline.operations.checkup import Finding, State
from pipeline.operations.doctor import PARTS, examine
from pipeline.operations.doctor_web import alertmanager, grafana, prometheus, worker
from pipeline.settings import GrafanaSettings, KafkaSettings, Settings
from sinks.embedded import EmbeddedStore
from sinks.key_guard import claim_key
from sinks.migrate import up
from sinks.prometheus import Exporter
from sinks.prometheus_snapshot import ExportSnapshot
from sinks.topics import create_topics
from tests.reference.stored import make_migrated

KEY = "a-key-of-the-tests"


@contextmanager
def _answers(pages: Mapping[str, tuple[int, object]]) -> Iterator[str]:
    """A server that answers each path with a status and a JSON body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = pages.get(self.path, (404, {}))
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _nowhere() -> str:
    return f"http://127.0.0.1:{free_ports(1)[0]}"


def test_nothing_there_is_told_part_by_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PULSE_KAFKA__BOOTSTRAP", f"127.0.0.1:{free_ports(1)[0]}")
    monkeypatch.setenv("PULSE_STORE", f"clickhouse://u:hunter2@127.0.0.1:{free_ports(1)[0]}/d")
    monkeypatch.setenv("PULSE_PROMETHEUS_URL", _nowhere())
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", KEY)
    monkeypatch.setattr("sinks.broker.BOOTSTRAP_SECONDS", 1)
    with pytest.raises(SystemExit) as end:
        main(["doctor", "--json"])
    assert end.value.code == 1
    told = capsys.readouterr().out
    findings = {finding["part"]: finding for finding in json.loads(told)}
    assert tuple(findings) == PARTS
    failing = {part for part, finding in findings.items() if finding["state"] == State.FAIL}
    assert failing == {"kafka", "topics", "store", "tables", "key", "clock", "prometheus"}
    assert all(findings[part]["remedy"] for part in failing)
    assert "hunter2" not in told


@pytest.mark.server
def test_a_sound_installation(
    bare_kafka: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", KEY)
    settings = Settings(
        kafka=KafkaSettings(bootstrap=bare_kafka.address),
        store=f"chdb:{tmp_path / 'store'}",
        pseudonym_key=KEY,
        state_dir=tmp_path,
    )
    create_topics(settings.kafka)
    make_migrated(tmp_path / "store")
    asked: list[str] = []
    findings = {finding.part: finding for finding in examine(settings, (), asked.append)}
    for part in ("kafka", "topics", "store", "tables", "key", "clock"):
        assert findings[part].state is State.OK, findings[part]
    assert asked[0] == "settings"


def test_a_look_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinks.broker.BOOTSTRAP_SECONDS", 1)
    settings = Settings(
        kafka=KafkaSettings(bootstrap="127.0.0.1:1"), store=f"chdb:{tmp_path / 'store'}"
    )
    found = {finding.part: finding for finding in examine(settings, (), lambda _: None)}
    assert found["store"].told.startswith("There is no store yet")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"data": 1}', b'[{"labels": 1}]'])
def test_another_program_at_an_address_is_a_finding(body: bytes) -> None:
    paths = ("/metrics", "/api/v1/targets", "/api/v1/rules", "/api/v2/alerts", "/api/health")
    with _answers(dict.fromkeys(paths, (200, body))) as url:
        settings = Settings(
            metrics_port=int(url.rpartition(":")[2]),
            prometheus_url=url,
            alertmanager_url=url,
            grafana=GrafanaSettings(url=url),
        )
        for look in (worker, prometheus, alertmanager, grafana):
            found = look(settings)
            assert found.state is State.FAIL, (look.__name__, found)
            assert found.remedy


def test_a_password_in_an_address_is_not_shown_and_the_remedy_fits() -> None:
    with _answers({"/api/v1/targets": (401, {})}) as url:
        secret = url.replace("http://", "http://ana:hunter2@")
        found = prometheus(Settings(prometheus_url=secret))
    assert found.state is State.FAIL
    assert "hunter2" not in f"{found.told} {found.remedy}"
    assert "GRAFANA" not in found.remedy


def test_an_empty_store_and_a_foreign_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinks.broker.BOOTSTRAP_SECONDS", 1)
    settings = Settings(
        kafka=KafkaSettings(bootstrap="127.0.0.1:1"),
        store=f"chdb:{tmp_path / 'store'}",
        pseudonym_key=KEY,
    )
    EmbeddedStore(tmp_path / "store").close()
    empty = {finding.part: finding for finding in examine(settings, (), lambda _: None)}
    assert "pulse migrate up" in empty["tables"].remedy
    store = EmbeddedStore(tmp_path / "store")
    up(store)
    claim_key(store, "0badcafe")
    store.close()
    foreign = {finding.part: finding for finding in examine(settings, (), lambda _: None)}
    assert foreign["key"].state is State.FAIL
    assert "0badcafe" in foreign["key"].told


def test_a_worker_caught_up_and_one_behind() -> None:
    exporter = Exporter("test")
    port = exporter.serve("127.0.0.1", 0)
    settings = Settings(metrics_port=port)
    try:
        assert worker(settings).state is State.FAIL  # owns nothing yet
        exporter.publish(ExportSnapshot(caught_up={0: True, 1: True}))
        assert worker(settings).state is State.OK
        exporter.publish(ExportSnapshot(caught_up={0: True, 1: False}))
        assert "partitions 1 are behind" in worker(settings).told
    finally:
        exporter.close()
    assert worker(settings).state is State.ABSENT


@pytest.mark.server
def test_real_prometheus_and_alertmanager(programs: Programs, tmp_path: Path) -> None:
    exporter, timing = Exporter("test"), compressed()
    with ExitStack() as running:
        running.callback(exporter.close)
        target = f"127.0.0.1:{exporter.serve('127.0.0.1', 0)}"
        am = running.enter_context(
            Alertmanager(tmp_path / "am", programs, config=routes_file(timing))
        )
        site = located({"alertmanagers": am.address, "targets": target})
        prom = running.enter_context(
            Prometheus(
                tmp_path / "prom",
                programs,
                config=prometheus_config(timing, site=site),
                rules={"alerts.yml": rule_file(timing=timing, site=site)},
            )
        )
        settings = Settings(prometheus_url=prom.url, alertmanager_url=am.url)
        _until_ok(lambda: prometheus(settings))
        _until_ok(lambda: alertmanager(settings))
        exporter.close()
        _until(lambda: "cannot scrape" in prometheus(settings).told)
    assert prometheus(settings).state is State.FAIL
    assert alertmanager(settings).state is State.FAIL


def _until_ok(look: Callable[[], Finding]) -> None:
    _until(lambda: look().state is State.OK)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.3)


def test_prometheus_without_us() -> None:
    targets = {"data": {"activeTargets": []}}
    pages = {
        "/api/v1/targets": (200, targets),
        "/api/v1/rules": (200, {"data": {"groups": []}}),
    }
    with _answers(pages) as url:
        found = prometheus(Settings(prometheus_url=url))
    assert found.state is State.FAIL
    assert "no job" in found.told


def test_alertmanager_that_hears_nothing_and_one_that_does() -> None:
    watchdog = [{"labels": {"alertname": "CommunityWatchdog"}}]
    with _answers({"/api/v2/alerts": (200, [])}) as url:
        assert alertmanager(Settings(alertmanager_url=url)).state is State.FAIL
    with _answers({"/api/v2/alerts": (200, watchdog)}) as url:
        assert alertmanager(Settings(alertmanager_url=url)).state is State.OK
    assert alertmanager(Settings()).state in (State.ABSENT, State.FAIL)


@pytest.mark.parametrize(
    ("pages", "token", "state", "told"),
    [
        ({"/api/health": (200, {"version": "12.0.1"})}, "", State.OK, "without a token"),
        (
            {"/api/health": (200, {"version": "12.0.1"}), "/api/org": (200, {})},
            "t",
            State.OK,
            "takes the token",
        ),
        (
            {"/api/health": (200, {"version": "12.0.1"}), "/api/org": (401, {})},
            "t",
            State.FAIL,
            "lets nobody in",
        ),
        ({"/api/health": (200, b"<html>")}, "", State.FAIL, "something else"),
        ({"/api/health": (200, [])}, "", State.FAIL, "something else"),
        ({}, "", State.FAIL, "404"),
    ],
)
def test_grafana(
    pages: Mapping[str, tuple[int, object]], token: str, state: State, told: str
) -> None:
    with _answers(pages) as url:
        found = grafana(Settings(grafana=GrafanaSettings(url=url, token=token)))
    assert found.state is state
    assert told in found.told
    assert found.remedy or state is State.OK
