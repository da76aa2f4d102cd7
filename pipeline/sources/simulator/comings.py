"""The joins and leaves of one group in one hour."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.sources.simulator.crowd import Crowd
from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.rhythm import HOUR_MS
from pipeline.sources.simulator.stamp import Stamp
from schemas.envelope import ActorRole
from schemas.event_type import EventType
from schemas.membership import Join, JoinMethod, Leave, LeaveKind

# Up to this draw a member came so; invitations come from whoever is present.
_METHODS = ((0.40, JoinMethod.QR), (0.60, JoinMethod.LINK), (0.65, JoinMethod.STAFF_ADD))
KICKED = 0.05


def comings_and_goings(
    plan: Plan, crowd: Crowd, hour_ms: int, stamp: Stamp
) -> Iterator[Join | Leave]:
    """Joins and leaves in the hour; a stay's place in the group's history makes their ids."""
    end_ms = hour_ms + HOUR_MS
    for number in np.flatnonzero((crowd.joined >= hour_ms) & (crowd.joined < end_ms)).tolist():
        yield _join(crowd, number, stamp)
    for number in np.flatnonzero((crowd.left >= hour_ms) & (crowd.left < end_ms)).tolist():
        stay = crowd.stays[number]
        yield Leave(
            **stamp.envelope(
                EventType.LEAVE,
                event_ms=stay.leave_ms,
                user_id=crowd.user_ids[number],
                part="stay",
                number=number,
                role=stay.role,
            ),
            leave_kind=LeaveKind.KICKED if stay.draw > 1 - KICKED else LeaveKind.SELF,
        )


def _join(crowd: Crowd, number: int, stamp: Stamp) -> Join:
    stay = crowd.stays[number]
    envelope = stamp.envelope(
        EventType.JOIN,
        event_ms=stay.join_ms,
        user_id=crowd.user_ids[number],
        part="stay",
        number=number,
        role=stay.role,
    )
    if stay.role is not ActorRole.MEMBER:
        return Join(**envelope, join_method=JoinMethod.STAFF_ADD)
    for up_to, method in _METHODS:
        if stay.draw < up_to:
            return Join(**envelope, join_method=method)
    present = crowd.present(stay.join_ms)
    inviter = int(present[int(stay.draw * 1e6) % present.size])
    if inviter == number or not crowd.is_member[inviter]:
        return Join(**envelope, join_method=JoinMethod.UNKNOWN)
    return Join(
        **envelope,
        join_method=JoinMethod.INVITE,
        inviter_id=crowd.user_ids[inviter],
        inviter_role=ActorRole.MEMBER,
    )
