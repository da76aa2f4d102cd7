"""The local stack's servers, for real: up, killed, back with their data, gone without a trace."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest
from clickhouse_driver import Client
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.local import process
from deploy.local.ports import HOST, free_ports, is_free, listens
from deploy.local.servers import Alertmanager, ClickHouse, Kafka, Programs, Prometheus, Server
from deploy.local.stack import ROOT
from pipeline.errors import PulseError

pytestmark = pytest.mark.server

_ROUTES = "route: {receiver: none}\nreceivers: [{name: none}]\n"
_SCRAPE_NOTHING = "global: {evaluation_interval: 1s}\n"

Make = Callable[[Path, Programs], Server]

_MAKERS: dict[str, Make] = {
    "kafka": Kafka,
    "clickhouse": ClickHouse,
    "prometheus": lambda folder, found: Prometheus(folder, found, config=_SCRAPE_NOTHING),
    "alertmanager": lambda folder, found: Alertmanager(folder, found, config=_ROUTES),
}


@pytest.fixture
def until_the_end() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(params=_MAKERS)
def server(
    request: pytest.FixtureRequest, tmp_path: Path, programs: Programs, until_the_end: ExitStack
) -> Server:
    """Each kind of server in turn, not started."""
    made = _MAKERS[request.param](tmp_path / request.param, programs)
    until_the_end.callback(made.stop)
    return made


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _answers(host: str, port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(2)
        return client.connect_ex((host, port)) == 0


def _until_healthy(server: Server) -> None:
    """A busy machine may be too late for one look at it."""
    deadline = time.monotonic() + 120
    while not server.healthy():
        assert time.monotonic() < deadline, server.log.read_text()


def _get(address: str, path: str) -> bytes:
    connection = HTTPConnection(address, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def test_a_server_lives_dies_comes_back_and_leaves_nothing(server: Server) -> None:
    server.start()
    ports, first = server.ports, server.pid
    _until_healthy(server)
    assert all(listens(first, port) for port in ports)
    assert os.getsid(first) == first  # Ctrl-C in our terminal does not reach it
    assert not any(_answers("127.0.0.2", port) for port in ports)  # this machine's other name

    server.kill()
    assert not server.running
    assert not server.healthy()
    assert not _exists(first)

    server.start()
    second = server.pid
    assert second != first
    assert server.ports == ports
    _until_healthy(server)

    server.stop()
    assert not _exists(second)
    assert all(map(is_free, ports))


def test_a_paused_server_answers_again_when_it_goes_on_and_can_be_stopped(server: Server) -> None:
    server.start()
    pid = server.pid
    server.pause()
    assert server.running
    assert not server.healthy()
    server.resume()
    _until_healthy(server)

    server.pause()
    server.stop()
    assert not _exists(pid)


_START_AND_WAIT = """
import sys, time
from pathlib import Path
from deploy.local.servers import Alertmanager, Programs
routes = "route: {receiver: none}\\nreceivers: [{name: none}]\\n"
server = Alertmanager(Path(sys.argv[1]), Programs.find(), config=routes).start()
print(server.pid, server.ports[0], flush=True)
time.sleep(60)
"""


def test_a_server_does_not_outlive_a_process_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _START_AND_WAIT, tmp_path], cwd=ROOT, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pid, port = map(int, parent.stdout.readline().split())
        assert listens(pid, port)
        parent.kill()
    deadline = time.monotonic() + 60
    while not is_free(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_free(port)


def test_a_port_taken_meanwhile_leads_to_another(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as squatter:
        squatter.bind((HOST, free_ports(1)[0]))
        squatter.listen()
        taken = squatter.getsockname()[1]
        offers = [(taken, *free_ports(server.port_count - 1))]
        monkeypatch.setattr(
            process, "free_ports", lambda count: offers.pop() if offers else free_ports(count)
        )
        server.start()
    assert not offers
    assert taken not in server.ports
    _until_healthy(server)


def test_a_server_that_dies_at_once_is_told_with_the_end_of_its_log(
    tmp_path: Path, programs: Programs
) -> None:
    broken = Prometheus(tmp_path, programs, config="no such key: 1\n")
    with pytest.raises(PulseError, match="ended with exit code") as raised:
        broken.start()
    assert raised.value.where == str(broken.log)
    assert "no such key" in raised.value.remedy
    assert not broken.running


def test_a_server_that_is_never_ready_is_told_and_ended(
    tmp_path: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute = Alertmanager(tmp_path, programs, config=_ROUTES)
    monkeypatch.setattr(Alertmanager, "healthy", lambda self: False)
    monkeypatch.setattr(Alertmanager, "start_seconds", 1.0)
    with pytest.raises(PulseError, match="was not ready after 1 s"):
        mute.start()
    assert not mute.running


def test_a_program_that_is_missing_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PulseError, match="java, prometheus, promtool, alertmanager, amtool") as e:
        Programs.find(tmp_path)
    assert "make setup" in e.value.remedy


def test_kafka_keeps_records_and_group_offsets_through_a_crash(
    private_kafka: Callable[[], Kafka],
) -> None:
    broker = private_kafka()
    partition = TopicPartition("kept", 0)
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=broker.address, acks="all")
    for number in range(3):
        producer.send("kept", str(number).encode()).get(timeout=60)
    producer.close()
    _commit_after_reading(broker, partition, count=2)

    broker.kill()
    broker.start()

    assert _commit_after_reading(broker, partition, count=1) == [b"2"]


def _commit_after_reading(broker: Kafka, partition: TopicPartition, count: int) -> list[bytes]:
    consumer = KafkaConsumer(
        bootstrap_servers=broker.address,
        group_id="readers",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=1,
        consumer_timeout_ms=120_000,
    )
    consumer.assign([partition])
    values = [next(consumer).value for _ in range(count)]
    consumer.commit()
    consumer.close()
    return values


def test_kafka_stamps_records_itself_and_makes_no_topic_by_accident(kafka: Kafka) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka.address)
    admin.create_topics([NewTopic("stamped", num_partitions=1, replication_factor=1)])
    producer = KafkaProducer(bootstrap_servers=kafka.address)
    sent = producer.send("stamped", b"", timestamp_ms=1).get(timeout=60)
    producer.close()
    assert sent.timestamp > 1
    assert "never-made" not in admin.list_topics()
    admin.close()


def test_clickhouse_keeps_rows_through_a_crash(
    private_clickhouse: Callable[[], ClickHouse],
) -> None:
    server = private_clickhouse()
    with Client.from_url(server.url()) as client:
        client.execute("CREATE TABLE kept (n UInt8) ENGINE = MergeTree ORDER BY n")
        client.execute("INSERT INTO kept VALUES", [(1,), (2,)])
    server.kill()
    server.start()
    with Client.from_url(server.url()) as client:
        assert client.execute("SELECT sum(n) FROM kept") == [(3,)]


def test_clickhouse_runs_in_utc(clickhouse_server: ClickHouse) -> None:
    with Client.from_url(clickhouse_server.url()) as client:
        one_day = client.execute("SELECT toString(toDateTime(86400))")
    assert one_day == [("1970-01-02 00:00:00",)]


def test_prometheus_loads_the_rules_it_is_given_and_sends_to_alertmanager(
    tmp_path: Path, programs: Programs, until_the_end: ExitStack
) -> None:
    alertmanager = until_the_end.enter_context(
        Alertmanager(tmp_path / "alertmanager", programs, config=_ROUTES)
    )
    prometheus = until_the_end.enter_context(
        Prometheus(
            tmp_path / "prometheus",
            programs,
            config=(
                "global: {evaluation_interval: 1s}\n"
                "rule_files: [rules.yml]\n"
                "alerting: {alertmanagers: [{static_configs: "
                f"[{{targets: ['{alertmanager.address}']}}]}}]}}\n"
            ),
            rules={"rules.yml": "groups: [{name: g, rules: [{alert: Always, expr: vector(1)}]}]"},
        )
    )
    rules = json.loads(_get(prometheus.address, "/api/v1/rules"))
    assert rules["data"]["groups"][0]["rules"][0]["name"] == "Always"
