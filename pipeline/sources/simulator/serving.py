"""The service conversations that members of one group open in one hour.

Most are answered within minutes and settled, a few handed on; what comes to no answer stays open.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from pipeline.sources.simulator.scene import Deed, Scene
from schemas.envelope import ActorRole
from schemas.event_type import EventType
from schemas.service import Session, SessionAction, SessionKind

SESSIONS_A_DAY = 0.006
KINDS = (
    SessionKind.INQUIRY,
    SessionKind.QUESTION,
    SessionKind.AFTER_SALES,
    SessionKind.ISSUE,
)
KIND_SHARES = (40, 30, 20, 10)
REPLIED = 0.95
ENDS = (SessionAction.RESOLVED, SessionAction.CLOSED, SessionAction.TRANSFERRED)
END_SHARES = (72, 20, 8)
REPLY_MS = 20 * 60_000
END_MS = 35 * 60_000
"""Each comes within this time of the step before: together within the hour after."""
COMPLETE = 0.85
"""Share of the replies that answer in full."""
NEXT_STAGE = "sim-second-line"


class Step(NamedTuple):
    """A step of a conversation, and when it is taken."""

    action: SessionAction
    ms: int


def serving_of_hour(scene: Scene) -> Iterator[Session]:
    """Conversations opened in the hour, over within the next one, while the member is there."""
    for deed, draw in scene.by_members("session", SESSIONS_A_DAY):
        (kind,) = draw.choices(KINDS, KIND_SHARES)
        complete = draw.random() < COMPLETE
        for step in _steps(deed.ms, draw):
            if scene.is_there(deed.stay, step.ms):
                yield _session(scene, deed, step, kind, complete=complete)


def _steps(opened_ms: int, draw: Random) -> Iterator[Step]:
    is_replied, (end,) = draw.random() < REPLIED, draw.choices(ENDS, END_SHARES)
    replied_ms = opened_ms + draw.randrange(20_000, REPLY_MS)
    ended_ms = replied_ms + draw.randrange(60_000, END_MS)
    yield Step(SessionAction.OPENED, opened_ms)
    if is_replied:
        yield Step(SessionAction.REPLIED, replied_ms)
        yield Step(end, ended_ms)


def _session(scene: Scene, deed: Deed, step: Step, kind: SessionKind, *, complete: bool) -> Session:
    """A step; all but the first are the work of whoever is in charge of the member."""
    opens = step.action is SessionAction.OPENED
    ends = step.action in {SessionAction.RESOLVED, SessionAction.CLOSED}
    staff_id = scene.in_charge_of(deed.stay)
    return Session(
        **scene.envelope(
            EventType.SESSION,
            deed,
            step=step.action,
            at_ms=step.ms,
            role=ActorRole.MEMBER if opens else ActorRole.STAFF,
        ),
        session_id=scene.stamp.name(f"session-{scene.hour}", deed.number),
        action=step.action,
        session_kind=kind,
        handle_seconds=(step.ms - deed.ms) // 1000 if ends else 0,
        is_complete=complete if step.action is SessionAction.REPLIED else None,
        to_stage=NEXT_STAGE if step.action is SessionAction.TRANSFERRED else None,
        staff_id=None if opens else staff_id,
    )
