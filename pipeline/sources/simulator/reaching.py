"""The ties that are made to members of one group in one hour, and the money that is spent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from random import Random

from pipeline.sources.simulator.rhythm import HOUR_MS
from pipeline.sources.simulator.scene import Deed, Scene
from schemas.acquisition import Contact, ContactAction, CostKind, LinkType, Spend
from schemas.envelope import ActorRole
from schemas.event_type import EventType

FRIENDS_A_DAY = 0.004
"""How often staff become friends with an average member, beside the group."""
LEADS = 0.3
CUT = 0.12
"""Share of friendships that the member ends again."""
CUT_HOURS = 72
"""It ends this much later, to the hour: so an hour knows what ends in it."""
FOLLOWS_A_DAY = 0.002
"""How often an average member follows the official account."""

SPEND_AT = 18
"""Local hour in which the day's expense is booked."""
COST_KINDS = (CostKind.ACQUISITION, CostKind.INCENTIVE, CostKind.CONTENT, CostKind.LABOUR)
COST_SHARES = (50, 20, 15, 15)
CENTS_A_MEMBER = 25
"""What a day costs on the average, for each member."""
LEAST_CENTS = 500


def reaching_of_hour(scene: Scene) -> Iterator[Contact | Spend]:
    """Friendships made and ended, follows of the official account, and the day's expense."""
    for deed, draw in scene.by_members("friend", FRIENDS_A_DAY):
        yield _friend(scene, deed, draw)
    yield from _friends_lost(scene)
    for deed, _ in scene.by_members("follow", FOLLOWS_A_DAY):
        yield Contact(
            **scene.envelope(EventType.CONTACT, deed, step="follow"),
            link_type=LinkType.OFFICIAL_ACCOUNT,
            action=ContactAction.ADD,
        )
    if datetime.fromtimestamp(scene.hour_ms / 1000, scene.stamp.plan.clock_zone).hour == SPEND_AT:
        yield _spend(scene)


def _friend(scene: Scene, deed: Deed, draw: Random) -> Contact:
    is_lead, _ = _fate(draw)
    return Contact(
        **scene.envelope(EventType.CONTACT, deed, step="friend", role=ActorRole.STAFF),
        link_type=LinkType.WECOM_FRIEND,
        action=ContactAction.ADD,
        is_lead=is_lead,
        staff_id=scene.in_charge_of(deed.stay),
    )


def _friends_lost(scene: Scene) -> Iterator[Contact]:
    """Friendships of some days ago that end now, if the member is still in the group."""
    later_ms = CUT_HOURS * HOUR_MS
    then = replace(scene, hour_ms=scene.hour_ms - later_ms)
    for deed, draw in then.by_members("friend", FRIENDS_A_DAY):
        is_lead, is_cut = _fate(draw)
        if is_cut and scene.is_there(deed.stay, deed.ms + later_ms):
            yield Contact(
                **then.envelope(EventType.CONTACT, deed, step="lost", at_ms=deed.ms + later_ms),
                link_type=LinkType.WECOM_FRIEND,
                action=ContactAction.REMOVE,
                is_lead=is_lead,
                staff_id=then.in_charge_of(deed.stay),
            )


def _fate(draw: Random) -> tuple[bool, bool]:
    """Whether the new friend is a lead, and whether the tie will be cut."""
    return draw.random() < LEADS, draw.random() < CUT


def _spend(scene: Scene) -> Spend:
    draw, plan = scene.chance("spend"), scene.stamp.plan
    cents = LEAST_CENTS + int(CENTS_A_MEMBER * len(scene.members) * draw.uniform(0.5, 1.5))
    return Spend(
        **scene.unnamed(
            EventType.SPEND,
            scene.hour_ms + draw.randrange(HOUR_MS),
            number=0,
            role=ActorRole.SYSTEM,
        ),
        spend_id=scene.stamp.name("spend", scene.hour),
        cost_kind=draw.choices(COST_KINDS, COST_SHARES)[0],
        currency=plan.currency,
        amount=Decimal(cents) / 100,
    )
