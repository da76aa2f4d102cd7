from datetime import datetime

import pytest

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.simulator.community import Community
from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.membership import WEEK_MS
from pipeline.sources.simulator.rhythm import BUSY_HOURS, DAY_MS, HOUR_MS
from pipeline.sources.simulator.scenario import CALM, Drop, Scenario, drop_after
from schemas.chat import Chat
from schemas.envelope import ActorRole
from schemas.event import Event

HIT = 4


@pytest.fixture(scope="module")
def drop(plan: Plan) -> Drop:
    start_ms = plan.origin_ms + 2 * WEEK_MS + 4 * HOUR_MS
    return Drop(start_ms, hours=8, groups=(HIT,), share=0.85)


@pytest.fixture(scope="module")
def days(plan: Plan) -> tuple[int, int]:
    start_ms = plan.origin_ms + 2 * WEEK_MS - DAY_MS
    return start_ms, start_ms + 3 * DAY_MS


@pytest.fixture(scope="module")
def with_it(plan: Plan, pseudonyms: Pseudonyms, drop: Drop, days: tuple[int, int]) -> list[Event]:
    return list(Community(plan, pseudonyms, Scenario((drop,))).events_between(*days))


@pytest.fixture(scope="module")
def missing(community: Community, with_it: list[Event], days: tuple[int, int]) -> list[Event]:
    left = {event.event_id for event in with_it}
    return [event for event in community.events_between(*days) if event.event_id not in left]


def test_nothing_but_chats_of_members_of_the_group_is_missing(
    plan: Plan, missing: list[Event]
) -> None:
    assert {(type(event), event.group_id, event.actor_role) for event in missing} == {
        (Chat, plan.group_id(HIT), ActorRole.MEMBER)
    }


def test_nothing_is_missing_before_or_after(drop: Drop, missing: list[Event]) -> None:
    assert all(drop.start_ms <= event.event_time < drop.end_ms for event in missing)


def test_nothing_is_added(
    community: Community, with_it: list[Event], days: tuple[int, int], missing: list[Event]
) -> None:
    everyday = list(community.events_between(*days))
    assert [event for event in everyday if event not in missing] == with_it


def test_most_talkers_are_silent_all_the_time_and_the_others_never(
    plan: Plan, drop: Drop, missing: list[Event], with_it: list[Event]
) -> None:
    talkers = {
        event.user_id
        for event in with_it
        if isinstance(event, Chat)
        and event.group_id == plan.group_id(HIT)
        and event.actor_role is ActorRole.MEMBER
        and drop.start_ms <= event.event_time < drop.end_ms
    }
    silent = {event.user_id for event in missing}
    assert not talkers & silent
    assert 0.7 < len(silent) / len(silent | talkers) < 0.97


def test_calm_is_everyday_life() -> None:
    assert Scenario() == CALM


def test_a_drop_begins_at_a_busy_hour_in_the_larger_groups() -> None:
    plan = Plan(seed=1, origin_ms=0)
    coming = drop_after(plan, 1_760_000_123_456)
    began = datetime.fromtimestamp(coming.start_ms / 1000, plan.clock_zone)
    assert began.hour in BUSY_HOURS
    assert [plan.members(group) for group in coming.groups] == [2_000, 1_340, 898]


@pytest.mark.parametrize(("groups", "hit"), [(1, 1), (2, 1), (5, 3), (24, 3)])
def test_small_communities_have_fewer_groups_to_hit(groups: int, hit: int) -> None:
    assert len(drop_after(Plan(seed=1, origin_ms=0, groups=groups), 0).groups) == hit
