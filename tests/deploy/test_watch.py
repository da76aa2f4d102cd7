from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from deploy.local.ports import free_ports
from deploy.local.watch import Worker, fetch, read_alerts, read_worker
from pipeline.errors import PulseError
from sinks.prometheus import Exporter
from sinks.prometheus_snapshot import Baseline, ExportSnapshot, GroupSignals

SIGNALS = (
    GroupSignals("sim-1", "in_group", "slow", 90, 100, {"24h": Baseline(0.91, 1)}),
    GroupSignals("sim-1", "daily_active", "slow", 20, 90, {"4w": Baseline(0.25, 4)}),
    GroupSignals("sim-1", "daily_active", "fast", 2, 90),
    GroupSignals('群 "2"\n', "conversion", "fast", 0, 0),
)
SNAPSHOT = ExportSnapshot(
    signals=SIGNALS,
    member_count={"sim-1": 90, '群 "2"\n': 0},
    last_heartbeat_s={"simulator": 1_700_000_000.5},
    lag_records={("community.chat", 0): 3, ("community.join", 1): 4},
    lag_seconds={("community.chat", 0): 0.25, ("community.join", 1): 1.5},
    caught_up={0: True, 1: True},
)


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    exporter = Exporter("1.2.3")
    yield exporter
    exporter.close()


def worker(exporter: Exporter) -> Worker:
    return read_worker(exporter.exposition().decode())


def test_what_is_published_is_read(exporter: Exporter) -> None:
    exporter.publish(SNAPSHOT)
    read = worker(exporter)
    assert sorted(read.signals, key=repr) == sorted(SIGNALS, key=repr)
    assert read.members == SNAPSHOT.member_count


def test_pipeline_is_summed_over_partitions_and_topics(exporter: Exporter) -> None:
    exporter.publish(SNAPSHOT)
    exporter.count_record("community.chat", "counted", n=10)
    exporter.count_record("community.join", "counted", n=5)
    exporter.count_record("community.join", "duplicate")
    exporter.count_record("community.chat", "rejected", "not_json", n=2)
    exporter.count_record("community.join", "rejected", "not_json")
    pipeline = worker(exporter).pipeline
    assert {name: n for name, n in pipeline.outcomes.items() if n} == {
        "counted": 15,
        "duplicate": 1,
        "rejected": 3,
    }
    assert pipeline.records == 19
    assert pipeline.reasons == {"not_json": 3}
    assert (pipeline.lag_records, pipeline.lag_seconds) == (7, 1.5)
    assert pipeline.beats == {"simulator": 1_700_000_000.5}
    assert pipeline.caught_up


@pytest.mark.parametrize("caught_up", [{}, {0: True, 1: False}, {0: False}])
def test_a_worker_is_caught_up_only_with_all_partitions(
    exporter: Exporter, caught_up: dict[int, bool]
) -> None:
    exporter.publish(ExportSnapshot(caught_up=caught_up))
    assert not worker(exporter).pipeline.caught_up


def test_alerts_are_read_as_prometheus_tells_them() -> None:
    told = {
        "alertname": "A",
        "group_id": "sim-1",
    }
    answer = json.dumps(
        {
            "status": "success",
            "data": {
                "alerts": [
                    {
                        "labels": told,
                        "annotations": {},
                        "state": "pending",
                        "activeAt": "2026-01-01T00:00:00Z",
                        "value": "1e+00",
                    }
                ]
            },
        }
    )
    (alert,) = read_alerts(answer)
    assert (alert.name, alert.state, alert.labels) == ("A", "pending", told)


def test_fetch_reads_metrics_and_tells_what_is_not_there(exporter: Exporter) -> None:
    url = f"http://127.0.0.1:{exporter.serve('127.0.0.1', 0)}/metrics"
    assert "community_pipeline_info" in fetch(url)
    exporter.close()
    with pytest.raises(PulseError, match="no answer") as raised:
        fetch(url)
    assert raised.value.where == url


def test_fetch_waits_no_longer_than_told() -> None:
    with pytest.raises(PulseError):
        fetch(f"http://127.0.0.1:{free_ports(1)[0]}/", timeout_s=0.5)
