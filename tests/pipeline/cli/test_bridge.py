"""`pulse bridge`: what it says of its settings, its test message, its dry run, its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest

from deploy.local.ports import free_ports
from pipeline.alerting.messages.incident import incident_of
from pipeline.cli.bridge import RECORD, _record
from pipeline.cli.main import main
from pipeline.errors import StoreInUse
from pipeline.operations.control import Control
from pipeline.operations.operation import Context
from pipeline.settings import load_settings
from sinks.store import Store
from tests.pipeline.alerting.messages.cases import alert, call, incident

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PULSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path / 'store'}")


class Robot:
    """A robot's server in a thread: it answers `answer` and keeps what it was sent."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.taken: list[Any] = []
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                robot.taken.append(json.loads(self.rfile.read(length)))
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/send?key=SECRET-KEY"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    try:
        main(["bridge", *words])
        code: Any = 0
    except SystemExit as ended:
        code = ended.code
    told = capsys.readouterr()
    return int(code or 0), told.out, told.err


def test_without_a_channel_it_says_so_and_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys)
    assert (code, "No channel has an address" in err) == (2, True)
    code, out, _ = run(capsys, "--check", "--json")
    assert code == 2
    assert {row["state"] for row in json.loads(out)["channels"]} == {"absent"}


def test_a_check_sends_nothing_and_shows_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    robot = Robot({"errcode": 0})
    monkeypatch.setenv("PULSE_BRIDGE__WECOM_URL", robot.url)
    monkeypatch.setenv("PULSE_BRIDGE__HEARTBEAT_URL", f"{robot.url}&HUSH")
    code, out, err = run(capsys, "--check")
    robot.close()
    assert code == 0
    assert "page and notice" in out
    assert "dead man's switch set" in out
    assert robot.taken == []
    assert not {"SECRET-KEY", "HUSH"} & set((out + err).replace("=", " ").split())
    code, out, _ = run(capsys, "--check", "--json")
    assert code == 0
    assert "SECRET-KEY" not in out


def test_a_test_message_reaches_each_channel_in_the_language_of_the_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    robot = Robot({"errcode": 0, "code": 0})
    for name in ("WECOM", "FEISHU"):
        monkeypatch.setenv(f"PULSE_BRIDGE__{name}_URL", robot.url)
    monkeypatch.setenv("PULSE_BRIDGE__LANGUAGE", "zh")
    code, out, _ = run(capsys, "--test")
    robot.close()
    assert code == 0
    assert out.count("taken") == 2
    assert len(robot.taken) == 2
    assert all("测试" in json.dumps(one, ensure_ascii=False) for one in robot.taken)


def test_a_test_message_that_is_not_taken_is_exit_code_1_with_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    robot = Robot({"errcode": 93000, "errmsg": "invalid webhook url"})
    monkeypatch.setenv("PULSE_BRIDGE__WECOM_URL", robot.url)
    monkeypatch.setenv("PULSE_BRIDGE__SLACK_URL", f"http://127.0.0.1:{free_ports(1)[0]}/")
    code, out, err = run(capsys, "--test", "--json")
    robot.close()
    assert code == 1
    rows = {row["channel"]: row for row in json.loads(out)["channels"]}
    assert "93000" in rows["wecom"]["test"]
    assert "copy its address again" in rows["wecom"]["remedy"]
    assert "cannot be reached" in rows["slack"]["test"]
    assert "SECRET-KEY" not in out + err


def test_a_contradiction_is_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_BRIDGE__WECOM_URL", "https://robot.example/")
    monkeypatch.setenv("PULSE_BRIDGE__PAGE", "slack")
    code, _, err = run(capsys, "--check")
    assert code == 2
    assert "PULSE_BRIDGE__PAGE: channel slack has no address. Set its address" in err


def test_no_secret_is_shown_by_the_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WECOM_URL", "DINGTALK_URL", "FEISHU_URL", "SLACK_URL", "WEBHOOK_URL",
                 "HEARTBEAT_URL"):  # fmt: skip
        monkeypatch.setenv(f"PULSE_BRIDGE__{name}", "https://x.example/HUSH")
    for name in ("DINGTALK_SECRET", "FEISHU_SECRET", "WEBHOOK_TOKEN", "SMTP_PASSWORD"):
        monkeypatch.setenv(f"PULSE_BRIDGE__{name}", "HUSH")
    with pytest.raises(SystemExit):
        main(["config", "show", "--json"])
    told = capsys.readouterr()
    assert "HUSH" not in told.out + told.err
    hidden = [row for row in json.loads(told.out) if row["value"] == "set, hidden"]
    assert len([row for row in hidden if "BRIDGE" in row["setting"]]) == 10


def test_an_embedded_store_is_asked_through_its_owner_and_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    arguments = {"alert": alert(), "moment_ms": 42}
    with pytest.raises(StoreInUse, match="reached through `pulse up`"):
        _record(settings, arguments)
    asked: list[Any] = []

    def record(context: Context, told: Mapping[str, Any]) -> dict[str, Any]:
        asked.append(told)
        return {"incident": incident()}

    no_store = cast("Store", None)
    owner = Control(settings, no_store, {RECORD: record}, offers={})
    owner.open()
    try:
        answer = _record(settings, arguments)
    finally:
        owner.close()
    assert asked == [arguments]
    known = incident_of(answer)
    assert known is not None
    assert known.causes[0].part == "wechat"
    assert not (tmp_path / "store").exists()


def call_bridge(port: int, method: str, path: str, body: object = None) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, json.dumps(body) if body else None)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("level", ["info", "debug"])
def test_the_process_runs_prints_and_stops(tmp_path: Path, level: str) -> None:
    """In a dry run nothing is sent; at no level are addresses of robots logged."""
    (port,) = free_ports(1)
    robot = Robot({"errcode": 0})
    environment = {
        **os.environ, "PULSE_BRIDGE__PORT": str(port), "PYTHONPATH": str(ROOT),
        "PULSE_BRIDGE__WECOM_URL": robot.url,
    }  # fmt: skip
    dry = ["--dry-run"] if level == "info" else []
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "bridge", "--json", "-l", level, *dry],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    try:
        for _ in range(3_000):
            try:
                call_bridge(port, "GET", "/livez")
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        assert call_bridge(port, "POST", "/page", call(alert())) == 200
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        robot.close()
    assert process.returncode == 0, err
    assert "SECRET-KEY" not in out + err
    if dry:
        assert json.loads(out)["title"] == "Critical: Daily active rate has dropped in readers-7"
        assert robot.taken == []
        assert not (tmp_path / "state" / "bridge.json").exists()
    else:
        assert len(robot.taken) == 1
        assert out == ""
