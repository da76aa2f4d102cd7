"""The views that questions stand on, held to the reference on any history."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from sinks.store import Store
from tests.reference import chance
from tests.reference.cases import HISTORIES, MINUTE
from tests.reference.community import forget, rollup_of, store_community
from tests.reference.signals import Fact, memberships
from tests.reference.stored import migrated_store, store_facts

OPEN = 1 << 62
_SERIAL = itertools.count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        yield store


def own_groups(history: list[Fact]) -> list[Fact]:
    serial = next(_SERIAL)
    return [it._replace(group_id=it.group_id and f"{it.group_id}-{serial}") for it in history]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HISTORIES)
def test_memberships_are_those_of_the_reference(store: Store, history: list[Fact]) -> None:
    history = own_groups(history)
    store_facts(store, history)
    groups = sorted({fact.group_id for fact in history if fact.group_id}) or ["-"]
    rows = store.query(
        "SELECT group_id, user_id, opened_ms, closed_ms, is_roster FROM v_member_interval"
        " WHERE group_id IN %(groups)s",
        {"groups": groups},
    )
    wanted = [
        (group, user, opened, OPEN if closed is None else closed, int(roster))
        for group, user in itertools.product(groups, "uv")
        for opened, closed, roster in memberships(
            [
                fact
                for fact in history
                if (fact.group_id, fact.user_id, fact.actor_role) == (group, user, "member")
            ],
            5 * MINUTE,
        )
    ]
    assert sorted(rows.rows()) == sorted(wanted)


def test_interactions_leave_out_system_notices_and_everybody_but_members(store: Store) -> None:
    chats = own_groups(
        [
            Fact("chat", 1_760_000_000_000, "g", "u", detail="text"),
            Fact("chat", 1_760_000_000_001, "g", "u", detail="system"),
            Fact("chat", 1_760_000_000_002, "g", "s", "staff", detail="text"),
            Fact("chat", 1_760_000_000_003, "g", "b", "bot", detail="text"),
        ]
    )
    store_facts(store, chats)
    rows = store.query(
        "SELECT user_id, kind FROM v_member_interaction WHERE group_id = %(group)s",
        {"group": chats[0].group_id},
    )
    assert rows.rows() == [("u", "chat")]


def test_questions_and_metrics_stand_on_the_same_memberships_and_orders(store: Store) -> None:
    """The views read the facts at the moment of asking, the staged tables are of their build."""
    forget(store)
    community = chance.community(3)
    store_community(store, community)
    rollup_of(store, community, ()).stage.build()
    for asked, staged in (
        (
            "SELECT group_id, user_id, opened_ms, closed_ms, is_roster, join_method, channel_id,"
            " campaign_id, inviter_id, invite_id, script_id, leave_kind, reason_code"
            " FROM v_member_interval WHERE group_id != ''",
            "v_membership",
        ),
        (
            "SELECT order_id, user_id, event_ms AS paid_ms, group_id AS own_group_id, amount_paid,"
            " coupon_id, item_product_id, item_qty, item_unit_price FROM v_member_order",
            "(SELECT * FROM v_paid_order WHERE actor_role = 'member')",
        ),
    ):
        now = store.query(asked)
        then = store.query(f"SELECT {', '.join(now.columns)} FROM {staged}")
        assert now.height
        assert sorted(now.rows()) == sorted(then.rows())
