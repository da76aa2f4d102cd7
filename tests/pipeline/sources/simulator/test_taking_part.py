"""Activities, tasks and tags: one follows from another."""

from collections import Counter, defaultdict

from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.rhythm import DAY_MS, HOUR_MS
from schemas.event import Event
from schemas.participation import Activity, ActivityAction, Checkin
from schemas.segment import Tag, TagAction, TagSource

STEPS = (
    ActivityAction.SIGNUP,
    ActivityAction.ATTEND,
    ActivityAction.COMPLETE,
    ActivityAction.WIN,
)


def test_each_step_of_an_activity_has_the_one_before(history: list[Event]) -> None:
    parts: dict[tuple[str, str], list[Activity]] = defaultdict(list)
    for event in history:
        if isinstance(event, Activity):
            parts[event.activity_id, event.user_id].append(event)
    for steps in parts.values():
        assert tuple(step.action for step in steps) == STEPS[: len(steps)]
    assert max(map(len, parts.values())) == len(STEPS)


def test_each_group_has_an_activity_a_week(plan: Plan, history: list[Event]) -> None:
    held = {
        (event.group_id, event.activity_id)
        for event in history
        if isinstance(event, Activity) and event.action is ActivityAction.ATTEND
    }
    weeks = Counter(group_id for group_id, _ in held)
    assert set(weeks) == {plan.group_id(group) for group in range(plan.groups)}
    assert max(weeks.values()) <= 3


def test_an_activity_is_over_in_two_hours(history: list[Event]) -> None:
    times: dict[str, list[int]] = defaultdict(list)
    for event in history:
        if isinstance(event, Activity) and event.action is not ActivityAction.SIGNUP:
            times[event.activity_id].append(event.event_time)
    assert all(max(held) - min(held) < 2 * HOUR_MS for held in times.values())


def test_a_task_is_reported_once_and_on_its_day(plan: Plan, history: list[Event]) -> None:
    reports = [event for event in history if isinstance(event, Checkin)]
    assert len({(event.task_id, event.user_id) for event in reports}) == len(reports)
    for event in reports:
        day = (event.event_time - plan.origin_ms) // DAY_MS
        assert event.task_id == f"{event.group_id}-task-{day}"
        assert 60 <= event.score <= 100


def test_learners_get_on_with_their_course(history: list[Event]) -> None:
    last: dict[tuple[str, str | None], float] = {}
    for event in history:
        if isinstance(event, Checkin):
            key = (event.user_id, event.course_id)
            assert last.get(key, 0.0) < event.progress <= 1
            last[key] = event.progress


def test_only_a_tag_that_was_put_on_is_taken_off(history: list[Event]) -> None:
    put_on = set()
    for event in history:
        if isinstance(event, Tag):
            assert event.action is TagAction.ADD or (event.user_id, event.tag_id) in put_on
            assert (event.staff_id is not None) is (event.tag_source is TagSource.MANUAL)
            put_on.add((event.user_id, event.tag_id))
