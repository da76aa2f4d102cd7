"""The operation over a real broker and the embedded store: what is sent where, and marked when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from deploy.local.ports import free_ports
from deploy.local.servers import Kafka
from pipeline.clock import SharedClock, wall_ms
from pipeline.core.routing import partition_for, routing_key
from pipeline.errors import BrokerError, PulseError, Retryable, SettingsError
from pipeline.operations import letters as reading
from pipeline.operations import replay as replaying
from pipeline.operations.letters import Filter, State, letter_at
from pipeline.operations.operation import Context
from pipeline.operations.replay import replay
from pipeline.progress import unwatched
from pipeline.pseudonym import Pseudonyms
from pipeline.settings import KafkaSettings, Settings
from schemas.event import Event, to_wire
from schemas.event_type import EventType
from schemas.rejection import Reason
from sinks.dead_letter import DeadLetter
from sinks.key_guard import claim_key
from sinks.topics import TOPICS, create_topics
from tests.pipeline.operations.dead_letters import keep, letter, line_letter, place_of
from tests.reference.stored import migrated_store
from tests.schemas.events import example

pytestmark = pytest.mark.server

KEY = "a key that only tests know"
KEY_ID = Pseudonyms(KEY.encode()).key_id
PARTITIONS = 3


@pytest.fixture(scope="module")
def settings(bare_kafka: Kafka) -> Settings:
    """Topics of this module's own."""
    kafka = KafkaSettings(bootstrap=bare_kafka.address, partitions=PARTITIONS)
    create_topics(kafka)
    return Settings(kafka=kafka, pseudonym_key=KEY, currency="EUR")


@pytest.fixture
def context(settings: Settings, tmp_path: Path) -> Iterator[Context]:
    with migrated_store(tmp_path / "store") as store:
        yield Context(settings, store, SharedClock(), unwatched)


@pytest.fixture
def written(settings: Settings) -> Iterator[Callable[[], list[tuple[str, int, bytes]]]]:
    """Topic, partition and value of all records written since the test began."""
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka.bootstrap)
    places = [TopicPartition(topic, number) for topic in TOPICS for number in range(PARTITIONS)]
    starts = consumer.end_offsets(places)

    def read() -> list[tuple[str, int, bytes]]:
        ends = consumer.end_offsets(places)
        found: list[tuple[str, int, bytes]] = []
        for place in places:
            consumer.assign([place])
            consumer.seek(place, starts[place])
            while consumer.position(place) < ends[place]:
                records = consumer.poll(timeout_ms=10_000)[place]
                found += [(place.topic, place.partition, record.value) for record in records]
        return found

    yield read
    consumer.close()


def run(context: Context, **arguments: Any) -> dict[str, Any]:
    given = {"limit": None, "dry_run": False, "again": False, "platform": "community", **arguments}
    given.setdefault("filter", Filter().as_json())
    return replay(context, given)


def event(number: int, event_type: EventType = EventType.CHAT, **changes: Any) -> Event:
    told = {"event_id": f"e{number}", "group_id": f"g{number}", "key_id": KEY_ID, **changes}
    return example(event_type, event_time=wall_ms() - 60_000, **told)


def home(one: Event) -> tuple[str, int, bytes]:
    key = routing_key(one.group_id or "", one.user_id or "", one.event_id)
    return f"community.{one.event_type}", partition_for(key, PARTITIONS), to_wire(one)


def is_open(context: Context, one: DeadLetter) -> bool:
    found = letter_at(context.store, place_of(one))
    assert found is not None
    return found.replayed_ms == 0


