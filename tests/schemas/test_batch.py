"""Both ways of reading come to the same verdict and the same row, on every input."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas.batch import Decoded, decode_batch
from schemas.decode import YEAR_2000_MS, Limits, decode
from schemas.event import Event, to_wire
from schemas.event_type import EventType
from schemas.facts import FACT_TYPES, empty_frame, frame_of
from schemas.rejection import Reason, Rejection
from schemas.texts import Texts
from tests.schemas.events import EVENTS, NOON, damaged, example, mutants

YEAR_MS = 365 * 86_400_000
LIMITS = Limits(currency="EUR", key_id="k1", kept_ms=9_000, max_bytes=4_000)


def one_by_one(
    topic_type: EventType, values: Sequence[bytes | None], latest_ms: Sequence[int], limits: Limits
) -> Decoded:
    """The definition of `decode_batch`."""
    events: list[Event] = []
    rows: list[int] = []
    rejected: list[tuple[int, Rejection]] = []
    for row, (value, latest) in enumerate(zip(values, latest_ms, strict=True)):
        verdict = decode(value, topic_type=topic_type, limits=limits, latest_ms=latest)
        if isinstance(verdict, Rejection):
            rejected.append((row, verdict))
        else:
            events.append(verdict)
            rows.append(row)
    return Decoded(frame_of(events, rows) if events else empty_frame(topic_type), rejected)


def batches(topic_type: EventType) -> st.SearchStrategy[list[tuple[bytes | None, int]]]:
    """Values, clean and dirty mixed, each with its latest believable event time."""
    valid = EVENTS[topic_type].map(to_wire)
    other = st.sampled_from([to_wire(example(event_type)) for event_type in EventType])
    value = st.one_of(
        *(valid, valid, valid, mutants(valid), mutants(valid), damaged(valid), damaged(valid)),
        *(other, st.none(), st.binary(max_size=8), st.just(b"x" * 4001)),
    )
    return st.lists(st.tuples(value, st.sampled_from([NOON, NOON + 9_000, 2**62])), max_size=6)


@pytest.mark.parametrize("topic_type", FACT_TYPES)
@settings(max_examples=75, deadline=None)
@given(data=st.data())
def test_batch_is_judged_as_its_records_are(topic_type: EventType, data: st.DataObject) -> None:
    batch = data.draw(batches(topic_type))
    values, latest_ms = [value for value, _ in batch], [latest for _, latest in batch]
    found = decode_batch(topic_type, Texts.of(values), np.array(latest_ms, np.int64), LIMITS)
    expected = one_by_one(topic_type, values, latest_ms, LIMITS)
    assert found.rejected == expected.rejected
    assert_frame_equal(found.frame, expected.frame)


@pytest.mark.parametrize("topic_type", FACT_TYPES)
def test_a_record_that_lacks_a_field_is_judged_alike(topic_type: EventType) -> None:
    """Each of its fields is left out in turn; the fast reader takes what is not there for empty."""
    fields: dict[str, object] = json.loads(to_wire(example(topic_type)))
    values: list[bytes | None] = [
        json.dumps(
            {key: its for key, its in fields.items() if key != name}, separators=(",", ":")
        ).encode()
        for name in fields
        if name != "event_type"
    ]
    found = decode_batch(topic_type, Texts.of(values), np.full(len(values), NOON), LIMITS)
    expected = one_by_one(topic_type, values, [NOON] * len(values), LIMITS)
    assert len(expected.rejected) > 3
    assert found.rejected == expected.rejected
    assert_frame_equal(found.frame, expected.frame)


def test_without_a_key_every_person_is_refused() -> None:
    value = to_wire(example(EventType.CHAT, key_id=""))
    limits = Limits(currency="EUR", key_id="", kept_ms=2**62)
    found = decode_batch(EventType.CHAT, Texts.of([value]), np.array([NOON]), limits)
    assert [rejection.reason for _, rejection in found.rejected] == [Reason.NOT_PSEUDONYMISED]


def test_one_batch_spread_over_26_years() -> None:
    times = [YEAR_2000_MS, YEAR_2000_MS + 13 * YEAR_MS, YEAR_2000_MS + 26 * YEAR_MS]
    values = [to_wire(example(EventType.CHAT, event_time=time)) for time in times]
    limits = Limits(currency="EUR", key_id="k1", kept_ms=2**62)
    found = decode_batch(EventType.CHAT, Texts.of(values), np.full(3, times[-1]), limits)
    assert found.frame["event_ms"].to_list() == times
    assert found.rejected == []
