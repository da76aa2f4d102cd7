"""Every named question on the example community: its committed answer, and what holds of all."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from pipeline.errors import UsageError
from sinks.question import Parameter, Question
from sinks.question_library import example_answer, names, question, questions
from sinks.store import Store
from tests.reference.stored import migrated_store
from tests.sinks.queries.answered import answer, written_answer
from tests.sinks.queries.stored import store_community

ALL = [pytest.param(found, id=found.name) for found in questions()]


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        store_community(store)
        yield store


def test_there_are_the_questions_that_people_ask() -> None:
    assert len(names()) >= 25


@pytest.mark.parametrize("asked", ALL)
def test_the_answer_is_the_committed_one(community: Store, asked: Question) -> None:
    """After a change on purpose: `python -m tests.sinks.queries.write`, and read the diff."""
    assert written_answer(community, asked) == example_answer(asked.name)


@pytest.mark.parametrize("asked", ALL)
def test_the_columns_are_those_that_are_explained(community: Store, asked: Question) -> None:
    found = answer(community, asked)
    assert found.columns == list(asked.columns)
    assert found.height, "the example shows nothing"


@pytest.mark.parametrize("asked", ALL)
def test_where_nothing_happened_nothing_fails(community: Store, asked: Question) -> None:
    given = {"since": "1980-01-01", "until": "1980-02-01", "group": "none", "user": "none"}
    known = {parameter.name for parameter in asked.parameters}
    found = answer(community, asked, **{name: v for name, v in given.items() if name in known})
    assert found.columns == list(asked.columns)


def test_copies_of_events_change_nothing(community: Store) -> None:
    store_community(community)
    for asked in questions():
        assert written_answer(community, asked) == example_answer(asked.name), asked.name


@pytest.mark.parametrize("text", ["it's", "\\", "100 %", "%(since)s", '"; SELECT 1'])
def test_a_parameter_is_only_text(community: Store, text: str) -> None:
    assert answer(community, question("top_topics"), group=text).is_empty()


def test_a_parameter_means_the_same_everywhere() -> None:
    said: dict[str, Parameter] = {}
    loose = {"since", "until", "days", "sla_minutes", "top", "user", "new_days", "dormant_days"}
    for asked in questions():
        for parameter in asked.parameters:
            first = said.setdefault(parameter.name, parameter)
            assert parameter.kind is first.kind
            if parameter.name not in loose:
                assert parameter == first, asked.name


def test_no_query_asks_for_the_time() -> None:
    """Else it were another question when it is asked again, and wrong on the demo's clock."""
    assert not [it.name for it in questions() if re.search(r"\b(now|today)\w*\(", it.sql)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("daily_activ", "did you mean daily_active?"),
        ("rfm", "did you mean rfm_classes?"),
        ("zzzzzz", "There is no question zzzzzz"),
    ],
)
def test_an_unknown_name_suggests(name: str, told: str) -> None:
    with pytest.raises(UsageError, match=re.escape(told)):
        question(name)


def test_an_answer_that_was_never_written_says_how_to() -> None:
    with pytest.raises(UsageError, match="no example answer"):
        example_answer("none")
