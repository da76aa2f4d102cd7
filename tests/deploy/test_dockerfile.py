"""The Dockerfile: what it copies is there, what it runs is ours, and nothing secret goes in."""

from __future__ import annotations

import json
import re
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.healthy import main as healthy
from pipeline.settings import Settings
from tests.deploy.compose_rules import DEPLOY, ROOT, compose, setting_names

TEXT = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
KEYWORDS = {
    "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "USER", "VOLUME",
    "WORKDIR",
}  # fmt: skip
IGNORED = [
    line
    for line in (ROOT / ".dockerignore").read_text().splitlines()
    if line and not line.startswith("#")
]


def instructions(text: str = TEXT) -> list[tuple[str, str]]:
    """Keyword and arguments of each instruction, continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.M))
    pairs = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(keyword, arguments) for keyword, arguments in pairs]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for keyword, arguments in instructions():
        if keyword == "FROM":
            found.append([])
        found[-1].append((keyword, arguments))
    return found


def sent(path: str) -> bool:
    """Whether .dockerignore lets a file through to the build: the last pattern that fits decides.

    A pattern fits a file also by one of the folders it lies in.
    """
    parts = path.split("/")
    names = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    kept = True
    for line in IGNORED:
        pattern = re.escape(line.removeprefix("!"))
        pattern = pattern.replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(pattern, name) for name in names):
            kept = line.startswith("!")
    return kept


def test_only_known_instructions_in_two_stages() -> None:
    assert {keyword for keyword, _ in instructions()} == KEYWORDS
    first, last = stages()
    assert first[0][1].split() == ["python:3.12.12-slim-bookworm", "AS", "build"]
    assert last[0][1] == "python:3.12.12-slim-bookworm"
    assert ("COPY", "--from=build /opt/pulse /opt/pulse") in last


def test_what_is_copied_is_there_and_reaches_the_build() -> None:
    for keyword, arguments in stages()[0]:
        if keyword == "COPY":
            for source in arguments.split()[:-1]:
                assert (ROOT / source).exists()
                assert sent(source)


def test_every_package_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {
        name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    copied = {arguments.split()[0] for keyword, arguments in stages()[0] if keyword == "COPY"}
    assert packages <= copied


@pytest.mark.parametrize(
    "path",
    [
        "deploy/secrets/store_admin",
        "deploy/local/demo.py",
        ".local/venv/bin/python",
        ".git/config",
        "tests/conftest.py",
        "sinks/__pycache__/topics.cpython-311.pyc",
        "community_pulse.egg-info/PKG-INFO",
    ],
)
def test_what_does_not_belong_in_an_image_stays_out(path: str) -> None:
    assert not sent(path)


@pytest.mark.parametrize("path", ["deploy/healthy.py", "sinks/migrations/001_facts.sql", "NOTICE"])
def test_what_does_belong_goes_in(path: str) -> None:
    assert sent(path)


def test_packages_come_from_the_lock_with_their_hashes() -> None:
    runs = [arguments for keyword, arguments in instructions() if keyword == "RUN"]
    installs = [part.strip() for run in runs for part in run.split("&&") if "pip install" in part]
    assert [set(install.split()) for install in installs] == [
        {"/opt/pulse/bin/pip", "install", "--only-binary", ":all:", "--require-hashes", "-r",
         "requirements.lock"},
        {"/opt/pulse/bin/pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "."},
    ]  # fmt: skip
    assert "PIP_NO_CACHE_DIR=1" in TEXT


def test_it_runs_as_nobody_special() -> None:
    last = dict(stages()[1])
    assert last["USER"] == "10001:10001"
    assert "--uid 10001" in last["RUN"]
    assert json.loads(last["ENTRYPOINT"]) == ["pulse"]
    state = re.search(r"PULSE_STATE_DIR=(\S+)", last["ENV"])
    assert state
    assert json.loads(last["VOLUME"]) == [state[1]] == [last["WORKDIR"]]
    assert f"--owner 10001 --group 10001 --mode 0700 {state[1]}" in last["RUN"]
    mounted = compose().services["worker"].volumes
    assert [volume.partition(":")[2] for volume in mounted] == [state[1]]


def test_it_sets_no_setting_that_a_secret_would_hold() -> None:
    names = set(re.findall(r"\bPULSE_\w+", TEXT))
    assert names <= setting_names()
    mounted = {
        Path(target).name for service in compose().services.values() for target in service.uses
    }
    assert names.isdisjoint(mounted)


def test_the_health_check_asks_whether_the_worker_lives() -> None:
    last = dict(stages()[1])
    command = json.loads(last["HEALTHCHECK"].partition("CMD ")[2])
    port = Settings.model_construct().metrics_port
    assert command == ["python", "-m", "deploy.healthy", f"http://127.0.0.1:{port}/livez"]
    assert last["EXPOSE"] == str(port)
    checked = compose().services["worker"].healthcheck
    assert checked is not None
    assert checked.test[1:] == command


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/metrics" else 500)
        self.end_headers()
        self.wfile.write(b"up 1\n")

    def log_message(self, *_: object) -> None:
        pass


def test_healthy_tells_an_answer_from_none(capsys: pytest.CaptureFixture[str]) -> None:
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert healthy([f"{address}/metrics"]) == 0
        assert healthy([f"{address}/broken"]) == 1
        server.shutdown()
        thread.join()
    assert healthy([f"{address}/metrics"]) == 1
    assert address in capsys.readouterr().err
    assert healthy([]) == 2
