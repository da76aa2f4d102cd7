"""Communities by chance: few people, groups and objects, so that all of it meets in every way."""

from __future__ import annotations

import random
from typing import Any

from pipeline.catalog.terms import Terms
from tests.reference.chance_fields import FIELDS, WEIGHTS
from tests.reference.chance_world import (
    CAMPAIGNS,
    CHANNELS,
    CONTENTS,
    DIMS,
    GROUPS,
    SPAN_DAYS,
    STAFF,
    START,
    USERS,
)
from tests.reference.community import DAY, HOUR, MINUTE, Community, Event, event

TERMS = Terms(zombie_days=10, dormant_days=3, new_days=2, variant_min_sample=2)
"""Days short enough for what lies in the six weeks."""


def community(seed: int, size: int = 160) -> Community:
    """A community of `size` events, always the same of one seed."""
    chance = random.Random(seed)
    events = [_event(chance) for _ in range(size)]
    for number in range(size // 10):
        events += _conversation(chance, f"talk{number}")
        events += _wages(chance) if number % 5 == 0 else []
    for number in range(size // 8):
        events += _invitation(chance, f"iv{number}")
        events += _push(chance, f"pu{number}")
        events += _offer(chance, f"of{number}")
        events += _reading(chance)
    return Community(events, DIMS, TERMS)


def _event(r: random.Random) -> Event:
    kind = r.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    fields = FIELDS[kind](r) if kind in FIELDS else {}
    role = r.choices(("member", "staff", "bot"), (12, 2, 1))[0]
    common: dict[str, Any] = {
        "actor_role": role,
        "channel_id": r.choice(CHANNELS),
        "campaign_id": r.choice(CAMPAIGNS),
        "source_seq": r.choice((0, 0, 0, 1)),
    }
    group = r.choice(GROUPS)
    if kind not in ("join", "leave", "chat") and r.random() < 0.2:
        group = ""
    user = r.choice(STAFF if role == "staff" else USERS)
    return event(kind, _moment(r), group, user, **{**common, **fields})


def _conversation(r: random.Random, session_id: str) -> list[Event]:
    """A person asks; staff reply, solve and close, or do not; some of it may come too late."""
    user, group, day = r.choice(USERS), r.choice((*GROUPS, "")), r.choice((5, 6, r.randrange(20)))
    when = START + day * DAY + r.randrange(24) * HOUR
    kind = r.choice(("inquiry", "question", "after_sales", "issue"))
    events = []
    for action in ("opened", "replied", "replied", "resolved", "closed"):
        fields = {
            **FIELDS["session"](r),
            "session_id": session_id,
            "session_kind": kind,
            "action": action,
        }
        if action == "opened" or r.random() < 0.7:
            fields["staff_id"] = "" if action == "opened" else r.choice(STAFF)
            fields["actor_role"] = "member" if action == "opened" else "staff"
            events.append(event("session", when, group, user, **fields))
        when += r.choice((MINUTE, 5 * MINUTE, HOUR, 9 * HOUR, 8 * DAY))
    if r.random() < 0.4:
        complaint = {
            **FIELDS["feedback"](r),
            "feedback_kind": "complaint",
            "staff_id": r.choice(STAFF),
        }
        events.append(event("feedback", when, group, user, **complaint))
    return events


def _wages(r: random.Random) -> list[Event]:
    """Labour of some days, told at another time."""
    begin = START + r.randrange(SPAN_DAYS) * DAY
    fields = {
        **FIELDS["spend"](r),
        "cost_kind": "labour",
        "period_start_ms": begin,
        "period_end_ms": begin + r.choice((1, 10, 31)) * DAY,
    }
    return [event("spend", _moment(r), r.choice((*GROUPS, "")), "", **fields)]


def _invitation(r: random.Random, invite_id: str) -> list[Event]:
    """An invitation on its way: each step may be skipped, come early or too late."""
    when = START + r.choice((5, 6, r.randrange(30))) * DAY + r.randrange(24) * HOUR
    group, user, inviter = r.choice(GROUPS), r.choice(USERS), r.choice((*USERS, *STAFF))
    role = "staff" if inviter in STAFF else "member"
    origin = {"channel_id": r.choice(CHANNELS), "campaign_id": r.choice(CAMPAIGNS)}
    said = {**FIELDS["invite"](r), **origin, "invite_id": invite_id, "inviter_id": inviter}
    events = []
    for action in ("sent", "clicked", "applied", r.choice(("approved", "approved", "rejected"))):
        if action == "sent" or r.random() < 0.8:
            told = {**said, "action": action, "actor_role": role}
            events.append(event("invite", when, group, user, **told))
        when += r.choice((-MINUTE, MINUTE, HOUR, DAY, 7 * DAY))
    if r.random() < 0.7:
        came = {**FIELDS["join"](r), **origin, "invite_id": invite_id, "join_method": "invite"}
        invited = {"inviter_id": inviter, "inviter_role": role}
        events.append(event("join", when, group, user, **{**came, **invited}))
    return events


def _push(r: random.Random, push_id: str) -> list[Event]:
    """A push that is delivered and read, or not, and perhaps answered."""
    when = START + r.choice((5, 6, r.randrange(30))) * DAY + r.randrange(24) * HOUR
    group, user = r.choice((*GROUPS, "")), r.choice(USERS)
    kind = r.choice(("private", "welcome", "welcome", "survey"))
    content = {"content_id": r.choice(("sv1", "sv2"))} if kind == "survey" else {}
    said = {**FIELDS["delivery"](r), **content, "push_id": push_id, "push_kind": kind}
    said |= {"actor_role": "system", "campaign_id": r.choice(CAMPAIGNS)}
    events = [event("delivery", when, group, user, **{**said, "action": "sent"})]
    for action in ("delivered", "read"):
        when += r.choice((1, MINUTE, 9 * HOUR))
        if r.random() < 0.7:
            events.append(event("delivery", when, group, user, **{**said, "action": action}))
    when += r.choice((MINUTE, 9 * HOUR, DAY))
    if r.random() < 0.5:
        events.append(event("chat", when, group or "a", user, **FIELDS["chat"](r)))
    return events


def _offer(r: random.Random, order_id: str) -> list[Event]:
    """A coupon that is given, and used in time, too late, or not at all."""
    when = START + r.choice((5, 6, r.randrange(30))) * DAY + r.randrange(24) * HOUR
    group, user, coupon = r.choice((*GROUPS, "")), r.choice(USERS), r.choice(("cp1", "cp2"))
    given = {**FIELDS["staff_action"](r), "action_kind": "coupon_issue", "coupon_id": coupon}
    given |= {"target_user_id": user, "campaign_id": r.choice(CAMPAIGNS)}
    events = [event("staff_action", when, group, r.choice(STAFF), **given)]
    when += r.choice((MINUTE, DAY, 7 * DAY, 8 * DAY))
    if r.random() < 0.6:
        bought = {**FIELDS["order"](r), "order_id": order_id, "status": "paid", "coupon_id": coupon}
        events.append(event("order", when, group, user, **bought))
    return events


def _reading(r: random.Random) -> list[Event]:
    """A piece of content that people see, read, like, pass on and act upon, or do not."""
    when = START + r.choice((5, 6, r.randrange(30))) * DAY + r.randrange(24) * HOUR
    group, item = r.choice((*GROUPS, "")), r.choice(CONTENTS)
    origin = {"channel_id": r.choice(CHANNELS), "campaign_id": r.choice(CAMPAIGNS)}
    written = {**FIELDS["publish"](r), **origin, "content_id": item}
    events = [event("publish", when, group, r.choice(USERS), **written)]
    for user in r.sample(USERS, 3):
        for action in ("impression", r.choice(("read", "click"))):
            when += r.choice((1, MINUTE, 9 * HOUR))
            seen = {**FIELDS["view"](r), **origin, "action": action, "object_id": item}
            events.append(event("view", when, group, user, **seen))
        act = {**FIELDS["reaction"](r), **origin, "target_id": item}
        events.append(event("reaction", when, group, user, **act))
        when += r.choice((MINUTE, DAY, 7 * DAY))
        kind = r.choice(("activity", "order", "chat"))
        events.append(event(kind, when, group or "a", user, **{**FIELDS[kind](r), **origin}))
    return events


def _moment(r: random.Random) -> int:
    day = START + r.randrange(SPAN_DAYS) * DAY
    return day + r.choice((0, 1, HOUR, 9 * HOUR, r.randrange(DAY), r.randrange(24) * HOUR, -MINUTE))
