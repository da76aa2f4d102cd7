from __future__ import annotations

import json

import pytest

from deploy.local.servers import Kafka
from pipeline.cli.main import main
from sinks.topics import TOPICS

pytestmark = pytest.mark.server


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["topics", *words])
    return int(ended.value.code or 0)


def test_check_create_list(
    bare_kafka: Kafka, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULSE_KAFKA__BOOTSTRAP", bare_kafka.address)
    assert run("check") == 1
    told = capsys.readouterr()
    assert "community.chat" in told.out
    assert "pulse topics create" in told.err
    assert run("check", "--json") == 1
    assert len(json.loads(capsys.readouterr().out)) == len(TOPICS)
    assert run("create", "--json") == 0
    assert all(row["created"] for row in json.loads(capsys.readouterr().out))
    assert run("check") == 0
    assert run("check", "--json") == 0
    capsys.readouterr()
    assert run("list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["topic"] for row in listed] == list(TOPICS)
    assert {row["timestamps"] for row in listed} == {"LogAppendTime"}
