"""What staff of one group do for members in one hour, and what members say of it all."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TypedDict

from pipeline.sources.simulator.rhythm import DAY_MS
from pipeline.sources.simulator.scene import Deed, Scene
from pipeline.sources.simulator.shopping import GOODS, product_id
from schemas.chat import Sentiment
from schemas.event_type import EventType
from schemas.service import ActionKind, Feedback, FeedbackKind, StaffAction

FEEDBACK_A_DAY = 0.004
FEEDBACK_KINDS = (FeedbackKind.REVIEW, FeedbackKind.SURVEY, FeedbackKind.COMPLAINT)
FEEDBACK_SHARES = (50, 35, 15)
RATINGS = (1, 2, 3, 4, 5)
RATING_SHARES = (4, 5, 14, 35, 42)
SURVEY_QUESTIONS = ("sim-question-1", "sim-question-2", "sim-question-3")
ANSWERS = ("a", "b", "c", "d")

ACTIONS_A_DAY = 4.0
"""How much of the work of one member of staff is told of."""
ACTION_KINDS = (
    ActionKind.FOLLOW_UP,
    ActionKind.TASK_DONE,
    ActionKind.PRAISE,
    ActionKind.COUPON_ISSUE,
    ActionKind.PRODUCT_INTRO,
)
ACTION_SHARES = (35, 20, 20, 13, 12)
COUPONS = ("sim-coupon-5", "sim-coupon-10")
PRAISE_POINTS = 5


class _Said(TypedDict, total=False):
    """What one kind of feedback tells beside its kind."""

    rating: int
    sentiment: Sentiment
    survey_id: str
    question_id: str
    answer: str
    ref_kind: str
    ref_id: str


class _Done(TypedDict, total=False):
    """What one kind of work tells beside its kind."""

    calendar_item_id: str
    target_user_id: str
    product_id: str
    coupon_id: str
    points_delta: int


def caring_of_hour(scene: Scene) -> Iterator[Feedback | StaffAction]:
    """Feedback given and work done in the hour."""
    for deed, draw in scene.by_members("feedback", FEEDBACK_A_DAY):
        (kind,) = draw.choices(FEEDBACK_KINDS, FEEDBACK_SHARES)
        yield Feedback(
            **scene.envelope(EventType.FEEDBACK, deed),
            feedback_id=scene.stamp.name(f"feedback-{scene.hour}", deed.number),
            feedback_kind=kind,
            **_said(scene, kind, draw),
        )
    for deed, draw in scene.by_staff("staff action", ACTIONS_A_DAY):
        (work,) = draw.choices(ACTION_KINDS, ACTION_SHARES)
        envelope = scene.envelope(EventType.STAFF_ACTION, deed)
        yield StaffAction(
            **envelope,
            staff_id=envelope["user_id"],
            action_kind=work,
            duration_seconds=30 + draw.randrange(600),
            **_done(scene, deed, work, draw),
        )


def _said(scene: Scene, kind: FeedbackKind, draw: Random) -> _Said:
    good = product_id(draw.randrange(GOODS))
    (rating,) = draw.choices(RATINGS, RATING_SHARES)
    question, answer = draw.choice(SURVEY_QUESTIONS), draw.choice(ANSWERS)
    match kind:
        case FeedbackKind.REVIEW:
            mood = _mood(rating)
            return _Said(rating=rating, sentiment=mood, ref_kind="product", ref_id=good)
        case FeedbackKind.SURVEY:
            week = (scene.hour_ms - scene.stamp.plan.origin_ms) // (7 * DAY_MS)
            survey_id = scene.stamp.name("survey", week)
            return _Said(survey_id=survey_id, question_id=question, answer=answer)
        case _:
            return _Said(sentiment=Sentiment.NEGATIVE, ref_kind="product", ref_id=good)


def _mood(rating: int) -> Sentiment:
    if rating == 3:
        return Sentiment.NEUTRAL
    return Sentiment.POSITIVE if rating > 3 else Sentiment.NEGATIVE


def _done(scene: Scene, deed: Deed, work: ActionKind, draw: Random) -> _Done:
    """For a member, unless it is a task of the calendar or nobody is there yet."""
    picked, good, coupon = draw.random(), product_id(draw.randrange(GOODS)), draw.choice(COUPONS)
    if work is ActionKind.TASK_DONE:
        return _Done(calendar_item_id=scene.stamp.name(f"task-{scene.hour}", deed.number))
    done = _Done()
    stay = int(scene.members[int(picked * scene.members.size)]) if scene.members.size else None
    if stay is not None and scene.is_there(stay, deed.ms):
        done["target_user_id"] = scene.crowd.user_ids[stay]
    match work:
        case ActionKind.PRAISE:
            done["points_delta"] = PRAISE_POINTS
        case ActionKind.COUPON_ISSUE:
            done["coupon_id"] = coupon
        case ActionKind.PRODUCT_INTRO:
            done["product_id"] = good
    return done
