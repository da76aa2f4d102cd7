"""An event: any of the types, read from bytes and written to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from schemas.acquisition import Contact, Delivery, Invite, Spend
from schemas.chat import Chat
from schemas.commerce import Order, Refund
from schemas.content import Publish, Reaction, View
from schemas.event_type import EventType
from schemas.exact_json import Unreadable, read_object
from schemas.fields import Id
from schemas.heartbeat import Heartbeat
from schemas.membership import Join, Leave
from schemas.participation import Activity, Checkin
from schemas.rejection import Reason, Rejection
from schemas.segment import Tag
from schemas.service import Feedback, Session, StaffAction
from schemas.shape import Value, shapes_of

Event = (
    Chat
    | Join
    | Leave
    | Order
    | Refund
    | View
    | Reaction
    | Publish
    | Invite
    | Delivery
    | Contact
    | Spend
    | Activity
    | Checkin
    | Session
    | Feedback
    | StaffAction
    | Tag
    | Heartbeat
)
"""One of the models, told apart by `event_type`."""

MODELS: Mapping[EventType, type[Event]] = MappingProxyType(
    {
        EventType.CHAT: Chat,
        EventType.JOIN: Join,
        EventType.LEAVE: Leave,
        EventType.ORDER: Order,
        EventType.REFUND: Refund,
        EventType.VIEW: View,
        EventType.REACTION: Reaction,
        EventType.PUBLISH: Publish,
        EventType.INVITE: Invite,
        EventType.DELIVERY: Delivery,
        EventType.CONTACT: Contact,
        EventType.SPEND: Spend,
        EventType.ACTIVITY: Activity,
        EventType.CHECKIN: Checkin,
        EventType.SESSION: Session,
        EventType.FEEDBACK: Feedback,
        EventType.STAFF_ACTION: StaffAction,
        EventType.TAG: Tag,
        EventType.HEARTBEAT: Heartbeat,
    }
)

PERSON_FIELDS: Mapping[EventType, tuple[str, ...]] = MappingProxyType(
    {
        event_type: tuple(
            shape.name
            for shape in shapes_of(model)
            if isinstance(shape, Value) and shape.kind.person
        )
        for event_type, model in MODELS.items()
    }
)
"""Fields that hold the id of a person, or several: pseudonyms by the time they are in the log."""

_REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "missing": Reason.MISSING_FIELD,
        "extra_forbidden": Reason.UNKNOWN_FIELD,
        "id_too_long": Reason.ID_TOO_LONG,
        "negative_amount": Reason.NEGATIVE_AMOUNT,
    }
)

_SOURCE = TypeAdapter[str](Id)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}", re.ASCII)


def parse(value: bytes) -> Event | Rejection:
    """The event in `value`, judged by the contract alone, wherever it comes from. Never raises."""
    try:
        fields = read_object(value)
    except Unreadable as error:
        return Rejection(error.reason, error.detail, value)
    source = claimed_source(fields)
    if "event_type" not in fields:
        return Rejection(Reason.MISSING_FIELD, "event_type: missing", value, source=source)
    name = fields["event_type"]
    if not isinstance(name, str):
        return Rejection(Reason.WRONG_TYPE, "event_type: not a string", value, source=source)
    try:
        event_type = EventType(name)
    except ValueError:
        detail = "event_type: none of ours"
        return Rejection(Reason.UNKNOWN_EVENT_TYPE, detail, value, source=source)
    try:
        return MODELS[event_type].model_validate(fields)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        reason = _REASONS.get(fault["type"], Reason.WRONG_TYPE)
        return Rejection(reason, _detail(fault), value, event_type=event_type, source=source)


def claimed_source(fields: Mapping[str, object]) -> str:
    """The name a record gives its source, '' if it gives none that could be right."""
    try:
        return _SOURCE.validate_python(fields.get("source"))
    except ValidationError:
        return ""


def _detail(fault: ErrorDetails) -> str:
    """Place and fault in words; a key of the record itself is named only if it looks like one."""
    path = [
        step if isinstance(step, int) or _NAME.fullmatch(step) else "?" for step in fault["loc"]
    ]
    place = ".".join(map(str, path))
    return f"{place}: {fault['msg']}"[:200] if place else fault["msg"]


def to_wire(event: Event) -> bytes:
    """The canonical JSON of `event`: what every source writes to the log.

    One line, `event_type` first, then the fields that are not at their default in the order of
    the model; times are epoch milliseconds, money is a string with two decimal places.
    """
    fields = event.model_dump_json(exclude_defaults=True)
    return f'{{"event_type":"{event.event_type}",{fields[1:]}'.encode()
