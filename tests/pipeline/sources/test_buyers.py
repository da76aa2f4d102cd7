import pytest

from pipeline.sources.buyers import make_up_buyers
from pipeline.sources.orders import Buyer

CUSTOMERS = [str(number) for number in range(100)]
MEMBERS = ["ann", "bob", "cat"]


def made_up(customers: list[str], members: list[str], *, seed: int = 1) -> dict[str, Buyer]:
    return make_up_buyers(customers, members, platform="irc", group_id="g", seed=seed)


def test_each_member_is_one_customer() -> None:
    buyers = made_up(CUSTOMERS, MEMBERS)
    assert sorted(buyer.person for buyer in buyers.values()) == MEMBERS
    assert set(buyers) <= set(CUSTOMERS)


@pytest.mark.parametrize(("customers", "members"), [(2, 3), (0, 3), (3, 0)])
def test_there_are_no_more_pairs_than_people(customers: int, members: int) -> None:
    assert len(made_up(CUSTOMERS[:customers], MEMBERS[:members])) == min(customers, members)


def test_it_follows_from_the_seed_and_the_people_alone() -> None:
    assert made_up(CUSTOMERS[::-1], MEMBERS[::-1]) == made_up(CUSTOMERS, MEMBERS)


def test_another_seed_makes_up_another_mapping() -> None:
    assert made_up(CUSTOMERS, MEMBERS, seed=2) != made_up(CUSTOMERS, MEMBERS)