def test_letters_go_to_the_topic_and_partition_of_their_event(
    context: Context, written: Any
) -> None:
    chats = [event(number) for number in range(20)]
    join, order = event(30, EventType.JOIN), event(31, EventType.ORDER, group_id=None)
    letters = [letter(number, Reason.MISROUTED, to_wire(chat)) for number, chat in enumerate(chats)]
    letters += [
        letter(50, Reason.WRONG_TOPIC, to_wire(join)),
        letter(51, Reason.FOREIGN_CURRENCY, to_wire(order), topic="community.order"),
        letter(52, Reason.NOT_JSON, b"{"),
        line_letter(9, b"hello", origin="irc:2012.log", reason=Reason.BAD_LINE),
    ]
    keep(context.store, *letters)

    result = run(context)
    assert result == {
        "dry_run": False,
        "matched": 24,
        "sent": {"community.chat": 20, "community.join": 1, "community.order": 1},
        "refused": {"not_json": 1},
        "not_replayable": {"file_line": 1},
        "already_replayed": 0,
        "left": 0,
        "unsent": result["unsent"],
    }
    told = {one["place"]: (one["outcome"], one["reason"]) for one in result["unsent"]}
    assert told == {
        "community.chat/1/52": ("refused", "not_json"),
        "import:irc:2012.log/0/9": ("not_replayable", "file_line"),
    }
    assert sorted(written()) == sorted(map(home, [*chats, join, order]))
    assert [is_open(context, one) for one in letters] == [False] * 22 + [True, True]
    last = letter_at(context.store, place_of(letters[20]))
    assert last is not None
    assert last.to_topic == "community.join"


def test_records_of_one_partition_keep_the_order_of_the_log(context: Context, written: Any) -> None:
    chats = [event(number, group_id="one group") for number in range(30)]
    keep(
        context.store,
        *(letter(29 - number, raw=to_wire(chat)) for number, chat in enumerate(chats)),
    )
    run(context)
    assert [value for _, _, value in written()] == [to_wire(chat) for chat in reversed(chats)]


def test_a_second_replay_sends_nothing_unless_it_is_told_to(context: Context, written: Any) -> None:
    keep(context.store, letter(0, raw=to_wire(event(0))))
    assert run(context)["sent"] == {"community.chat": 1}
    second = run(context)
    assert (second["sent"], second["matched"], second["already_replayed"]) == ({}, 0, 1)
    assert len(written()) == 1
    third = run(context, again=True)
    assert (third["sent"], third["already_replayed"]) == ({"community.chat": 1}, 0)
    first, copy = written()
    assert first == copy


