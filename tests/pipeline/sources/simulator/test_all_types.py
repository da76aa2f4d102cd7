"""All types together: who was there, how much it is, and that the first five are as ever."""

from collections import Counter, defaultdict
from hashlib import sha256

from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.membership import WEEK_MS
from schemas.acquisition import Contact, Delivery
from schemas.content import Publish, Reaction, View
from schemas.event import Event, to_wire
from schemas.event_type import EventType
from schemas.membership import Join, Leave
from schemas.participation import Activity, Checkin
from schemas.segment import Tag
from schemas.service import Feedback, Session, StaffAction

FIRST_FIVE = {
    EventType.CHAT,
    EventType.JOIN,
    EventType.LEAVE,
    EventType.ORDER,
    EventType.REFUND,
}
UNCHANGED = "790d168e975687fc51c03a74d96149b4ae520a71610158a815e479f922f57298"
"""SHA-256 over `to_wire(event) + b"\\n"` of `history`, of the code before it made other types."""


def test_the_first_five_types_are_as_they_were(history: list[Event]) -> None:
    lines = b"".join(to_wire(e) + b"\n" for e in history if e.event_type in FIRST_FIVE)
    assert sha256(lines).hexdigest() == UNCHANGED


def test_a_fortnight_has_all_types(plan: Plan, history: list[Event]) -> None:
    until_ms = plan.origin_ms + 2 * WEEK_MS
    kinds = {event.event_type for event in history if event.event_time < until_ms}
    assert kinds == set(EventType) - {EventType.HEARTBEAT}


def test_a_group_of_twenty_has_most_types_in_three_weeks(plan: Plan, history: list[Event]) -> None:
    smallest = plan.group_id(0)
    kinds = {event.event_type for event in history if event.group_id == smallest}
    assert len(kinds - FIRST_FIVE) >= 10


def test_the_others_are_far_fewer_than_the_chats(plan: Plan, history: list[Event]) -> None:
    since_ms = plan.origin_ms + WEEK_MS
    kinds = Counter(event.event_type for event in history if event.event_time >= since_ms)
    others = sum(n for kind, n in kinds.items() if kind not in FIRST_FIVE)
    assert others < 0.7 * kinds[EventType.CHAT]


def test_whoever_does_something_is_in_the_group(history: list[Event]) -> None:
    inside: dict[str, bool] = defaultdict(bool)
    by_persons = (
        Publish | View | Reaction | Delivery | Contact | Activity | Checkin | Session | Feedback
    )
    for event in history:
        person = f"{event.group_id}/{event.user_id}"
        if isinstance(event, Join | Leave):
            inside[person] = isinstance(event, Join)
        elif isinstance(event, by_persons | StaffAction | Tag) and event.user_id is not None:
            assert inside[person]
