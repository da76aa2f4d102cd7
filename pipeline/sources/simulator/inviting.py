"""The invitations that are sent from one group in one hour, with what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from pipeline.sources.simulator.scene import Deed, Scene
from schemas.acquisition import Invite, InviteAction
from schemas.envelope import ActorRole
from schemas.event_type import EventType

INVITES_A_DAY = 0.006
STAFF_INVITES_A_DAY = 1.0
SCRIPTS = ("sim-script-a", "sim-script-b", "sim-script-c")
METHODS = ("poster", "private_chat", "link")
METHOD_SHARES = (45, 35, 20)
CLICKED = 0.55
APPLIED = 0.6
APPROVED = 0.88
"""Chances of each step, once the one before is reached."""
REASONS = ("advertiser", "not_a_customer", "group_full")
STEP_MS = 15 * 60_000
"""A step follows within this time, so that three of them are over within the hour after."""


def inviting_of_hour(scene: Scene) -> Iterator[Invite]:
    """Invitations sent in the hour and their steps, over within the next one."""
    for deed, draw in scene.by_members("invite", INVITES_A_DAY):
        yield from _invitation(scene, deed, draw, "invite")
    for deed, draw in scene.by_staff("staff invite", STAFF_INVITES_A_DAY):
        yield from _invitation(scene, deed, draw, "staff-invite")


def _invitation(scene: Scene, deed: Deed, draw: Random, kind: str) -> Iterator[Invite]:
    """One way into the group, as far as it leads; whoever goes it is not known yet."""
    script_id, (method,) = draw.choice(SCRIPTS), draw.choices(METHODS, METHOD_SHARES)
    staff_id, by = scene.in_charge_of(deed.stay), scene.crowd.user_ids[deed.stay]
    ms, reason = deed.ms, draw.choice(REASONS)
    for action in _steps(draw):
        role = _role(action, scene.crowd.stays[deed.stay].role)
        yield Invite(
            **scene.unnamed(
                EventType.INVITE, ms, number=deed.number, step=f"{kind} {action}", role=role
            ),
            invite_id=scene.stamp.name(f"{kind}-{scene.hour}", deed.number),
            action=action,
            inviter_id=by,
            script_id=script_id,
            method=method,
            staff_id=staff_id if role is ActorRole.STAFF else None,
            reason_code=reason if action is InviteAction.REJECTED else None,
        )
        ms += 1_000 + int(draw.random() * (STEP_MS - 1_000))


def _role(action: InviteAction, inviter: ActorRole) -> ActorRole:
    """Who acts: whoever invites, then whoever was invited, and staff decide."""
    match action:
        case InviteAction.SENT:
            return inviter
        case InviteAction.APPROVED | InviteAction.REJECTED:
            return ActorRole.STAFF
        case _:
            return ActorRole.MEMBER


def _steps(draw: Random) -> Iterator[InviteAction]:
    yield InviteAction.SENT
    if draw.random() < CLICKED:
        yield InviteAction.CLICKED
        if draw.random() < APPLIED:
            yield InviteAction.APPLIED
            approved = draw.random() < APPROVED
            yield InviteAction.APPROVED if approved else InviteAction.REJECTED
