"""The worker's partition check agrees with Kafka's own producers."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as kafka_murmur2

from pipeline.core.homes import homes
from pipeline.core.routing import murmur2, partition_for, routing_key


@given(st.binary(max_size=70))
def test_the_hash_is_kafkas(data: bytes) -> None:
    assert murmur2(data) == kafka_murmur2(data) & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("group_id", "user_id", "event_id", "key"),
    [
        ("g", "u", "e", b"g"),
        ("", "u", "e", b"u"),
        ("", "", "e", b"e"),
        ("群", "", "e", "群".encode()),
    ],
)
def test_the_key_is_the_group_else_the_person_else_the_event(
    group_id: str, user_id: str, event_id: str, key: bytes
) -> None:
    assert routing_key(group_id, user_id, event_id) == key


@given(st.binary(max_size=40), st.integers(1, 64))
def test_a_partition_is_within_the_count(key: bytes, partitions: int) -> None:
    assert 0 <= partition_for(key, partitions) < partitions


KEYS = st.one_of(st.just(""), st.text(max_size=20), st.text("ab", max_size=40))


@given(st.lists(st.tuples(KEYS, KEYS, KEYS), max_size=30), st.integers(1, 64), st.integers(0, 9))
def test_the_home_of_every_event_is_its_keys_partition(
    events: list[tuple[str, str, str]], partitions: int, skipped: int
) -> None:
    names = ("group_id", "user_id", "event_id")
    frame = pl.DataFrame(events, dict.fromkeys(names, pl.String), orient="row")[skipped:]
    expected = [partition_for(routing_key(*keys), partitions) for keys in events[skipped:]]
    assert homes(frame, partitions).tolist() == expected
