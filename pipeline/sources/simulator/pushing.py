"""The messages that are pushed to members of one group in one hour.

Newcomers are welcomed; about once a week a piece of content goes to some of the members.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np

from pipeline.sources.simulator.rhythm import HOUR_MS
from pipeline.sources.simulator.scene import Deed, Scene
from pipeline.sources.simulator.shelf import published_before
from schemas.acquisition import Delivery, DeliveryAction, PushKind
from schemas.envelope import ActorRole
from schemas.event_type import EventType

BROADCASTS_A_DAY = 1 / 7
REACHED = 0.08
"""Share of the members that a broadcast goes to; it goes to one of them at least."""
DELIVERED = 0.96
READ = {PushKind.WELCOME: 0.7, PushKind.GROUP_BROADCAST: 0.35}
"""Chance that it is read, once it is delivered."""
WELCOME_AFTER_MS = 30_000
READ_WITHIN_MS = 40 * 60_000
SCRIPTS = {PushKind.WELCOME: "sim-welcome", PushKind.GROUP_BROADCAST: "sim-broadcast"}


@dataclass(frozen=True)
class Push:
    """What is pushed to one or to many."""

    push_id: str
    kind: PushKind
    content_id: str | None = None


def pushing_of_hour(scene: Scene) -> Iterator[Delivery]:
    """Pushes sent in the hour; what becomes of them is known within the next one."""
    yield from _welcomes(scene)
    yield from _broadcasts(scene)


def _welcomes(scene: Scene) -> Iterator[Delivery]:
    crowd = scene.crowd
    came = (crowd.joined >= scene.hour_ms) & (crowd.joined < scene.hour_ms + HOUR_MS)
    newcomers = np.flatnonzero(came & crowd.is_member).tolist()
    if not newcomers:
        return
    draw = scene.chance("welcome")
    push = Push(scene.stamp.name("welcome", scene.hour), PushKind.WELCOME)
    for stay in newcomers:
        sent_ms = crowd.stays[stay].join_ms + 1_000 + draw.randrange(WELCOME_AFTER_MS)
        yield from _delivery(scene, push, Deed(stay, sent_ms, stay), draw)


def _broadcasts(scene: Scene) -> Iterator[Delivery]:
    for number, (ms, draw) in enumerate(scene.moments("broadcast", BROADCASTS_A_DAY)):
        members = scene.members.tolist()
        reached = draw.sample(members, min(len(members), 1 + int(len(members) * REACHED)))
        pieces = published_before(scene, ms)
        push = Push(
            scene.stamp.name(f"broadcast-{scene.hour}", number),
            PushKind.GROUP_BROADCAST,
            pieces[-1].content_id if pieces else None,
        )
        for stay in sorted(reached):
            yield from _delivery(scene, push, Deed(stay, ms, stay), draw)


def _delivery(scene: Scene, push: Push, deed: Deed, draw: Random) -> Iterator[Delivery]:
    """A push to one person and what becomes of it, while they are there."""
    for action, ms in _steps(push, deed.ms, draw):
        if scene.is_there(deed.stay, ms):
            read = action is DeliveryAction.READ
            yield Delivery(
                **scene.envelope(
                    EventType.DELIVERY,
                    deed,
                    step=f"{push.push_id} {action}",
                    at_ms=ms,
                    role=ActorRole.MEMBER if read else ActorRole.SYSTEM,
                ),
                push_id=push.push_id,
                action=action,
                push_kind=push.kind,
                content_id=push.content_id,
                script_id=SCRIPTS[push.kind],
            )


def _steps(push: Push, sent_ms: int, draw: Random) -> Iterator[tuple[DeliveryAction, int]]:
    arrives, is_read = draw.random() < DELIVERED, draw.random() < READ[push.kind]
    arrived_ms = sent_ms + draw.randrange(500, 5_000)
    read_ms = arrived_ms + 1_000 + draw.randrange(READ_WITHIN_MS)
    yield DeliveryAction.SENT, sent_ms
    yield DeliveryAction.DELIVERED if arrives else DeliveryAction.FAILED, arrived_ms
    if arrives and is_read:
        yield DeliveryAction.READ, read_ms
