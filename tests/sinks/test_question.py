"""What a question's file must hold, told with every fault of it."""

from __future__ import annotations

import pytest

from pipeline.errors import QuestionError
from sinks.question import Kind, Parameter, read_question

GOOD = """\
-- title: Busy days
-- answers: How many messages there were,
--     day by day.
--
-- param since: date = 28d; first day
-- param group: text = ; one group; empty = all
-- param user: text; the person
--
-- example: since=2026-01-01 user=ann
--
-- column day: the day
-- column n: messages of that day
WITH days AS (SELECT event_date AS day FROM v_chat WHERE event_date >= %(since)s
    AND group_id = %(group)s AND user_id = %(user)s)
SELECT day, count() AS n FROM days GROUP BY day
"""


def test_the_header_is_read() -> None:
    question = read_question("busy", GOOD)
    assert (question.name, question.title) == ("busy", "Busy days")
    assert question.answers == "How many messages there were, day by day."
    assert question.parameters == (
        Parameter("since", Kind.DATE, "28d", "first day"),
        Parameter("group", Kind.TEXT, "", "one group; empty = all"),
        Parameter("user", Kind.TEXT, None, "the person"),
    )
    assert question.columns == {"day": "the day", "n": "messages of that day"}
    assert question.example == {"since": "2026-01-01", "user": "ann"}
    assert question.sql.startswith("WITH days")


def test_a_default_is_told_or_that_there_is_none() -> None:
    told = [parameter.told_default for parameter in read_question("busy", GOOD).parameters]
    assert told == ["28d", "(empty)", "must be given"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("-- title: Busy days\n", "", "no title"),
        ("-- answers: How many messages there were,\n--     day by day.\n", "", "what it answers"),
        ("-- column day: the day\n-- column n: messages of that day\n", "", "explains no column"),
        ("-- title: Busy", "-- titel: Busy", "no entry of the header: 'titel: Busy days'"),
        ("-- column n:", "-- column day:", "column day is there twice"),
        ("date = 28d", "day = 28d", "param since is not `KIND = DEFAULT; MEANING`"),
        ("= 28d; first day", "= 28d", "param since is not `KIND = DEFAULT; MEANING`"),
        ("%(user)s", "'ann'", "declared, but not used: user"),
        ("%(user)s", "%(person)s", "used, but not declared: person"),
        ("since=2026-01-01", "til=2026-01-01", "its example gives a parameter"),
        ("GROUP BY day\n", "GROUP BY day;\n", "semicolon"),
        ("WITH days", "INSERT INTO x WITH days", "no SELECT"),
        ("FROM v_chat", "FROM fact_chat", "other things than views: fact_chat"),
        ("FROM days", "FROM days JOIN system.parts", "other things than views: system"),
        (
            "FROM days",
            "FROM days LEFT JOIN v_order USING (x)",
            "does not name event_date where it reads v_order",
        ),
    ],
)
def test_what_is_wrong_is_told(before: str, after: str, told: str) -> None:
    assert before in GOOD
    with pytest.raises(QuestionError, match="not as it must be") as caught:
        read_question("busy", GOOD.replace(before, after))
    assert told in caught.value.what
    assert caught.value.where == "busy.sql"


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(QuestionError) as caught:
        read_question("empty", "")
    assert caught.value.what.count(";") == 4
