"""Reading dead letters, on both stores and so in both dialects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.operations import letters
from pipeline.operations.letters import (
    Filter,
    Group,
    State,
    batches,
    find,
    letter_at,
    payloads,
    totals,
)
from pipeline.operations.places import Place
from schemas.rejection import Reason
from sinks.store import Store
from tests.pipeline.operations.dead_letters import AT, keep, letter, line_letter, mark, place_of

MISROUTED = [letter(offset) for offset in (0, 1, 2)]
ODD_SOURCE = "a'b\\c%(x)s\n😀"
FOREIGN = letter(
    3, Reason.FOREIGN_CURRENCY, topic="community.order", source=ODD_SOURCE, event_type="order"
)
OLD_EPOCH = letter(0, epoch=2, partition=0)
LINE = line_letter(17, b"{broken", reason=Reason.NOT_JSON, event_type="")
ALL = [*MISROUTED, FOREIGN, OLD_EPOCH, LINE]


@pytest.fixture
def filled(migrated: Store) -> Store:
    keep(migrated, *ALL)
    keep(migrated, *MISROUTED)  # a replay of the log writes the same rows
    mark(migrated, [MISROUTED[1]], at_ms=AT + 5_000, to="community.chat")
    mark(migrated, [MISROUTED[1]], at_ms=AT + 9_000, to="community.leave")
    return migrated


def offsets(store: Store, **wanted: Any) -> list[tuple[str, int]]:
    found = find(store, Filter(**{"state": State.ALL, **wanted}), 100)
    assert found.total == len(found.letters)
    return sorted((one.place.topic, one.place.offset) for one in found.letters)


def test_letters_are_found_counted_and_told_apart(filled: Store) -> None:
    found = find(filled, Filter(), 2)
    assert found.total == 5
    assert found.reasons == (
        Group("misrouted", "", 3, AT + 2_000),
        Group("foreign_currency", "", 1, AT + 3_000),
        Group("not_json", "", 1, AT + 17_000),
    )
    assert [(group.reason, group.source, group.letters) for group in found.groups] == [
        ("misrouted", "bot", 3),
        ("foreign_currency", ODD_SOURCE, 1),
        ("not_json", "jsonl", 1),
    ]
    assert [one.place for one in found.letters] == [place_of(LINE), place_of(FOREIGN)]
    assert totals(filled, Filter(state=State.REPLAYED)) == [Group("misrouted", "", 1, AT + 1_000)]

    newest = found.letters[0]
    assert (newest.reason, newest.detail, newest.source) == ("not_json", "odd", "jsonl")
    assert (newest.payload_bytes, newest.ingest_ms) == (7, AT + 17_000)
    assert (newest.replayed_ms, newest.to_topic) == (0, "")


def test_each_part_of_a_filter_chooses(filled: Store) -> None:
    chat, order, line = "community.chat", "community.order", "import:jsonl:f.jsonl"
    everything = [(chat, 0), (chat, 0), (chat, 1), (chat, 2), (order, 3), (line, 17)]
    assert offsets(filled) == everything
    assert offsets(filled, state=State.OPEN) == [each for each in everything if each != (chat, 1)]
    assert offsets(filled, state=State.REPLAYED) == [(chat, 1)]
    assert offsets(filled, reasons=("not_json", "foreign_currency")) == [(order, 3), (line, 17)]
    assert offsets(filled, sources=(ODD_SOURCE,)) == [(order, 3)]
    assert offsets(filled, topics=(line,)) == [(line, 17)]
    assert offsets(filled, types=("order",)) == [(order, 3)]
    assert offsets(filled, since_ms=AT + 2_000) == [(chat, 2), (order, 3), (line, 17)]
    assert offsets(filled, since_ms=AT + 1_000, until_ms=AT + 3_000) == [(chat, 1), (chat, 2)]
    assert offsets(filled, places=(place_of(OLD_EPOCH), place_of(LINE))) == [(chat, 0), (line, 17)]
    assert offsets(filled, topics=(order,), reasons=("misrouted",)) == []


def test_one_letter_by_its_place_with_its_last_replay(filled: Store) -> None:
    found = letter_at(filled, place_of(MISROUTED[1]))
    assert found is not None
    assert (found.replayed_ms, found.to_topic) == (AT + 9_000, "community.leave")
    assert letter_at(filled, place_of(MISROUTED[1])._replace(offset=99)) is None


def test_another_line_refused_at_a_place_that_was_replayed_is_open(migrated: Store) -> None:
    """Every import from a pipe has the same name, and so its lines have the same places."""
    keep(migrated, line_letter(3, b"{", ingest_ms=AT))
    mark(migrated, [line_letter(3, b"{")], at_ms=AT + 10)
    assert find(migrated, Filter(), 10).total == 0
    keep(migrated, line_letter(3, b"[", ingest_ms=AT + 20))
    (one,) = find(migrated, Filter(), 10).letters
    assert (one.place.offset, one.ingest_ms, one.replayed_ms) == (3, AT + 20, 0)
    assert totals(migrated, Filter(state=State.REPLAYED)) == []


def test_batches_go_through_all_in_the_order_of_the_log(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "PAGE", 5)
    chosen = Filter(state=State.ALL)
    got = [[one.place for one in batch] for batch in batches(filled, chosen, 3)]
    assert [len(batch) for batch in got] == [3, 2, 1]
    assert [place for batch in got for place in batch] == sorted(map(place_of, ALL))


def test_payloads_are_the_bytes_that_were_kept(migrated: Store) -> None:
    kept = [letter(0, raw=bytes(range(256))), letter(1, raw=b"x" * 70_000), letter(2, raw=None)]
    keep(migrated, *kept)
    found = payloads(migrated, [place_of(one) for one in kept] + [Place("community.chat", 1, 1, 9)])
    assert [found.get(place_of(one)) for one in kept] == [bytes(range(256)), b"x" * 65_536, b""]
    assert len(found) == 3
    assert payloads(migrated, []) == {}


def test_an_empty_store_has_no_letters(migrated: Store) -> None:
    found = find(migrated, Filter(), 10)
    assert (found.total, found.reasons, found.groups, found.letters) == (0, (), (), ())
    assert list(batches(migrated, Filter(), 10)) == []


def test_a_filter_crosses_a_socket_unchanged() -> None:
    chosen = Filter(
        reasons=("misrouted",), places=(place_of(LINE),), since_ms=5, state=State.REPLAYED
    )
    assert Filter.from_json(json.loads(json.dumps(chosen.as_json()))) == chosen
    assert Filter.from_json(chosen.as_json()) == chosen
