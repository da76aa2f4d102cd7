from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.identity import EVENTS, derive_event_id

GIVEN = ("irc", "chat", "#duraspace 2012-03-15.log")


@given(st.text(), st.integers(), st.integers())
def test_it_is_a_uuid_of_version_5(key: str, ordinal: int, weeks: int) -> None:
    name = f"{weeks}\0{ordinal}\0chat\0irc\0{key}"
    expected = str(uuid5(EVENTS, name))
    assert derive_event_id("irc", "chat", key, ordinal=ordinal, weeks=weeks) == expected


def test_it_never_changes() -> None:
    """A change here would double the history of everyone who imports again."""
    assert derive_event_id(*GIVEN, ordinal=7, weeks=751) == "068c507c-b1ef-5ea0-9ccf-d6332958ae98"


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (("slack", "chat", GIVEN[2]), (7, 0)),
        (("irc", "join", GIVEN[2]), (7, 0)),
        (("irc", "chat", "#fcrepo 2012-03-15.log"), (7, 0)),
        (GIVEN, (8, 0)),
        (GIVEN, (7, 1)),
    ],
)
def test_each_part_makes_another_event(
    names: tuple[str, str, str], numbers: tuple[int, int]
) -> None:
    ordinal, weeks = numbers
    given = derive_event_id(*GIVEN, ordinal=7)
    assert derive_event_id(*names, ordinal=ordinal, weeks=weeks) != given
