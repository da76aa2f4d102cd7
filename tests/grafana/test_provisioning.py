"""Provisioning files agree with the boards, with Prometheus' configuration and with the plugin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.render import ROOT
from grafana.boards import FOLDER, FOLDER_UID, PROVISIONED
from grafana.library import FOLDER as BOARDS
from grafana.library import render
from grafana.panels import PLUGINS
from grafana.signals import Source
from pipeline.alerting.timing import PRODUCTION
from pipeline.settings import EndpointSettings

PROVISIONING = ROOT / "grafana" / "provisioning"
SERVER = {
    "PULSE_CLICKHOUSE_HOST": "clickhouse",
    "PULSE_CLICKHOUSE_PORT": "9000",
    "PULSE_CLICKHOUSE_PROTOCOL": "native",
    "PULSE_CLICKHOUSE_USER": "grafana",
    "PULSE_CLICKHOUSE_PASSWORD": "secret",
    "PULSE_PROMETHEUS_URL": "http://prometheus:9090",
    "GF_PATHS_DATA": "/var/lib/grafana",
}
EMBEDDED = {
    **SERVER,
    "PULSE_CLICKHOUSE_HOST": "127.0.0.1",
    "PULSE_CLICKHOUSE_PORT": "8123",
    "PULSE_CLICKHOUSE_PROTOCOL": "http",
}


def read(name: str, environment: Mapping[str, str]) -> Any:
    """The file as Grafana reads it: ${NAME} from the environment, unset is empty."""

    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: filled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [filled(value) for value in node]
        if isinstance(node, str):
            return re.sub(r"\$\{(\w+)\}", lambda found: environment.get(found[1], ""), node)
        return node

    return filled(yaml.safe_load((PROVISIONING / name).read_text()))


def sources(environment: Mapping[str, str]) -> dict[str, Any]:
    found = read("datasources/community.yaml", environment)["datasources"]
    return {one["uid"]: one for one in found}


def test_the_boards_first_choice_is_provisioned() -> None:
    made = {(one["type"], one["uid"], one["name"]) for one in sources(SERVER).values()}
    assert made == {(PLUGINS[source], *PROVISIONED[source]) for source in Source}


@pytest.mark.parametrize("environment", [SERVER, EMBEDDED], ids=["server", "embedded"])
def test_the_environment_says_where_and_how(environment: Mapping[str, str]) -> None:
    clickhouse = sources(environment)["community-clickhouse"]
    told = clickhouse["jsonData"]
    assert told["host"] == environment["PULSE_CLICKHOUSE_HOST"]
    assert told["port"] == environment["PULSE_CLICKHOUSE_PORT"]  # the plugin takes text too
    assert told["protocol"] == environment["PULSE_CLICKHOUSE_PROTOCOL"]
    assert clickhouse["secureJsonData"] == {"password": "secret"}
    assert sources(environment)["community-prometheus"]["url"] == "http://prometheus:9090"


def test_no_secret_and_no_unknown_name_is_in_a_file() -> None:
    named = {
        name
        for path in PROVISIONING.rglob("*.yaml")
        for name in re.findall(r"\$\{(\w+)\}", path.read_text())
    }
    assert named == set(SERVER)


def test_the_rate_interval_follows_the_scrape() -> None:
    prometheus = sources(SERVER)["community-prometheus"]
    assert prometheus["jsonData"]["timeInterval"] == f"{PRODUCTION.scrape_s}s"


def test_a_query_asks_the_endpoint_for_no_more_time_than_it_gives() -> None:
    """clickhouse-go asks for 5 s more than the plugin waits: so Grafana gives up first."""
    waits = int(sources(SERVER)["community-clickhouse"]["jsonData"]["queryTimeout"])
    assert waits + 5 <= EndpointSettings().seconds


def test_boards_lie_where_the_provider_looks_in_the_folder_that_push_uses() -> None:
    (provider,) = read("dashboards/community.yaml", SERVER)["providers"]
    assert provider["options"]["path"] == "/var/lib/grafana/boards"
    assert (provider["folder"], provider["folderUid"]) == (FOLDER, FOLDER_UID)
    assert not provider["allowUiUpdates"]
    lying = {path.relative_to(ROOT).as_posix() for path in (ROOT / BOARDS).iterdir()}
    assert lying == set(render())


def test_every_file_is_read() -> None:
    assert {path.relative_to(PROVISIONING) for path in PROVISIONING.rglob("*.y*ml")} == {
        Path("datasources/community.yaml"),
        Path("dashboards/community.yaml"),
    }
