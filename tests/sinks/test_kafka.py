"""EventWriter against a real broker: where records lie, what they hold, and what fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.partitioner.default import murmur2

from deploy.local.servers import Kafka, Programs
from pipeline.clock import Segment, write_clock
from pipeline.errors import BrokerError
from pipeline.settings import KafkaSettings, Settings
from pipeline.sources.sink import LineRejection
from schemas.chat import Chat
from schemas.decode import Limits, decode
from schemas.event import parse, to_wire
from schemas.event_type import EventType
from schemas.heartbeat import Heartbeat
from schemas.rejection import Reason, Rejection
from sinks.dead_letter import consumed, dead_letter
from sinks.kafka import EventWriter
from sinks.topics import create_topics

pytestmark = pytest.mark.server

PARTITIONS = 3
NOW_MS = 1_234_567_890_123


@pytest.fixture(scope="module")
def settings(bare_kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Topics of this module's own, and a clock that stands."""
    kafka = KafkaSettings(bootstrap=bare_kafka.address, partitions=PARTITIONS)
    create_topics(kafka)
    clock = tmp_path_factory.mktemp("clock") / "clock.json"
    write_clock(clock, [Segment(0, NOW_MS, 0.0)])
    return Settings(kafka=kafka, clock_file=clock)


@pytest.fixture
def read(settings: Settings) -> Iterator[Any]:
    """Records of a topic written from now on."""
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka.bootstrap, consumer_timeout_ms=10_000)
    starts: dict[TopicPartition, int] = {}

    def start(topic: str) -> None:
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        starts.update(consumer.end_offsets(places))

    def records(topic: str, count: int) -> list[Any]:
        places = {place: offset for place, offset in starts.items() if place.topic == topic}
        consumer.assign(list(places))
        for place, offset in places.items():
            consumer.seek(place, offset)
        return [next(consumer) for _ in range(count)]

    records.start = start  # type: ignore[attr-defined]
    yield records
    consumer.close()


def chat(number: int, **given: Any) -> Chat:
    told = {
        "event_id": f"e{number}",
        "event_time": NOW_MS,
        "source": "test",
        "group_id": f"group {number}",
        "user_id": "u",
        "key_id": "k",
        "message_id": f"m{number}",
        "msg_type": "text",
        **given,
    }
    return Chat.model_validate(told)


def test_events_lie_where_kafkas_own_partitioner_puts_their_group(
    settings: Settings, read: Any
) -> None:
    read.start("community.chat")
    events = [chat(number) for number in range(40)]
    with EventWriter(settings) as writer:
        for event in events:
            writer.send(event)
    records = read("community.chat", 40)
    assert {record.value for record in records} == {to_wire(event) for event in events}
    for record in records:
        event = parse(record.value)
        assert record.key == event.group_id.encode()
        assert record.partition == (murmur2(record.key) & 0x7FFFFFFF) % PARTITIONS


def test_records_carry_the_brokers_append_time(settings: Settings, read: Any) -> None:
    read.start("community.chat")
    with EventWriter(settings) as writer:
        writer.send(chat(1))
    (record,) = read("community.chat", 1)
    assert record.timestamp_type == 1
    assert record.timestamp > NOW_MS


def test_an_error_while_writing_is_what_is_raised(settings: Settings) -> None:
    """Not that some records were still on their way; and the sending ends."""
    with pytest.raises(ZeroDivisionError), EventWriter(settings) as writer:
        for number in range(1_000):
            writer.send(chat(number))
        raise ZeroDivisionError
    writer._producer._sender.join(60)
    assert not writer._producer._sender.is_alive()


def test_a_heartbeat_reaches_every_partition_and_is_a_valid_event(
    settings: Settings, read: Any
) -> None:
    read.start("community.heartbeat")
    with EventWriter(settings) as writer:
        writer.heartbeat("discord")
    records = read("community.heartbeat", PARTITIONS)
    limits = Limits(currency="CNY", key_id="k", kept_ms=10**13)
    beats = [
        decode(each.value, topic_type=EventType.HEARTBEAT, limits=limits, latest_ms=NOW_MS)
        for each in records
    ]
    assert all(isinstance(beat, Heartbeat) and beat.event_time == NOW_MS for beat in beats)
    assert sorted(each.partition for each in records) == [0, 1, 2]
    assert [beat.partition for beat in beats if isinstance(beat, Heartbeat)] == [
        record.partition for record in records
    ]


def test_a_refused_line_is_read_back_as_the_dead_letter_it_is(
    settings: Settings, read: Any
) -> None:
    read.start("community.dead_letter")
    line = LineRejection("irc", "2009-06-30.log", 17, Reason.BAD_LINE, "no time", b"\xff\0 odd")
    with EventWriter(settings) as writer:
        writer.send_rejection(line)
    (record,) = read("community.dead_letter", 1)
    letter = consumed(record.value, epoch=1, partition=0, offset=0, ingest_ms=5)
    assert letter is not None
    assert (letter.topic, letter.offset, letter.reason, letter.payload_bytes) == (
        "import:irc:2009-06-30.log",
        17,
        "bad_line",
        6,
    )


def test_the_workers_letters_are_published_as_stored(settings: Settings, read: Any) -> None:
    read.start("community.dead_letter")
    letter = dead_letter(
        Rejection(Reason.NOT_JSON, "odd", b"{"),
        epoch=1,
        topic="community.chat",
        partition=2,
        offset=9,
        ingest_ms=5,
    )
    with EventWriter(settings) as writer:
        writer.send_letter(letter)
    (record,) = read("community.dead_letter", 1)
    assert json.loads(record.value)["stored"] is True
    assert record.partition == 2


def test_an_event_of_a_megabyte_reaches_the_broker(settings: Settings, read: Any) -> None:
    read.start("community.chat")
    with EventWriter(settings) as writer:
        writer.send(chat(1, text="x" * 1_000_000))
    (record,) = read("community.chat", 1)
    assert len(record.value) > 1_000_000


def test_another_partition_count_is_refused_before_anything_is_sent(settings: Settings) -> None:
    wider = settings.kafka.model_copy(update={"partitions": PARTITIONS + 1})
    with pytest.raises(BrokerError, match=r"community\.chat has 3"):
        EventWriter(settings.model_copy(update={"kafka": wider}))


def test_what_cannot_be_sent_is_told_at_the_next_flush(settings: Settings) -> None:
    writer = EventWriter(settings)
    writer.send(chat(1))
    writer._note(OSError("the broker is gone"))
    with pytest.raises(BrokerError, match="the broker is gone"):
        writer.flush()
    writer.flush()
    writer.close()


def test_a_broker_that_dies_fails_the_flush(
    programs: Programs, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.kafka.DELIVERY_SECONDS", 7)
    monkeypatch.setattr("sinks.kafka.REQUEST_SECONDS", 5)  # a cold broker's first answers take long
    with Kafka(tmp_path_factory.mktemp("kafka"), programs) as server:
        kafka = KafkaSettings(bootstrap=server.address, partitions=1)
        create_topics(kafka)
        writer = EventWriter(Settings(kafka=kafka))
        writer.send(chat(1))
        writer.flush()
        server.kill()
        writer.send(chat(2))
        with pytest.raises(BrokerError):
            writer.flush()
        writer.abandon()
