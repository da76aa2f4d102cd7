"""What a parameter's written value becomes, and what is said of one that is none."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.errors import UsageError
from sinks.question import Question, read_question
from sinks.question_values import values

HEADER = """\
-- title: t
-- answers: a
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; the zone
-- param top: count = 20; so many
-- param user: text; the person
-- column x: x
SELECT %(since)s, %(until)s, %(zone)s, %(top)s, %(user)s AS x FROM v_now
"""
MIDNIGHT_MS = 1_794_758_400_000
"""2026-11-15 16:00 UTC, the first moment of 2026-11-16 in Shanghai."""


@pytest.fixture(scope="module")
def question() -> Question:
    return read_question("q", HEADER)


def found(question: Question, now_ms: int = MIDNIGHT_MS, **given: str) -> dict[str, object]:
    asked = {"user": "ann", **given}
    return values(question, asked, now_ms=now_ms, zone="Asia/Shanghai")


def test_defaults_stand_for_what_is_not_given(question: Question) -> None:
    assert found(question) == {
        "since": date(2026, 10, 19),
        "until": date(2026, 11, 16),
        "zone": "Asia/Shanghai",
        "top": 20,
        "user": "ann",
    }


def test_today_is_that_of_the_zone_asked_for(question: Question) -> None:
    assert found(question, MIDNIGHT_MS - 1)["until"] == date(2026, 11, 15)
    assert found(question, zone="America/New_York")["until"] == date(2026, 11, 15)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-02-28", date(2026, 2, 28)),
        ("1d", date(2026, 11, 15)),
        ("2w", date(2026, 11, 2)),
        ("99999d", date(1971, 1, 1)),
    ],
)
def test_days_are_dates_or_so_long_ago(question: Question, written: str, day: date) -> None:
    assert found(question, since=written)["since"] == day


def test_text_is_taken_as_it_is(question: Question) -> None:
    assert found(question, user="' OR 1 = 1 --")["user"] == "' OR 1 = 1 --"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"since": "yesterday"}, "since=yesterday is not a day like 2026-01-31"),
        ({"since": "2026-02-30"}, "since=2026-02-30 is not a day"),
        ({"since": "20260101"}, "since=20260101 is not a day"),
        ({"since": "1920-01-01"}, "since=1920-01-01 is not a day"),
        ({"since": ""}, "since= is not a day"),
        ({"since": "0d"}, "since=2026-11-16 is not before until=2026-11-16"),
        ({"zone": "Mars/Base"}, "zone=Mars/Base is not a time zone"),
        ({"zone": "../etc"}, "is not a time zone"),
        ({"top": "-1"}, "top=-1 is not a whole number"),
        ({"top": "1.5"}, "top=1.5 is not a whole number"),
        ({"top": "9999999999"}, "is not a whole number"),
        ({"sinse": "1d"}, "no parameter sinse, did you mean since?"),
        ({"xyz": "1"}, "no parameter xyz, there are since, until, zone, top, user"),
    ],
)
def test_what_is_wrong_is_told(question: Question, given: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        found(question, **given)
    assert told in caught.value.what
    assert caught.value.remedy == "`pulse sql q --list` tells its parameters."


def test_everything_that_is_wrong_is_told_at_once(question: Question) -> None:
    with pytest.raises(UsageError) as caught:
        values(question, {"top": "x", "a": "b"}, now_ms=MIDNIGHT_MS, zone="UTC")
    assert all(told in caught.value.what for told in ("no parameter a", "user is missing", "top=x"))
