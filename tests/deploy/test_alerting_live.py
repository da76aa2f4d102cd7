"""Exporter, Prometheus and Alertmanager together, on the demo's timing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from deploy.local.servers import Alertmanager, Programs, Prometheus
from pipeline.alerting.routes import routes_file
from pipeline.alerting.rules import prometheus_config, rule_file
from pipeline.alerting.site import Site
from pipeline.alerting.timing import compressed
from sinks.prometheus import Exporter
from sinks.prometheus_snapshot import Baseline, ExportSnapshot, GroupSignals

pytestmark = pytest.mark.server

GROUP = 'say "hi" 群🎉'


def snapshot(active: int, *, steady: int = 300) -> ExportSnapshot:
    """Two groups of 1,000 of whom 300 are usual, one of them with `active` now."""
    return ExportSnapshot(
        signals=tuple(
            GroupSignals(group, "daily_active", "slow", n, 1_000, {"4w": Baseline(0.3, 4)})
            for group, n in ((GROUP, active), ("steady", steady))
        ),
        caught_up={0: True},
        clock_rate=288,
    )


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    one = Exporter("test")
    yield one
    one.close()


@pytest.fixture
def alertmanager(exporter: Exporter, programs: Programs, tmp_path: Path) -> Iterator[Alertmanager]:
    """Alertmanager, fed by a Prometheus that scrapes the exporter."""
    port = exporter.serve("127.0.0.1", 0)
    quiet = Site(page_url="", notice_url="", watchdog_url="")
    with Alertmanager(
        tmp_path / "am", programs, config=routes_file(compressed(), quiet)
    ) as manager:
        site = Site(targets=(f"127.0.0.1:{port}",), alertmanagers=(manager.address,))
        with Prometheus(
            tmp_path / "prometheus",
            programs,
            config=prometheus_config(compressed(), site),
            rules={site.rule_file: rule_file(timing=compressed(), site=site)},
        ):
            yield manager


def drops(manager: Alertmanager) -> list[Any]:
    """Drop alerts that Alertmanager knows as firing."""
    connection = HTTPConnection("127.0.0.1", manager.ports[0], timeout=60)
    try:
        connection.request("GET", "/api/v2/alerts")
        found = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return [one for one in found if one["labels"]["alertname"].endswith("Drop")]


def show_until(
    exporter: Exporter, shown: ExportSnapshot, condition: Callable[[], bool], *, seconds: float
) -> bool:
    """Publish as a worker does until `condition` holds; False when it never did."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        exporter.publish(shown)
        if condition():
            return True
        time.sleep(0.2)
    return False


def test_a_drop_is_told_with_its_numbers_and_ends_when_activity_returns(
    exporter: Exporter, alertmanager: Alertmanager
) -> None:
    def told() -> bool:
        return bool(drops(alertmanager))

    assert not show_until(exporter, snapshot(300), told, seconds=5)
    assert show_until(exporter, snapshot(60), told, seconds=300)
    (drop,) = drops(alertmanager)
    assert drop["labels"]["group_id"] == GROUP
    assert drop["annotations"]["description"] == (
        f"Group {GROUP}: daily active rate 6% (60 of 1000 members) in the trailing 24 hours, which "
        "end at the last closed minute less the grace; 30% is usual at this weekday and clock "
        "time (median of 4 earlier weeks): a drop of 80%."
    )
    assert show_until(exporter, snapshot(290), lambda: not told(), seconds=300)
