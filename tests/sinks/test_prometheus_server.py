"""The exporter's paths as a supervisor and a scraper ask for them."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Collection, Iterator

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from sinks.prometheus_server import PrometheusServer

WHY_NOT: list[str] = []


@pytest.fixture
def server() -> Iterator[PrometheusServer]:
    registry = CollectorRegistry()
    Gauge("answer", "Of everything.", registry=registry).set(42)
    probes = {"/livez": lambda: "", "/readyz": lambda: "".join(WHY_NOT)}
    Gauge("question", "Nobody knows it.", registry=registry)

    def metrics(names: Collection[str]) -> bytes:
        return generate_latest(registry.restricted_registry(names) if names else registry)

    one = PrometheusServer("127.0.0.1", 0, metrics, probes)
    WHY_NOT.clear()
    yield one
    one.close()


def ask(server: PrometheusServer, path: str, method: str = "GET") -> tuple[int, str]:
    url = f"http://127.0.0.1:{server.port}{path}"
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, method=method), timeout=60
        ) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_metrics_are_on_their_path_alone(server: PrometheusServer) -> None:
    status, text = ask(server, "/metrics")
    assert (status, text.splitlines()[2]) == (200, "answer 42.0")
    for path in ("/", "/metrics/", "/favicon.ico", "/livezz"):
        assert ask(server, path) == (404, "there is /metrics, /livez, /readyz\n")


def test_series_can_be_asked_for_by_name(server: PrometheusServer) -> None:
    for query, names in {
        "": {"answer", "question"},
        "?name[]=answer": {"answer"},
        "?name[]=answer&name%5B%5D=question": {"answer", "question"},
        "?name[]=up": set(),
    }.items():
        _, text = ask(server, f"/metrics{query}")
        shown = {line.split()[0] for line in text.splitlines() if not line.startswith("#")}
        assert shown == names


def test_a_probe_says_why_not_in_one_line(server: PrometheusServer) -> None:
    assert ask(server, "/readyz") == (200, "ok\n")
    WHY_NOT.append("the store does not answer")
    assert ask(server, "/readyz?verbose") == (503, "the store does not answer\n")
    assert ask(server, "/livez") == (200, "ok\n")


@pytest.mark.parametrize("path", ["/metrics", "/livez", "/readyz"])
def test_head_has_the_status_without_the_text(server: PrometheusServer, path: str) -> None:
    assert ask(server, path, "HEAD") == (200, "")


def test_head_of_what_is_not_well(server: PrometheusServer) -> None:
    WHY_NOT.append("no partition is assigned")
    assert ask(server, "/readyz", "HEAD") == (503, "")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_sent(server: PrometheusServer, method: str) -> None:
    assert ask(server, "/metrics", method) == (405, "GET and HEAD alone\n")


def test_a_slow_client_holds_up_nobody(server: PrometheusServer) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/livez", timeout=60):
        assert ask(server, "/livez") == (200, "ok\n")
