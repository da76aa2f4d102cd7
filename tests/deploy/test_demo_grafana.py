"""Grafana in the demo: started with our files where it is, told how to attach where it is not.

The program here only stands in for Grafana: it listens where it is told to and shows what it got.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.request import urlopen

import pytest
from rich.console import Console

from deploy.local.demo_grafana import show_boards
from deploy.local.demo_stage import Stage
from deploy.local.grafana import PLUGIN, Grafana
from deploy.local.servers import Programs
from deploy.local.stack import ROOT
from grafana.library import BOARDS
from pipeline.errors import PulseError

FILES = {board.file for board in BOARDS}
SQL_URL, PROMETHEUS_URL = "http://127.0.0.1:8123", "http://127.0.0.1:9090"

STAND_IN = f"""#!{sys.executable}
import json, os, pathlib, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        boards = pathlib.Path(os.environ["GF_PATHS_DATA"], "boards")
        told = {{"argv": sys.argv, "env": dict(os.environ), "boards": os.listdir(boards)}}
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

address = os.environ["GF_SERVER_HTTP_ADDR"], int(os.environ["GF_SERVER_HTTP_PORT"])
HTTPServer(address, Handler).serve_forever()
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Grafana as its archive unpacks, on PATH, with the plugin."""
    root = tmp_path / "grafana-12"
    for part in ("bin", "conf", f"plugins/{PLUGIN}"):
        (root / part).mkdir(parents=True)
    (root / "conf/defaults.ini").touch()
    (root / f"plugins/{PLUGIN}/plugin.json").touch()
    program = root / "bin/grafana"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{root / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("GF_PATHS_PLUGINS", str(root / "plugins"))
    monkeypatch.delenv("GF_PATHS_HOME", raising=False)
    return root


def grafana(folder: Path) -> Grafana:
    programs = cast(Programs, None)  # Grafana is none of the local stack's programs
    return Grafana(folder, programs, sql_url=SQL_URL, prometheus_url=PROMETHEUS_URL)


def told_by(url: str) -> Any:
    with urlopen(f"{url}/api/health", timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def test_it_gets_our_files_and_our_data_sources(installed: Path, tmp_path: Path) -> None:
    with grafana(tmp_path / "demo") as server:
        assert server.url.startswith("http://127.0.0.1:")
        told = told_by(server.url)
    assert told["argv"][1:] == ["server", "--homepath", str(installed)]
    assert set(told["boards"]) == FILES
    environment = told["env"]
    assert environment["GF_PATHS_PROVISIONING"] == str(ROOT / "grafana" / "provisioning")
    assert environment["GF_PATHS_PLUGINS"] == str(installed / "plugins")
    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    sources = {name: text for name, text in environment.items() if name.startswith("PULSE_")}
    assert sources == {
        "PULSE_CLICKHOUSE_HOST": "127.0.0.1",
        "PULSE_CLICKHOUSE_PORT": "8123",
        "PULSE_CLICKHOUSE_PROTOCOL": "http",
        "PULSE_CLICKHOUSE_USER": "default",
        "PULSE_CLICKHOUSE_PASSWORD": "",
        "PULSE_PROMETHEUS_URL": PROMETHEUS_URL,
    }


def test_it_starts_again_on_the_same_data(installed: Path, tmp_path: Path) -> None:
    for _ in range(2):
        with grafana(tmp_path / "demo") as server:
            assert set(told_by(server.url)["boards"]) == FILES


def test_without_the_plugin_it_says_how_to_install_it(installed: Path, tmp_path: Path) -> None:
    (installed / f"plugins/{PLUGIN}/plugin.json").unlink()
    with pytest.raises(PulseError, match=f"plugins install {PLUGIN}"):
        grafana(tmp_path / "demo")


def test_without_its_own_files_it_says_so(installed: Path, tmp_path: Path) -> None:
    (installed / "conf/defaults.ini").unlink()
    with pytest.raises(PulseError, match="GF_PATHS_HOME"):
        grafana(tmp_path / "demo")


def shown(folder: Path, running: ExitStack) -> tuple[dict[str, str], str]:
    """What the demo shows among its places, and what it said."""
    said = io.StringIO()
    stage = Stage(
        folder=cast(Any, SimpleNamespace(root=folder)),
        console=Console(file=said, highlight=False, width=400),
        programs=cast(Any, None),
        clock=cast(Any, None),
        state=cast(Any, None),
        key="",
    )
    places = dict(show_boards(stage, running, PROMETHEUS_URL, SQL_URL))
    return places, said.getvalue()


def test_the_demo_shows_the_board(installed: Path, tmp_path: Path) -> None:
    with ExitStack() as running:
        places, _ = shown(tmp_path / "demo", running)
        page, _, _ = places["Grafana"].partition("?")
        base = page.removesuffix("/d/community-overview")
        assert told_by(base)["boards"]


def test_the_demo_goes_on_without_the_plugin(installed: Path, tmp_path: Path) -> None:
    (installed / f"plugins/{PLUGIN}/plugin.json").unlink()
    with ExitStack() as running:
        places, said = shown(tmp_path / "demo", running)
    assert places == {}
    assert f"Grafana is left out: Grafana's plugin {PLUGIN} is not installed" in said


def test_without_grafana_one_line_says_how_to_attach_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with ExitStack() as running:
        places, said = shown(tmp_path / "demo", running)
    assert places == {}
    (line,) = said.splitlines()
    for part in (SQL_URL, PROMETHEUS_URL, "pulse dashboards push"):
        assert part in line
