from __future__ import annotations

import json
from base64 import b64decode
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.sink import LineRejection
from schemas.rejection import Reason, Rejection
from sinks.dead_letter import (
    PAYLOAD_LIMIT,
    consumed,
    dead_letter,
    line_record,
    rows,
    stored_record,
)
from sinks.store import Store

PLACE = {"epoch": 2, "partition": 1, "offset": 7, "ingest_ms": 1_700_000_000_000}
LINE = LineRejection("irc", "2009-06-30.log", 17, Reason.BAD_LINE, "no time", b"-- odd \xff\n")


def refused(raw: bytes | None, detail: str = "odd") -> Any:
    rejection = Rejection(Reason.BAD_UTF8, detail, raw, "chat", "discord")
    return dead_letter(rejection, topic="community.chat", **PLACE)


@given(st.binary(max_size=200))
def test_bytes_are_kept_exactly(raw: bytes) -> None:
    letter = refused(raw)
    assert b64decode(letter.payload) == raw
    assert letter.payload_bytes == len(raw)


def test_a_large_payload_is_cut_and_its_size_told() -> None:
    letter = refused(bytes(1_000_000))
    assert b64decode(letter.payload) == bytes(PAYLOAD_LIMIT)
    assert letter.payload_bytes == 1_000_000


def test_a_record_without_value_has_an_empty_payload() -> None:
    assert (refused(None).payload, refused(None).payload_bytes) == ("", 0)


def test_an_imported_line_lies_at_its_line() -> None:
    letter = consumed(line_record(LINE), **PLACE)
    assert letter is not None
    assert (letter.topic, letter.epoch, letter.partition, letter.offset) == (
        "import:irc:2009-06-30.log",
        0,
        0,
        17,
    )
    assert b64decode(letter.payload) == LINE.payload


def test_what_the_worker_has_stored_is_not_stored_again() -> None:
    assert consumed(stored_record(refused(b"x")), **PLACE) is None


def test_the_published_letter_says_all_that_is_stored() -> None:
    told = json.loads(stored_record(refused(b"x")))
    assert told.pop("stored") is True
    assert told == rows([refused(b"x")]).drop("ingest_date").row(0, named=True)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "null_value"),
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b"[1]", "not_json"),
        (b"1", "not_json"),
        (b"{}", "not_json"),
        (b"[" * 100_000, "not_json"),
        (line_record(LINE).replace(b"bad_line", b"no_such"), "not_json"),
        (line_record(LINE).replace(b":17", b":-1"), "not_json"),
        (line_record(LINE).replace(b"no time", b"\\ud800"), "not_json"),
    ],
)
def test_junk_among_the_dead_letters_becomes_one_at_its_own_place(
    value: bytes | None, reason: str
) -> None:
    letter = consumed(value, **PLACE)
    assert letter is not None
    assert (letter.topic, letter.offset, letter.reason) == ("community.dead_letter", 7, reason)


@given(st.binary(max_size=100))
def test_any_bytes_become_a_row(value: bytes) -> None:
    letter = consumed(value, **PLACE)
    assert letter is None or rows([letter]).height == 1


def test_the_day_is_that_of_the_append_but_fixed_for_imports() -> None:
    line = consumed(line_record(LINE), **PLACE)
    assert line is not None
    assert rows([refused(b"x"), line])["ingest_date"].to_list() == [
        date(2023, 11, 14),
        date(1970, 1, 1),
    ]


def test_no_letters_are_no_rows_with_all_columns() -> None:
    assert rows([]).columns == rows([refused(b"x")]).columns


def test_a_replay_and_a_second_import_add_no_row(migrated: Store) -> None:
    later = {**PLACE, "offset": 99, "ingest_ms": PLACE["ingest_ms"] + 400 * 86_400_000}
    for place in (PLACE, later):
        line = consumed(line_record(LINE), **place)
        assert line is not None
        migrated.insert("dead_letter", rows([refused(b"\0'\n"), line]))
    found = migrated.query("SELECT topic, offset FROM v_dead_letter ORDER BY topic")
    assert found.rows() == [("community.chat", 7), ("import:irc:2009-06-30.log", 17)]
