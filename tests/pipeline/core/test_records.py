"""Records as columns: cut and joined they are the records they were made of."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.records import Record, Records

_RECORD = st.builds(
    Record,
    offset=st.integers(0, 2**62),
    timestamp=st.integers(-1, 2**62),
    value=st.none() | st.binary(max_size=5),
    headers=st.just(()) | st.just((("a", b"1"), ("a", None))),
)
_SOME = st.lists(_RECORD, min_size=1, max_size=6)


@given(_SOME)
def test_they_are_what_they_were_made_of(records: list[Record]) -> None:
    columns = Records.of(records)
    assert list(columns) == records
    assert [columns[place] for place in range(len(columns))] == records
    assert (columns.first, columns.last) == (records[0].offset, records[-1].offset)
    assert (columns.headers is None) == (not any(record.headers for record in records))


@given(_SOME, st.data())
def test_a_part_of_them_holds_the_same(records: list[Record], data: Any) -> None:
    start = data.draw(st.integers(0, len(records)))
    stop = data.draw(st.integers(start, len(records)))
    assert list(Records.of(records)[start:stop]) == records[start:stop]


@given(st.lists(_SOME, min_size=1, max_size=4))
def test_joined_they_follow_one_another(parts: list[list[Record]]) -> None:
    joined = Records.joined([Records.of(part) for part in parts])
    assert list(joined) == [record for part in parts for record in part]


@given(_SOME, st.frozensets(st.integers(0, 2**62)))
def test_some_can_be_left_out(records: list[Record], others: frozenset[int]) -> None:
    away = others | {records[0].offset}
    left = Records.of(records).without(away)
    assert left == [record for record in records if record.offset not in away]
