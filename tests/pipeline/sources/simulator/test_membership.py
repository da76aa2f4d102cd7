from collections import defaultdict
from itertools import pairwise

import pytest

from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.membership import FOREVER_MS, WEEK_MS, Stay, stays_until
from pipeline.sources.simulator.rhythm import DAY_MS
from schemas.envelope import ActorRole

LARGEST = 4


@pytest.fixture(scope="module")
def stays(plan: Plan) -> list[Stay]:
    return stays_until(plan, LARGEST, plan.origin_ms + 20 * WEEK_MS)


@pytest.mark.parametrize("weeks", [0, 1, 3, 19])
def test_a_nearer_horizon_shows_the_beginning_of_the_same(
    plan: Plan, stays: list[Stay], weeks: int
) -> None:
    nearer = stays_until(plan, LARGEST, plan.origin_ms + weeks * WEEK_MS)
    assert nearer == stays[: len(nearer)]


def test_nobody_is_in_twice(stays: list[Stay]) -> None:
    by_person = defaultdict(list)
    for stay in stays:
        by_person[stay.person].append(stay)
    pairs = [pair for own in by_person.values() for pair in pairwise(own)]
    assert pairs
    assert all(first.join_ms < first.leave_ms < second.join_ms for first, second in pairs)


def test_some_return_within_five_minutes(stays: list[Stay]) -> None:
    last_left: dict[str, int] = {}
    quick = 0
    for stay in stays:
        quick += stay.join_ms - last_left.get(stay.person, 0) < 300_000
        last_left[stay.person] = stay.leave_ms
    assert 0 < quick < len(stays) / 4


def test_all_places_are_taken_within_the_opening(plan: Plan, stays: list[Stay]) -> None:
    opened_ms = plan.origin_ms + plan.opening_weeks * WEEK_MS + DAY_MS
    places = {
        stay.person.rpartition("-")[0]
        for stay in stays
        if stay.role is ActorRole.MEMBER and stay.join_ms <= opened_ms
    }
    assert len(places) == plan.members(LARGEST)


@pytest.mark.parametrize("weeks", [2, 8, 19])
def test_the_group_keeps_its_size(plan: Plan, stays: list[Stay], weeks: int) -> None:
    then_ms = plan.origin_ms + weeks * WEEK_MS
    members = sum(
        stay.join_ms <= then_ms < stay.leave_ms for stay in stays if stay.role is ActorRole.MEMBER
    )
    assert members == pytest.approx(plan.members(LARGEST), rel=0.08)


def test_a_bot_and_staff_are_there_for_good(stays: list[Stay]) -> None:
    hosts = [stay for stay in stays if stay.role is not ActorRole.MEMBER]
    assert [stay.role for stay in hosts] == [ActorRole.BOT, ActorRole.STAFF]
    assert {stay.leave_ms for stay in hosts} == {FOREVER_MS}


def test_people_differ_in_how_much_they_talk(stays: list[Stay]) -> None:
    talk = sorted(stay.propensity for stay in stays if stay.role is ActorRole.MEMBER)
    assert sum(talk) / len(talk) == pytest.approx(1.0, abs=0.25)
    assert sum(talk[-len(talk) // 5 :]) > 0.5 * sum(talk)
