from uuid import UUID

import pytest

from pipeline.sources.identity import derive_event_id

GIVEN = ("irc", "chat", "#duraspace 2012-03-15.log")


def test_it_is_a_uuid_of_version_5() -> None:
    assert UUID(derive_event_id(*GIVEN, ordinal=7)).version == 5


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
