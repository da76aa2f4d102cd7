import pytest

from pipeline.sources.nicks import Nicks, fold_nick


def test_a_rename_keeps_the_person_through_a_chain() -> None:
    nicks = Nicks()
    nicks.join("ann")
    nicks.rename("ann", "ann_away")
    nicks.rename("ann_away", "ann_lunch")
    assert nicks.person("ann_lunch") == "ann"


def test_leaving_names_the_person_and_ends_the_chain() -> None:
    nicks = Nicks()
    nicks.join("ann")
    nicks.rename("ann", "bob")
    assert nicks.leave("bob") == "ann"
    assert nicks.join("bob") == "bob"


def test_a_join_begins_anew_even_if_the_leave_was_missed() -> None:
    nicks = Nicks()
    nicks.join("ann")
    nicks.rename("ann", "bob")
    assert nicks.join("bob") == "bob"


def test_somebody_else_may_take_the_nick_that_was_given_up() -> None:
    nicks = Nicks()
    nicks.join("ann")
    nicks.rename("ann", "bob")
    nicks.join("ann")
    assert (nicks.person("ann"), nicks.person("bob")) == ("ann", "ann")


#  ann joins ......................... ann's old connection times out
#                ann_ joins ................................... renamed to ann ... quits
def test_a_second_connection_is_a_person_until_it_ends() -> None:
    nicks = Nicks()
    memberships = [nicks.join("ann"), nicks.join("ann_"), nicks.leave("ann")]
    nicks.rename("ann_", "ann")
    memberships += [nicks.person("ann"), nicks.leave("ann")]
    assert memberships == ["ann", "ann_", "ann", "ann_", "ann_"]


def test_who_is_heard_is_there() -> None:
    nicks = Nicks()
    assert nicks.present("ann") is None
    nicks.person("ann")
    assert nicks.present("ANN") == "ann"


@pytest.mark.parametrize(
    ("nick", "folded"), [("Ann", "ann"), ("A[b]\\~", "a{b}|^"), ("ä_1", "ä_1")]
)
def test_case_is_that_of_irc(nick: str, folded: str) -> None:
    assert fold_nick(nick) == folded
