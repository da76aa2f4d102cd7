"""The weekly activity of one group: who signs up, comes, sees it through, and wins.

Each group has its weekday. Signing up begins two days before; what is drawn for an activity is
drawn anew in each of its hours, and is the same each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np

from pipeline.sources.simulator.groups import Plan, numbers
from pipeline.sources.simulator.membership import WEEK_MS
from pipeline.sources.simulator.rhythm import DAY_MS, HOUR_MS
from pipeline.sources.simulator.scene import Deed, Scene
from schemas.event_type import EventType
from schemas.participation import Activity, ActivityAction

HELD_AT = 20
"""Local hour in which it begins, by the clock of the founding."""
SIGNUP_MS = 2 * DAY_MS
SIGNED_UP = 0.09
"""Share of the members who sign up."""
ATTENDED = 0.65
COMPLETED = 0.75
WON = 0.15
"""Chances of each step, once the one before is reached."""
LATE_MS = 15 * 60_000
"""Nobody comes later than this."""
TAKES_MS = 60 * 60_000
POINTS = {ActivityAction.COMPLETE: 10, ActivityAction.WIN: 50}


class Part(NamedTuple):
    """Somebody's part in an activity: the steps they take, and when."""

    stay: int
    steps: tuple[tuple[ActivityAction, int], ...]


def taking_part_of_hour(scene: Scene) -> Iterator[Activity]:
    """Steps taken in the hour; of an activity held in it, also those that follow."""
    held_ms = held_next(scene.stamp.plan, scene.crowd.group, scene.hour_ms)
    if scene.hour_ms < held_ms - SIGNUP_MS:
        return
    is_held = held_ms == scene.hour_ms
    for part in _parts(scene, held_ms):
        for action, ms in part.steps:
            begins = is_held if ms >= held_ms else scene.holds(ms)
            if begins and scene.is_there(part.stay, ms):
                yield _activity(scene, Deed(part.stay, ms, part.stay), action, held_ms)


def held_next(plan: Plan, group: int, hour_ms: int) -> int:
    """The beginning of the group's next activity, which may be this hour."""
    founded = datetime.fromtimestamp(plan.origin_ms / 1000, plan.clock_zone)
    first_ms = plan.origin_ms + (HELD_AT - founded.hour) % 24 * HOUR_MS + group % 7 * DAY_MS
    return hour_ms + (first_ms - hour_ms) % WEEK_MS


def _parts(scene: Scene, held_ms: int) -> Iterator[Part]:
    """The parts of those who sign up, out of the members present when that begins."""
    crowd, opens_ms = scene.crowd, held_ms - SIGNUP_MS
    present = crowd.present(opens_ms)
    draw = numbers(scene.stamp.plan, "activity", crowd.group, held_ms // HOUR_MS)
    chances = draw.random((present.size, 6))
    signs_up = crowd.is_member[present] & (chances[:, 0] < SIGNED_UP)
    for at in np.flatnonzero(signs_up).tolist():
        yield Part(int(present[at]), tuple(_steps(held_ms, chances[at].tolist())))


def _steps(held_ms: int, chances: list[float]) -> Iterator[tuple[ActivityAction, int]]:
    _, signs, attends, comes, completes, wins = chances
    yield ActivityAction.SIGNUP, held_ms - SIGNUP_MS + int(signs * SIGNUP_MS)
    if attends < ATTENDED:
        yield ActivityAction.ATTEND, held_ms + int(comes * LATE_MS)
        if completes < COMPLETED:
            yield ActivityAction.COMPLETE, held_ms + TAKES_MS
            if wins < WON:
                yield ActivityAction.WIN, held_ms + TAKES_MS + 1_000


def _activity(scene: Scene, deed: Deed, action: ActivityAction, held_ms: int) -> Activity:
    activity_id = scene.stamp.name("activity", held_ms // HOUR_MS)
    return Activity(
        **scene.envelope(EventType.ACTIVITY, deed, step=f"{activity_id} {action}"),
        activity_id=activity_id,
        action=action,
        points_delta=POINTS.get(action, 0),
    )
