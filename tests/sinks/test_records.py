"""RecordReader against a real broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from deploy.local.ports import free_ports
from deploy.local.servers import Kafka
from pipeline.errors import BrokerError
from pipeline.settings import KafkaSettings
from sinks import records
from sinks.records import RecordReader

pytestmark = pytest.mark.server

TOPIC = "records-read-back"


@pytest.fixture(scope="module")
def broker(kafka: Kafka) -> Iterator[KafkaSettings]:
    admin = KafkaAdminClient(bootstrap_servers=kafka.address)
    configs = {"max.message.bytes": "2097152"}
    spec = {"num_partitions": 2, "replication_factor": 1, "configs": configs}
    admin.create_topics({TOPIC: spec}, wait_for_metadata=True)
    producer = KafkaProducer(bootstrap_servers=kafka.address, max_request_size=2_000_000)
    for value in (b"zero", b"one", None, b"x" * 1_500_000, b"four"):
        producer.send(TOPIC, key=b"any", value=value, partition=1)
    producer.flush()
    producer.close()
    yield KafkaSettings(bootstrap=kafka.address)
    admin.close()


def test_records_are_read_at_their_places(broker: KafkaSettings) -> None:
    with RecordReader(broker, role="test") as reader:
        read = [reader.at(TOPIC, 1, offset) for offset in (4, 1, 2, 3)]
    assert [record.offset for record in read if record] == [4, 1, 2, 3]
    assert [record.value for record in read if record] == [b"four", b"one", None, b"x" * 1_500_000]


def test_what_the_log_does_not_have_is_none(broker: KafkaSettings, kafka: Kafka) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka.address)
    admin.delete_records({TopicPartition(TOPIC, 1): 1})
    admin.close()
    with RecordReader(broker, role="test") as reader:
        assert reader.at(TOPIC, 1, 0) is None  # gone by retention
        assert reader.at(TOPIC, 1, 5) is None  # not there yet
        assert reader.at(TOPIC, 0, 0) is None  # an empty partition
        assert reader.at(TOPIC, 7, 0) is None  # no such partition
        assert reader.at("no-such-topic", 0, 0) is None
        record = reader.at(TOPIC, 1, 1)
    assert record is not None
    assert record.value == b"one"


def test_a_broker_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinks.broker.BOOTSTRAP_SECONDS", 0.5)
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(BrokerError, match=address):
        RecordReader(KafkaSettings(bootstrap=address), role="test")


def test_a_broker_that_gives_no_answer_is_not_waited_for_for_ever(
    broker: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "READ_SECONDS", 0)
    with RecordReader(broker, role="test") as reader, pytest.raises(BrokerError, match="record 4"):
        reader.at(TOPIC, 1, 4)
