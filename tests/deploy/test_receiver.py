from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from deploy.local.delivery import Delivery, State
from deploy.local.receiver import Receiver
from pipeline.errors import PulseError


def call(*alerts: dict[str, Any]) -> dict[str, Any]:
    """A call as Alertmanager 0.25 makes it."""
    return {
        "receiver": "page",
        "status": "firing",
        "alerts": list(alerts),
        "groupLabels": {"alertname": "A"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:9093",
        "version": "4",
        "groupKey": "{}",
        "truncatedAlerts": 0,
    }


def alert(status: str = "firing", group: str = "sim-24", since: str = "T1") -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "A", "group_id": group, "severity": "warning", "signal": "fast"},
        "annotations": {"summary": "s", "description": f"Group {group}: 1 %, usually 5 %."},
        "startsAt": since,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": f"print of {group}",
    }


def post(receiver: Receiver, body: bytes, path: str = "/page") -> int:
    connection = HTTPConnection(urlsplit(receiver.url).netloc, timeout=60)
    try:
        connection.request("POST", path, body)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def heard() -> list[Delivery]:
    return []


@pytest.fixture
def make(tmp_path: Path, heard: list[Delivery]) -> Callable[[], Receiver]:
    return lambda: Receiver(tmp_path / "new" / "deliveries.jsonl", lambda: 42, heard.append)


def test_each_alert_of_a_call_is_received_and_told(
    make: Callable[[], Receiver], heard: list[Delivery]
) -> None:
    with make() as receiver:
        payload = call(alert(), alert("resolved", "sim-22"))
        assert post(receiver, json.dumps(payload).encode()) == 200
    assert [(one.state, one.group_id, one.event_ms) for one in receiver.received] == [
        (State.FIRING, "sim-24", 42),
        (State.RESOLVED, "sim-22", 42),
    ]
    assert list(receiver.received) == heard


def test_a_line_says_state_alert_and_what_it_is_about(make: Callable[[], Receiver]) -> None:
    with make() as receiver:
        receiver.take(call(alert()))
    assert str(receiver.received[0]) == "FIRING   A [warning fast] Group sim-24: 1 %, usually 5 %."


def test_a_repetition_counts_once_and_another_bout_again(make: Callable[[], Receiver]) -> None:
    with make() as receiver:
        for payload in (
            call(alert()),
            call(alert(), alert(group="sim-22")),
            call(alert("resolved")),
            call(alert(since="T2")),
        ):
            receiver.take(payload)
    assert [(one.state, one.group_id, one.starts_at) for one in receiver.received] == [
        (State.FIRING, "sim-24", "T1"),
        (State.FIRING, "sim-22", "T1"),
        (State.RESOLVED, "sim-24", "T1"),
        (State.FIRING, "sim-24", "T2"),
    ]


def test_deliveries_outlive_the_receiver(
    make: Callable[[], Receiver], heard: list[Delivery]
) -> None:
    with make() as first:
        first.take(call(alert(group="群-24\n“x”")))
    with make() as second:
        second.take(call(alert(group="群-24\n“x”")))
    assert second.received == first.received
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 413),
        (b"no json", 400),
        (b"\xff\xfe", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"alerts": [1]}', 400),
        (json.dumps(call(alert(status="odd"))).encode(), 400),
        (json.dumps(call({**alert(), "labels": None})).encode(), 400),
        (b'{"alerts": []}', 200),
    ],
)
def test_a_call_that_is_none_is_refused(
    make: Callable[[], Receiver], body: bytes, status: int
) -> None:
    with make() as receiver:
        assert post(receiver, body) == status
        assert receiver.received == ()
        assert post(receiver, json.dumps(call(alert())).encode()) == 200


def test_it_listens_on_our_own_machine_only_while_it_runs(make: Callable[[], Receiver]) -> None:
    with make() as receiver:
        place = urlsplit(receiver.url)
        assert place.hostname == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        HTTPConnection(place.netloc, timeout=2).connect()
    with pytest.raises(PulseError, match="does not run"):
        assert receiver.url
