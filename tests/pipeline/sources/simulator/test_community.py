"""One stream, wherever it is cut; and one that looks like people."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.simulator.community import Community
from pipeline.sources.simulator.groups import SOURCE, Plan
from pipeline.sources.simulator.membership import WEEK_MS
from pipeline.sources.simulator.rhythm import DAY_MS, HOUR_MS
from pipeline.sources.simulator.shopping import REFUND_HOURS
from schemas.chat import Chat
from schemas.commerce import Order, OrderStatus, Refund
from schemas.envelope import ActorRole
from schemas.event import Event, parse, to_wire
from schemas.event_type import EventType
from schemas.membership import Join, Leave

SPAN_MS = 6 * HOUR_MS


def in_span(history: list[Event], start_ms: int, end_ms: int) -> list[Event]:
    return [event for event in history if start_ms <= event.event_time < end_ms]


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, SPAN_MS), max_size=6).map(sorted), day=st.integers(0, 19))
def test_any_cutting_gives_the_same_events(
    plan: Plan, pseudonyms: Pseudonyms, history: list[Event], cuts: list[int], day: int
) -> None:
    start_ms = plan.origin_ms + day * DAY_MS
    edges = [start_ms, *(start_ms + cut for cut in cuts), start_ms + SPAN_MS]
    fresh = Community(plan, pseudonyms)
    pieces = [
        event
        for begin_ms, end_ms in pairwise(edges)
        for event in fresh.events_between(begin_ms, end_ms)
    ]
    assert pieces == in_span(history, start_ms, start_ms + SPAN_MS)


def test_nothing_happens_before_the_founding(community: Community, plan: Plan) -> None:
    assert not list(community.events_between(plan.origin_ms - WEEK_MS, plan.origin_ms))


def test_events_come_in_order_of_time(history: list[Event]) -> None:
    order = [(event.event_time, event.source_seq) for event in history]
    assert order == sorted(order)


def test_ids_are_unique(history: list[Event]) -> None:
    assert len({event.event_id for event in history}) == len(history)


def test_another_seed_is_another_community(plan: Plan, pseudonyms: Pseudonyms) -> None:
    span = (plan.origin_ms, plan.origin_ms + 3 * DAY_MS)
    one = {event.event_id for event in Community(plan, pseudonyms).events_between(*span)}
    other = Community(replace(plan, seed=2), pseudonyms).events_between(*span)
    assert not one & {event.event_id for event in other}


def test_every_event_says_that_it_is_made_up(history: list[Event]) -> None:
    assert {event.source for event in history} == {SOURCE}
    assert "made-up" in SOURCE


def test_what_is_written_is_what_the_contract_reads(history: list[Event]) -> None:
    kinds = {event.event_type for event in history}
    assert kinds == set(EventType) - {EventType.HEARTBEAT}
    sample = history[:: max(1, len(history) // 2_000)]
    assert [parse(to_wire(event)) for event in sample] == sample


def test_days_have_their_rhythm(plan: Plan, history: list[Event]) -> None:
    hours = Counter(
        datetime.fromtimestamp(event.event_time / 1000, plan.clock_zone).hour
        for event in history
        if isinstance(event, Chat)
    )
    assert min(hours[hour] for hour in (10, 20, 21)) > 5 * max(hours[hour] for hour in (1, 2, 3, 4))


def test_weekends_are_quieter(plan: Plan, pseudonyms: Pseudonyms) -> None:
    large = replace(plan, groups=1, largest=400)
    start_ms = plan.origin_ms + WEEK_MS - 8 * HOUR_MS  # Monday, midnight in Shanghai
    days = Counter(
        (event.event_time - start_ms) // DAY_MS
        for event in Community(large, pseudonyms).events_between(start_ms, start_ms + 4 * WEEK_MS)
        if isinstance(event, Chat)
    )
    weekend = sum(n for day, n in days.items() if day % 7 >= 5) / 8
    assert weekend < 0.95 * (days.total() - 8 * weekend) / 20


def test_counts_are_overdispersed(plan: Plan, history: list[Event]) -> None:
    """Within each hour of the day, over two weeks of days: for Poisson counts it would be 1."""
    start_ms = plan.origin_ms + WEEK_MS
    counts = np.zeros((14, 24))
    for event in history:
        if isinstance(event, Chat) and event.event_time >= start_ms and event.group_id == "sim-05":
            counts[divmod((event.event_time - start_ms) // HOUR_MS, 24)] += 1
    assert counts.var(axis=0, ddof=1).sum() / counts.mean(axis=0).sum() > 2


def test_nobody_but_members_joins_leaves_or_orders_out_of_turn(history: list[Event]) -> None:
    inside: dict[str, bool] = defaultdict(bool)
    for event in history:
        person = f"{event.group_id}/{event.user_id}"
        if isinstance(event, Join | Leave):
            assert inside[person] is isinstance(event, Leave)
            inside[person] = isinstance(event, Join)
        elif isinstance(event, Chat):
            assert inside[person]


def test_mostly_members_talk_and_few_of_the_others(history: list[Event]) -> None:
    roles = Counter(event.actor_role for event in history if isinstance(event, Chat))
    assert roles[ActorRole.MEMBER] > 0.6 * roles.total()
    assert roles[ActorRole.STAFF] > 0
    assert roles[ActorRole.BOT] > 0


def test_an_order_is_created_then_paid_or_cancelled(history: list[Event]) -> None:
    steps = defaultdict(list)
    for event in history:
        if isinstance(event, Order):
            steps[event.order_id].append(event.status)
    settled = Counter(tuple(step) for step in steps.values() if len(step) > 1)
    created = OrderStatus.CREATED
    assert set(settled) == {(created, OrderStatus.PAID), (created, OrderStatus.CANCELLED)}
    assert settled[created, OrderStatus.PAID] > 5 * settled[created, OrderStatus.CANCELLED]


def test_a_refund_pays_back_a_paid_order_two_days_later(history: list[Event]) -> None:
    paid = {
        event.order_id: event
        for event in history
        if isinstance(event, Order) and event.status is OrderStatus.PAID
    }
    refunds = [event for event in history if isinstance(event, Refund)]
    assert refunds
    for refund in refunds:
        order = paid[refund.order_id]
        assert refund.event_time - order.event_time == REFUND_HOURS * HOUR_MS
        assert (refund.amount, refund.user_id) == (order.amount_paid, order.user_id)


@pytest.mark.parametrize("currency", ["GBP", "CNY"])
def test_money_is_in_the_reporting_currency(
    plan: Plan, pseudonyms: Pseudonyms, currency: str
) -> None:
    community = Community(replace(plan, currency=currency), pseudonyms)
    start_ms = plan.origin_ms + WEEK_MS
    orders = [
        event
        for event in community.events_between(start_ms, start_ms + DAY_MS)
        if isinstance(event, Order)
    ]
    assert {order.currency for order in orders} == {currency}
