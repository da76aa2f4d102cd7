"""Plain batches are read as columns; of others nothing is said (test_fetching.py goes on)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.record_batch import length, plain_records
from pipeline.core.records import Records
from tests.agents.test_fetching import LOG_APPEND_TIME, batch

LONG = [0, 1, 63, 64, 8_000, 8_200, 900_000, 1_100_000]
"""Sizes of values: a record's length takes one byte, two, three, four."""


def read(data: bytes) -> Records | None:
    assert length(memoryview(b"?" + data), 1) == len(data)
    return plain_records(memoryview(data))


@pytest.mark.parametrize("codec", range(5))
def test_every_codec_is_read(codec: int) -> None:
    given = [(0, 5, b"a", []), (1, 2**40, None, []), (4, 0, b'{"x":"\xc3\xa4"}', [])]
    records = read(batch(10, given, codec=codec))
    assert records is not None
    assert records.offsets.tolist() == [10, 11, 14]
    assert records.timestamps.tolist() == [5, 2**40, 0]
    assert list(records.values) == [b"a", None, b'{"x":"\xc3\xa4"}']
    assert records.headers is None


@pytest.mark.parametrize("size", LONG)
@pytest.mark.parametrize("key", [None, b"", b"k" * 70])
def test_values_of_any_length_and_any_key(size: int, key: bytes | None) -> None:
    given = [(0, 5, b"v" * size, []), (1, 5, b"", [])]
    if size > 1_048_576:  # then aiokafka's builder takes no second one
        del given[1]
    records = read(batch(0, given, key=key))
    assert records is not None
    assert list(records.values) == [value for _, _, value, _ in given]


def test_the_append_time_is_that_of_the_whole_batch() -> None:
    records = read(batch(0, [(0, 5, b"a", []), (1, 9, b"b", [])], attributes=LOG_APPEND_TIME))
    assert records is not None
    assert records.timestamps.tolist() == [9, 9]


def test_of_headers_old_formats_and_unknown_codecs_nothing_is_said() -> None:
    plain = [(0, 5, b"a", [])]
    assert read(batch(0, [*plain, (1, 5, b"b", [("h", None)])])) is None
    for place, octet in {16: 1, 22: 7}.items():
        data = bytearray(batch(0, plain))
        data[place] = octet
        assert read(bytes(data)) is None
    assert plain_records(memoryview(batch(0, plain)[:40])) is None


@given(st.data())
def test_damage_is_never_more_than_other_records(data: st.DataObject) -> None:
    """What aiokafka makes of it decides, where the sum of check does not tell."""
    given = [(at, at, b"v" * at, []) for at in range(4)]
    damaged: Any = bytearray(batch(0, given))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(61, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    records = plain_records(memoryview(bytes(damaged)[: data.draw(st.integers(61, len(damaged)))]))
    if records is not None:
        assert len(records.offsets) == len(records.timestamps) == len(records.values) == 4