def test_cut_off_before_the_mark_it_sends_the_same_again(
    context: Context, written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = letter(0, raw=to_wire(event(0)))
    keep(context.store, one)

    def fails(table: str, frame: pl.DataFrame) -> None:
        assert table == "dead_letter_replay"
        assert len(written()) == 1  # the broker has it before the mark is tried
        raise Retryable("no")

    with monkeypatch.context() as patched:
        patched.setattr(context.store, "insert", fails)
        with pytest.raises(Retryable):
            run(context)
    assert is_open(context, one)
    assert run(context)["sent"] == {"community.chat": 1}
    first, copy = written()
    assert first == copy
    assert not is_open(context, one)


def test_what_the_broker_does_not_take_is_not_marked(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = letter(0, raw=to_wire(event(0)))
    keep(context.store, one)

    def fails(_: object) -> None:
        raise BrokerError("no")

    monkeypatch.setattr(replaying.EventWriter, "flush", fails)
    with pytest.raises(BrokerError):
        run(context)
    assert is_open(context, one)


def test_a_mark_is_not_earlier_than_its_letter(context: Context) -> None:
    """A broker whose clock is ahead must not leave its letters open for ever."""
    keep(context.store, letter(0, raw=to_wire(event(0)), ingest_ms=wall_ms() + 3_600_000))
    assert run(context)["sent"] == {"community.chat": 1}
    assert run(context)["matched"] == 0


def test_a_dry_run_judges_and_changes_nothing(context: Context, written: Any) -> None:
    letters = [letter(0, raw=to_wire(event(0))), letter(1, Reason.NOT_JSON, b"{")]
    keep(context.store, *letters)
    result = run(context, dry_run=True)
    assert (result["sent"], result["refused"]) == ({"community.chat": 1}, {"not_json": 1})
    assert written() == []
    assert all(is_open(context, one) for one in letters)


def test_batches_and_a_limit(
    context: Context, written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "BATCH", 4)
    letters = [
        letter(number, raw=b"{" if number % 3 == 0 else to_wire(event(number)))
        for number in range(15)
    ]
    keep(context.store, *letters)
    seen: list[tuple[int, int | None]] = []
    watched = Context(
        context.settings,
        context.store,
        context.clock,
        lambda _, done, total: seen.append((done, total)),
    )
    result = run(watched, limit=5)
    assert (result["sent"], result["refused"], result["left"]) == (
        {"community.chat": 5},
        {"not_json": 3},
        7,
    )
    assert [is_open(context, one) for one in letters].count(False) == 5
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == ((0, 15), (8, 15))
    assert len(seen) > 8  # told at each letter, so that it can be ended at any
    assert run(context)["sent"] == {"community.chat": 5}
    assert len(written()) == 10


def test_only_what_the_filter_chooses_is_sent(context: Context, written: Any) -> None:
    chats = [event(number) for number in range(3)]
    letters = [letter(number, raw=to_wire(chat)) for number, chat in enumerate(chats)]
    keep(context.store, *letters)
    chosen = Filter(places=(place_of(letters[1]),), state=State.ALL)
    assert run(context, filter=chosen.as_json())["matched"] == 1
    assert written() == [home(chats[1])]


def test_what_is_refused_while_it_runs_is_not_of_this_run(
    context: Context, written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker of other settings may refuse what was sent: that must not go round for ever."""
    monkeypatch.setattr(reading, "PAGE", 1)
    raw = to_wire(event(0))
    keep(context.store, letter(0, raw=raw))
    mark = replaying._Replay._mark

    def refuse(run: Any, sent: Any) -> None:
        mark(run, sent)
        keep(context.store, letter(sent[0][0].place.offset + 1, raw=raw))

    monkeypatch.setattr(replaying._Replay, "_mark", refuse)
    assert run(context)["sent"] == {"community.chat": 1}
    assert len(written()) == 1


def test_a_cut_record_is_read_again_and_one_that_is_gone_is_told(
    context: Context, settings: Settings, written: Any
) -> None:
    long = event(0, mentions=tuple(f"{number:032}" for number in range(2_500)))
    producer = KafkaProducer(bootstrap_servers=settings.kafka.bootstrap)
    sent = producer.send("community.leave", value=to_wire(long), partition=2).get(10)
    producer.close()
    place = {"topic": sent.topic, "partition": sent.partition}
    there = letter(
        sent.offset, Reason.WRONG_TOPIC, to_wire(long), ingest_ms=sent.timestamp, **place
    )
    gone = letter(sent.offset + 1, Reason.STORE_REFUSED, b"[{}]", **place)
    keep(context.store, there, gone)
    result = run(context)
    assert (result["sent"], result["not_replayable"]) == ({"community.chat": 1}, {"gone": 1})
    assert home(long) in written()


def test_without_letters_no_broker_is_asked(context: Context) -> None:
    nowhere = KafkaSettings(bootstrap=f"127.0.0.1:{free_ports(1)[0]}")
    settings = context.settings.model_copy(update={"kafka": nowhere})
    alone = Context(settings, context.store, context.clock, unwatched)
    assert run(alone)["matched"] == 0
    keep(context.store, letter(0, Reason.NOT_JSON, b"{"))
    assert run(alone)["refused"] == {"not_json": 1}


def test_what_is_missing_is_told(context: Context, tmp_path: Path) -> None:
    keep(context.store, letter(0, raw=to_wire(event(0))))
    keyless = context.settings.model_copy(update={"pseudonym_key": Settings().pseudonym_key})
    with pytest.raises(SettingsError, match="PULSE_PSEUDONYM_KEY"):
        run(Context(keyless, context.store, context.clock, unwatched))
    other = context.settings.kafka.model_copy(update={"partitions": 4})
    odd = context.settings.model_copy(update={"kafka": other})
    with pytest.raises(BrokerError, match="must have 4 partitions"):
        run(Context(odd, context.store, context.clock, unwatched))


def test_under_another_key_than_the_stores_nothing_is_sent(context: Context, written: Any) -> None:
    claim_key(context.store, "0badcafe")
    keep(context.store, letter(1, Reason.MISROUTED, to_wire(event(1))))
    with pytest.raises(PulseError, match=f"key 0badcafe, but this would be sent under {KEY_ID}"):
        run(context)
    assert written() == []
