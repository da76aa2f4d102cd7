"""The live view: hand-made cases, and equality with the reference in any order of arrival."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core import person_columns
from pipeline.core.live import LiveView
from pipeline.core.signals import COLUMN, FAST, SLOW, Count
from pipeline.core.snapshot import Snapshot
from schemas.event_type import EventType
from tests.reference.cases import GRACES, HISTORIES, MINUTE, START
from tests.reference.signals import DAY, HOUR, Fact, Row, signals_at
from tests.reference.stored import LIVE, fact_frame

GRACE = 5 * MINUTE
NOW = START + GRACE
"""So that both signals are taken at START."""


def feed(view: LiveView, facts: Iterable[Fact]) -> None:
    facts = list(facts)
    for event_type in LIVE:
        of_type = [fact for fact in facts if fact.event_type == event_type]
        if of_type:
            view.apply(event_type, fact_frame(event_type, of_type))


def view_of(*facts: Fact, now_ms: int = NOW, grace_ms: int = GRACE) -> Snapshot:
    view = LiveView(grace_ms)
    view.advance(now_ms)
    feed(view, facts)
    return view.snapshot()


def slow(snapshot: Snapshot, group_id: str) -> Row:
    return {COLUMN[SLOW, count]: snapshot.count(group_id, count) for count in SLOW.counts}


def fast(snapshot: Snapshot, group_id: str) -> Row:
    row = snapshot.rows.get(group_id)
    return {
        COLUMN[FAST, count]: 0 if row is None else int(snapshot.fast[row, count])
        for count in FAST.counts
    }


def assert_same(snapshot: Snapshot, facts: list[Fact], grace_ms: int) -> None:
    wanted = signals_at(facts, snapshot.slow_end_ms, grace_ms)
    wanted_fast = signals_at(facts, snapshot.fast_end_ms, grace_ms)
    for group_id in wanted:
        got = slow(snapshot, group_id)
        assert got == {name: wanted[group_id][name] for name in got}
        got = fast(snapshot, group_id)
        assert got == {name: wanted_fast[group_id][name] for name in got}


@pytest.fixture(scope="module", autouse=True)
def packing() -> Iterator[None]:
    """Persons are numbered anew as soon as half of them are forgotten."""
    with patch.object(person_columns, "WORTH_PACKING", 0):
        yield


@settings(max_examples=250, deadline=None)
@given(HISTORIES, GRACES, st.data())
def test_any_order_of_arrival_gives_the_reference_at_any_moment(
    history: list[Fact], grace_ms: int, data: st.DataObject
) -> None:
    view = LiveView(grace_ms)
    now = START - data.draw(st.sampled_from([0, HOUR, 30 * HOUR, 3 * DAY]))
    if data.draw(st.booleans()):
        view.advance(now)
    arrived = 0
    while arrived < len(history):
        size = data.draw(st.integers(1, 8))
        feed(view, history[arrived : arrived + size])
        arrived += size
        now += data.draw(st.sampled_from([0, 0, MINUTE, HOUR, 25 * HOUR]))
        view.advance(now)
        assert_same(view.snapshot(), history[:arrived], grace_ms)
    for _ in range(3):
        now += data.draw(st.sampled_from([MINUTE, 7 * HOUR, DAY]))
        view.advance(now)
        assert_same(view.snapshot(), history, grace_ms)


@pytest.mark.parametrize(
    ("age_ms", "active"),
    [(1, 1), (DAY - 1, 1), (DAY, 1), (DAY + 1, 0), (0, 0), (-1, 0)],
    ids=["just before t", "within", "at t - 24 h", "before the window", "at t", "after t"],
)
def test_a_chat_counts_in_the_half_open_window(age_ms: int, active: int) -> None:
    snapshot = view_of(
        Fact("join", START - 9 * DAY, "g", "u", detail="qr"),
        Fact("chat", START - age_ms, "g", "u", detail="text"),
    )
    assert snapshot.count("g", Count.ACTIVE) == active


def test_who_joined_of_late_goes_on_in_the_funnel_by_later_commits() -> None:
    view = LiveView(GRACE)
    view.advance(NOW)
    counts = (Count.ACTIVE, Count.PAYERS, Count.SPOKE, Count.ORDERED)
    found = []
    for kind, minutes, detail in (
        ("join", 50, "qr"),
        ("order", 40, "paid"),
        ("chat", 30, "text"),
        ("chat", 20, "text"),
        ("order", 10, "paid"),
    ):
        feed(view, [Fact(kind, START - minutes * MINUTE, "g", "u", detail=detail)])
        found.append([view.snapshot().count("g", count) for count in counts])
    assert found == [[0, 0, 0, 0], [0, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 1]]


def test_a_silent_group_falls_without_an_event() -> None:
    view = LiveView(GRACE)
    view.advance(NOW)
    feed(
        view,
        [
            Fact("join", START - DAY, "g", "u", detail="qr"),
            Fact("chat", START - HOUR, "g", "u", detail="text"),
        ],
    )
    seen = []
    for passed in (0, 22 * HOUR, 23 * HOUR, 23 * HOUR + MINUTE):
        view.advance(NOW + passed)
        seen.append(view.snapshot().count("g", Count.ACTIVE))
    assert seen == [1, 1, 1, 0]


def test_who_left_is_active_no_more() -> None:
    snapshot = view_of(
        Fact("join", START - 9 * DAY, "g", "u", detail="qr"),
        Fact("chat", START - 2 * HOUR, "g", "u", detail="text"),
        Fact("leave", START - HOUR, "g", "u"),
    )
    assert (snapshot.count("g", Count.MEMBERS), snapshot.count("g", Count.ACTIVE)) == (0, 0)
    assert (snapshot.count("g", Count.EVER), snapshot.count("g", Count.LEAVES)) == (1, 1)


def test_a_join_that_comes_after_its_chat_and_order_is_made_good() -> None:
    view = LiveView(GRACE)
    view.advance(NOW)
    feed(view, [Fact("order", START - HOUR, "g", "u", detail="paid")])
    feed(view, [Fact("chat", START - 2 * HOUR, "g", "u", detail="text")])
    assert view.snapshot().funnel("g") == {"joined": 0, "spoke": 0, "ordered": 0}
    feed(view, [Fact("join", START - 3 * HOUR, "g", "u", detail="qr")])
    assert view.snapshot().funnel("g") == {"joined": 1, "spoke": 1, "ordered": 1}
    assert view.snapshot().count("g", Count.PAYERS) == 1


def test_a_roster_is_membership_but_no_join() -> None:
    snapshot = view_of(Fact("join", START - HOUR, "g", "u", detail="import"))
    assert slow(snapshot, "g") == {
        **dict.fromkeys(slow(snapshot, "g"), 0),
        "member_count": 1,
        "ever_joined": 1,
    }


def test_readings_carry_their_own_window_end() -> None:
    now = NOW + 17 * MINUTE
    snapshot = view_of(
        Fact("join", START - DAY, "g", "u", detail="qr"),
        Fact("chat", START + MINUTE, "g", "u", detail="text"),
        now_ms=now,
    )
    daily = {r.signal: r for r in snapshot.readings("g") if r.stem == "daily_active"}
    assert (daily["slow"].window_end_ms, daily["slow"].ratio) == (START + 17 * MINUTE, 1.0)
    assert (daily["fast"].window_end_ms, daily["fast"].ratio) == (START, 0.0)


def test_without_a_denominator_there_is_no_ratio() -> None:
    snapshot = view_of(Fact("chat", START - HOUR, "g", "u", detail="text"))
    assert {reading.ratio for reading in snapshot.readings("g")} == {None}


def test_sources_are_known_by_what_they_fed() -> None:
    snapshot = view_of(
        Fact("join", START - 40 * DAY, "g", "u", source="roster", detail="import"),
        Fact("chat", START - HOUR, "g", "bot", "bot", source="irc", detail="text"),
        Fact("order", START - 9 * DAY, "", "u", source="shop", detail="paid"),
    )
    assert snapshot.sources("g") == {"roster": START - 40 * DAY, "irc": START - HOUR}
    assert snapshot.last_event_ms["shop"] == START - 9 * DAY


def test_oddities_are_counted_as_seen() -> None:
    snapshot = view_of(
        Fact("leave", START - 4 * HOUR, "g", "u"),
        Fact("join", START - 3 * HOUR, "g", "u", detail="qr"),
        Fact("join", START - 2 * HOUR, "g", "u", detail="qr"),
        Fact("chat", START - 5 * HOUR, "g", "u", detail="text"),
        Fact("chat", START - HOUR, "g", "u", detail="text"),
        Fact("order", START - HOUR, "g", "stranger", detail="paid"),
        Fact("leave", START - 40 * DAY, "g", "v"),
    )
    assert snapshot.anomalies == {
        "leave_absent": 1,
        "join_present": 1,
        "chat_without_membership": 1,
        "order_without_membership": 1,
    }


def test_a_snapshot_does_not_change_when_the_view_does() -> None:
    view = LiveView(GRACE)
    view.advance(NOW)
    feed(view, [Fact("join", START - HOUR, "g", "u", detail="qr")])
    before = view.snapshot()
    feed(view, [Fact("join", START - HOUR, group, "v", detail="qr") for group in ("g", "h")])
    view.snapshot()
    assert (before.count("g", Count.MEMBERS), "h" in before.rows) == (1, False)


def test_the_clock_going_back_changes_nothing() -> None:
    view = LiveView(GRACE)
    view.advance(NOW)
    view.advance(NOW - DAY)
    assert view.snapshot().slow_end_ms == START


def test_what_has_run_out_is_forgotten() -> None:
    view = LiveView(GRACE)
    view.advance(NOW)
    feed(view, [Fact("chat", START - HOUR, "g", f"u{n}", detail="text") for n in range(50)])
    feed(view, [Fact("join", START - HOUR, "g", "u1", detail="qr")])
    view.advance(NOW + 3 * DAY)
    assert view.persons == len(view._people._people._keys) == 1


def test_many_rows_are_folded_before_the_next_advance() -> None:
    view = LiveView(GRACE)
    view.advance(NOW)
    facts = [Fact("join", START - HOUR, "g", f"u{n}", detail="qr") for n in range(100)]
    frame = pl.concat([fact_frame(EventType.JOIN, facts)] * 300)
    view.apply(EventType.JOIN, frame)
    assert view.persons == 100


def test_chats_are_folded_when_they_begin_to_count() -> None:
    view = LiveView(GRACE)
    view.advance(NOW)
    feed(view, [Fact("join", START - HOUR, "g", f"u{n}", detail="qr") for n in range(2)])
    found = []
    for minutes, user in ((-1, "u0"), (1, "u1"), (1, "stranger"), (0, "u0")):
        feed(view, [Fact("chat", START + minutes * MINUTE, "g", user, detail="text")])
        snapshot = view.snapshot()
        found.append((snapshot.count("g", Count.ACTIVE), view.persons))
    assert found == [(1, 2), (1, 2), (1, 2), (1, 2)]
    view.advance(NOW + MINUTE)
    assert (view.snapshot().count("g", Count.ACTIVE), view.persons) == (1, 3)
    view.advance(NOW + 2 * MINUTE)
    assert view.snapshot().count("g", Count.ACTIVE) == 2


def test_a_group_is_known_from_its_first_chat_on() -> None:
    view = LiveView(GRACE)
    view.advance(NOW)
    feed(view, [Fact("chat", START + MINUTE, "g", "u", detail="text")])
    snapshot = view.snapshot()
    assert (set(snapshot.rows), snapshot.sources("g")) == ({"g"}, {"test": START + MINUTE})


def test_a_join_yet_to_count_undoes_a_leave() -> None:
    view = LiveView(GRACE)
    view.advance(NOW)
    feed(view, [Fact("join", START - HOUR, "g", "u", detail="qr")])
    feed(view, [Fact("leave", START - MINUTE, "g", "u")])
    assert view.snapshot().count("g", Count.MEMBERS) == 0
    feed(view, [Fact("join", START + MINUTE, "g", "u", detail="qr")])
    assert view.snapshot().count("g", Count.MEMBERS) == 1
