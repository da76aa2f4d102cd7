"""Invitations, pushes, ties and money: each step has the one before it."""

from collections import Counter, defaultdict
from datetime import datetime

from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.rhythm import HOUR_MS
from schemas.acquisition import (
    Contact,
    ContactAction,
    Delivery,
    DeliveryAction,
    Invite,
    InviteAction,
    PushKind,
    Spend,
)
from schemas.envelope import ActorRole
from schemas.event import Event
from schemas.membership import Join

SENT, CLICKED, APPLIED = InviteAction.SENT, InviteAction.CLICKED, InviteAction.APPLIED
WAYS = {
    (SENT,),
    (SENT, CLICKED),
    (SENT, CLICKED, APPLIED, InviteAction.APPROVED),
    (SENT, CLICKED, APPLIED, InviteAction.REJECTED),
}
WAYS_OUT = {InviteAction.APPROVED, InviteAction.REJECTED}


def test_an_invitation_takes_its_steps_in_turn_within_the_hour(history: list[Event]) -> None:
    ways: dict[str, list[Invite]] = defaultdict(list)
    last_ms = history[-1].event_time - HOUR_MS
    for event in history:
        if isinstance(event, Invite):
            ways[event.invite_id].append(event)
    whole = [steps for steps in ways.values() if steps[0].event_time < last_ms]
    assert {tuple(step.action for step in steps) for steps in whole} == WAYS
    for steps in whole:
        assert steps[-1].event_time - steps[0].event_time < HOUR_MS
        assert len({(step.inviter_id, step.script_id, step.method) for step in steps}) == 1


def test_staff_decide_on_whoever_applies(history: list[Event]) -> None:
    for event in history:
        if isinstance(event, Invite) and event.action in WAYS_OUT:
            assert event.actor_role is ActorRole.STAFF
            assert event.staff_id
            assert (event.reason_code is None) is (event.action is InviteAction.APPROVED)


def test_a_push_is_sent_before_it_arrives_and_read_after(history: list[Event]) -> None:
    pushes: dict[tuple[str, str, int], list[DeliveryAction]] = defaultdict(list)
    for event in history:
        if isinstance(event, Delivery):
            pushes[event.push_id, event.user_id, event.source_seq].append(event.action)
    for steps in pushes.values():
        assert steps[0] is DeliveryAction.SENT
        assert steps[1:2] != [DeliveryAction.READ]
        assert len(set(steps)) == len(steps) <= 3
    assert {step for steps in pushes.values() for step in steps} == set(DeliveryAction)


def is_welcome(event: Delivery) -> bool:
    return event.push_kind is PushKind.WELCOME and event.action is DeliveryAction.SENT


def test_newcomers_are_welcomed_within_a_minute(history: list[Event]) -> None:
    joined_ms: dict[str, int] = {}
    welcomes = 0
    for event in history:
        if isinstance(event, Join):
            joined_ms[event.user_id] = event.event_time
        elif isinstance(event, Delivery) and is_welcome(event):
            assert 0 < event.event_time - joined_ms[event.user_id] < 60_000
            welcomes += 1
    members = [e for e in history if isinstance(e, Join) and e.actor_role is ActorRole.MEMBER]
    assert welcomes == len(members)


def test_some_are_reached_by_a_broadcast(history: list[Event]) -> None:
    kinds = Counter(event.push_kind for event in history if isinstance(event, Delivery))
    assert kinds[PushKind.GROUP_BROADCAST] > 0


def test_only_a_tie_that_was_made_is_cut(history: list[Event]) -> None:
    made = set()
    for event in history:
        if isinstance(event, Contact):
            tie = (event.user_id, event.link_type)
            assert event.action is ContactAction.ADD or tie in made
            made.add(tie)


def test_money_is_spent_once_a_day_in_each_group(plan: Plan, history: list[Event]) -> None:
    spends = [event for event in history if isinstance(event, Spend)]
    days = Counter(
        (event.group_id, datetime.fromtimestamp(event.event_time / 1000, plan.clock_zone).date())
        for event in spends
    )
    assert set(days.values()) == {1}
    assert len(days) == plan.groups * 21
    assert {(event.currency, event.user_id) for event in spends} == {(plan.currency, None)}
    assert all(event.amount > 0 and event.amount.as_tuple().exponent == -2 for event in spends)
