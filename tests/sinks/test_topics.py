"""Topics as a real broker keeps them: made once, and then bent."""

from __future__ import annotations

import time

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from deploy.local.servers import Kafka
from pipeline.errors import BrokerError
from pipeline.settings import KafkaSettings
from schemas.event_type import EventType
from sinks.topics import (
    DEAD_LETTER,
    SOURCES,
    TOPICS,
    TopicState,
    configs,
    create_topics,
    list_topics,
    topic_faults,
    topic_of,
)


@pytest.fixture(scope="module")
def broker(bare_kafka: Kafka) -> KafkaSettings:
    """A broker without our topics."""
    return KafkaSettings(bootstrap=bare_kafka.address, partitions=3, retention_days=2)


def test_every_event_type_has_a_topic_and_rejections_have_one() -> None:
    assert set(TOPICS) == {topic_of(each) for each in EventType} | {"community.dead_letter"}
    assert SOURCES["community.chat"] is EventType.CHAT
    assert DEAD_LETTER not in SOURCES


@pytest.mark.server
def test_topics_are_created_once_and_as_they_must_be(broker: KafkaSettings) -> None:
    assert ("community.chat", "community.chat is missing") in topic_faults(broker)
    assert create_topics(broker) == list(TOPICS)
    assert create_topics(broker) == []
    assert topic_faults(broker) == []
    assert {(state.partitions, state.replication) for state in list_topics(broker)} == {(3, 1)}


@pytest.mark.server
def test_other_counts_and_bent_configs_are_found(broker: KafkaSettings) -> None:
    create_topics(broker)
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    bent = {"message.timestamp.type": "CreateTime"}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "community.join", bent)])
    admin.close()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list_topics(broker)[1].faults(broker):
        time.sleep(0.2)  # the broker answers with the old config for a moment
    wider = broker.model_copy(update={"partitions": 4})
    faults = [fault for _, fault in topic_faults(wider)]
    assert "community.chat has partitions 3, not 4" in faults
    assert any("community.join has message.timestamp.type CreateTime" in it for it in faults)


def test_no_broker_is_told_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinks.broker.BOOTSTRAP_SECONDS", 1)
    nowhere = KafkaSettings(bootstrap="127.0.0.1:1")
    with pytest.raises(BrokerError) as caught:
        list_topics(nowhere)
    assert "127.0.0.1:1" in str(caught.value)


def test_a_topic_in_order_has_no_fault() -> None:
    kafka = KafkaSettings(partitions=3, replication=3)
    state = TopicState("community.chat", 3, 3, {**configs(kafka), "flush.ms": "1"})
    assert state.faults(kafka) == []


def test_three_copies_need_two_in_sync() -> None:
    assert configs(KafkaSettings(replication=3))["min.insync.replicas"] == "2"
