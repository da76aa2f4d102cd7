"""Conversations have a beginning, an answer and an end; feedback has its marks."""

from collections import defaultdict

from schemas.envelope import ActorRole
from schemas.event import Event
from schemas.event_type import EventType
from schemas.service import (
    ActionKind,
    Feedback,
    FeedbackKind,
    Session,
    SessionAction,
    StaffAction,
)


def conversations(history: list[Event]) -> list[list[Session]]:
    steps: dict[str, list[Session]] = defaultdict(list)
    for event in history:
        if isinstance(event, Session):
            steps[event.session_id].append(event)
    return list(steps.values())


def test_a_conversation_is_opened_replied_and_ended_for_one_person(history: list[Event]) -> None:
    ends = {SessionAction.RESOLVED, SessionAction.CLOSED, SessionAction.TRANSFERRED}
    assert ends <= {steps[-1].action for steps in conversations(history)}
    for steps in conversations(history):
        actions = [step.action for step in steps]
        assert actions[:2] in (
            [SessionAction.OPENED],
            [SessionAction.OPENED, SessionAction.REPLIED],
        )
        assert len(actions) <= 3
        assert set(actions[2:]) <= ends
        assert len({(step.user_id, step.group_id, step.session_kind) for step in steps}) == 1


def test_staff_are_named_where_they_work(history: list[Event]) -> None:
    for steps in conversations(history):
        for step in steps:
            works = step.action is not SessionAction.OPENED
            assert (step.staff_id is not None) is works
            assert step.actor_role is (ActorRole.STAFF if works else ActorRole.MEMBER)


def test_the_work_on_it_is_told_when_it_ends(history: list[Event]) -> None:
    for steps in conversations(history):
        if steps[-1].action in {SessionAction.RESOLVED, SessionAction.CLOSED}:
            took_ms = steps[-1].event_time - steps[0].event_time
            assert steps[-1].handle_seconds == took_ms // 1000 > 0


def test_reviews_have_one_to_five_stars_and_nothing_else_has(history: list[Event]) -> None:
    feedback = [event for event in history if isinstance(event, Feedback)]
    assert {event.feedback_kind for event in feedback} == {
        FeedbackKind.REVIEW,
        FeedbackKind.SURVEY,
        FeedbackKind.COMPLAINT,
    }
    for event in feedback:
        is_review = event.feedback_kind is FeedbackKind.REVIEW
        assert (event.rating in range(1, 6)) is is_review
        assert (event.answer is not None) is (event.feedback_kind is FeedbackKind.SURVEY)


def test_staff_do_their_work_in_their_own_name(history: list[Event]) -> None:
    members = {event.user_id for event in history if event.event_type is EventType.JOIN}
    work = [event for event in history if isinstance(event, StaffAction)]
    assert len({event.action_kind for event in work}) == 5
    for event in work:
        assert event.actor_role is ActorRole.STAFF
        assert event.staff_id == event.user_id
        assert event.target_user_id is None or event.target_user_id in members
        assert (event.coupon_id is not None) is (event.action_kind is ActionKind.COUPON_ISSUE)
