"""The course that some members of a group take: a task a day, reported when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

from pipeline.sources.simulator.crowd import Indices
from pipeline.sources.simulator.groups import Plan, numbers
from pipeline.sources.simulator.rhythm import DAY_MS, HOUR_MS, intensity
from pipeline.sources.simulator.scene import Deed, Scene
from schemas.event_type import EventType
from schemas.participation import Checkin

LEARNERS = 0.05
"""Share of the members who take the course, the same ones all the time."""
DILIGENCE = 0.75
"""Chance that a learner does the task of a day."""
COURSE_DAYS = 28
"""Then another course begins."""
LEAST_SCORE = 60
POINTS = 2


def learning_of_hour(scene: Scene) -> Iterator[Checkin]:
    """Tasks reported in the hour; each learner reports that of a day once at most."""
    learners = _learners(scene)
    if not learners.size:
        return
    plan, hour = scene.stamp.plan, (scene.hour_ms - scene.day_ms) // HOUR_MS
    day = (scene.day_ms - plan.origin_ms) // DAY_MS
    first, last = _shares_before(plan, scene.day_ms)[hour : hour + 2]
    chances = numbers(plan, "checkin", scene.crowd.group, day).random((learners[-1] + 1, 4))
    does, when = chances[learners, 0] < DILIGENCE, chances[learners, 1]
    for stay in learners[does & (first <= when) & (when < last)].tolist():
        _, share, length, score = chances[stay].tolist()
        ms = scene.hour_ms + min(int((share - first) / (last - first) * HOUR_MS), HOUR_MS - 1)
        if scene.is_there(stay, ms):
            yield _checkin(scene, Deed(stay, ms, stay), day, length, score)


def _learners(scene: Scene) -> Indices:
    """Those who were there when the day began: nobody is handed a task twice by returning."""
    crowd, members = scene.crowd, scene.members
    return members[(crowd.lots[members] < LEARNERS) & (crowd.joined[members] < scene.day_ms)]


@lru_cache(maxsize=64)
def _shares_before(plan: Plan, day_ms: int) -> list[float]:
    """The share of a day's activity before each of its hours, and 1 at last."""
    hours = range(day_ms, day_ms + DAY_MS, HOUR_MS)
    passed = list(accumulate((intensity(ms, plan.clock_zone) for ms in hours), initial=0.0))
    return [share / passed[-1] for share in passed]


def _checkin(scene: Scene, deed: Deed, day: int, length: float, score: float) -> Checkin:
    """The report of the day's task, by somebody who may have come after the course began."""
    course, course_day = divmod(day, COURSE_DAYS)
    days_here = (scene.day_ms - scene.crowd.stays[deed.stay].join_ms) // DAY_MS
    return Checkin(
        **scene.envelope(EventType.CHECKIN, deed),
        task_id=scene.stamp.name("task", day),
        course_id=scene.stamp.name("course", course),
        progress=round((min(course_day, days_here) + 1) / COURSE_DAYS, 2),
        text_len=20 + int(length * 400),
        score=LEAST_SCORE + int(score * (101 - LEAST_SCORE)),
        points_delta=POINTS,
    )
