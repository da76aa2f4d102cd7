"""Communities by chance: few people, groups and objects, so that all of it meets in every way."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from pipeline.catalog.terms import Terms
from tests.reference.community import DAY, HOUR, MINUTE, Community, Event, at, event

START = at("2025-01-20")
"""A Monday's midnight in the zone; events lie in the six weeks from it on, New Year of February
and the end of a month among them."""

SPAN_DAYS = 42
USERS = ("u1", "u2", "u3", "u4", "u5", "u6")
GROUPS = ("a", "b", "c")
CHANNELS = ("", "moments", "kol1")
CAMPAIGNS = ("", "spring", "camp")
STAFF = ("s1", "s2")
TOPICS = ("", "t1", "t2")
CONTENTS = ("p1", "p2", "p3")
PRODUCTS = (("x", "books", "North", 10), ("y", "books", "South", 20), ("z", "tea", "North", 30))

_METHODS = ("qr", "invite", "link", "transfer", "import")

DIMS: dict[str, list[dict[str, Any]]] = {
    "dim_group": [
        {"group_id": group, "community_type": kind, "created_ms": START + since * DAY}
        | {"dissolved_ms": until and START + until * DAY}
        for group, kind, since, until in (
            ("a", "service", 0, 0),
            ("b", "content", 9, 0),
            ("d", "service", 3, 12),
        )
    ],
    "dim_staff": [{"staff_id": "s1", "role": "service"}, {"staff_id": "s2", "role": "sales"}],
    "dim_tag": [{"tag_id": "vip", "name": "VIP"}, {"tag_id": "quiet", "name": "Quiet"}],
    "dim_member_profile": [
        {"user_id": user, "attribute": attribute, "value": value}
        for user, attribute, value in (
            ("u1", "job_content", "teacher"),
            ("u1", "working_hours", "9-17"),
            ("u1", "shoe_size", "43"),
            ("u2", "job_content", "nurse"),
            ("u2", "career_need", ""),
            ("u3", "job_content", "teacher"),
        )
    ],
    "dim_topic": [
        {"topic_id": "t1", "topic_type": "universal", "mode": "formal"},
        {"topic_id": "t2", "topic_type": "professional", "mode": "random"},
        {"topic_id": "t3", "topic_type": "professional", "mode": "formal"},
    ],
    "dim_activity": [
        {
            **{"activity_id": f"act{number}", "kind": kind, "mode": mode, "group_id": group},
            **{"campaign_id": "spring", "planned_ms": START + days * DAY},
            **{"start_ms": START + days * DAY + late, "end_ms": START + (days + 2) * DAY},
        }
        for number, kind, mode, group, days, late in (
            (1, "qa", "online", "a", 9, 0),
            (2, "fission", "offline", "b", 16, HOUR),
            (3, "qa", "online", "a", 30, 30 * MINUTE),
        )
    ],
    "dim_member_role": [
        {
            **{"user_id": user, "group_id": group, "role": role},
            **{"valid_from_ms": START + since * DAY, "valid_to_ms": until and START + until * DAY},
        }
        for user, group, role, since, until in (
            ("u1", "a", "kol", 0, 0),
            ("u2", "a", "kol", 5, 12),
            ("u2", "b", "koc", 0, 20),
            ("u3", "b", "atmosphere", 8, 0),
            ("u4", "a", "captain", 0, 0),
            ("u5", "c", "duty", 0, 15),
        )
    ],
    "dim_team": [
        {"team_id": "tm1", "group_id": "a", "leader_user_id": "u4"},
        {"team_id": "tm2", "group_id": "a", "leader_user_id": ""},
        {"team_id": "tm3", "group_id": "b", "leader_user_id": "u2"},
    ],
    "ops_calendar": [
        {
            **{"item_id": item, "topic_id": topic, "kind": kind, "node": item},
            **{"planned_ms": START + days * DAY, "due_ms": START + (days + 1) * DAY},
            **{"owner_staff_id": owner, "done_ms": done and START + days * DAY + HOUR},
            **{"group_id": group, "campaign_id": campaign},
        }
        for item, group, campaign, owner, topic, kind, days, done in (
            ("it1", "a", "", "s1", "t1", "topic", 8, 0),
            ("it2", "a", "", "s1", "t1", "topic", 9, 1),
            ("it3", "a", "", "s1", "", "duty", 10, 0),
            ("it4", "a", "", "s1", "", "duty", 16, 0),
            ("it5", "a", "", "s1", "t2", "topic", 12, 0),
            ("it6", "a", "spring", "s1", "", "task", 5, 0),
            ("it7", "b", "camp", "s2", "", "task", 5, 1),
            ("it8", "", "spring", "s2", "", "task", 20, 1),
            ("it9", "c", "", "", "", "task", 25, 0),
        )
    ],
    "dim_channel": [
        {"channel_id": "moments", "kind": "moments"},
        {"channel_id": "kol1", "kind": "kol"},
    ],
    "dim_content": [
        {"content_id": "p1", "kind": "article", "is_brand": True},
        {"content_id": "p2", "kind": "video", "is_brand": False},
    ],
    "dim_coupon": [
        {"coupon_id": "cp1", "kind": "newcomer"},
        {"coupon_id": "cp2", "kind": "discount"},
    ],
    "dim_course": [
        {"course_id": "co1", "opening_ms": START + 3 * DAY, "campaign_id": "camp"},
        {"course_id": "co2", "opening_ms": START + 20 * DAY, "campaign_id": "spring"},
    ],
    "dim_task": [
        {"task_id": task, "course_id": course}
        | {"release_ms": START + release * DAY, "due_ms": due and START + due * DAY}
        for task, course, release, due in (
            ("k1", "co1", 3, 9),
            ("k2", "co1", 8, 0),
            ("k3", "co2", 21, 22),
        )
    ],
    "dim_campaign": [
        {
            **{"campaign_id": campaign, "kind": kind, "group_ids": groups},
            **{"start_ms": START, "end_ms": START + end * DAY},
            "paid_launch_ms": START + launch * DAY,
        }
        for campaign, kind, groups, end, launch in (
            ("spring", "presale", ["a", "b"], 30, 5),
            ("camp", "", ["c"], 60, 6),
        )
    ],
}

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
    kind = r.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    fields = _FIELDS[kind](r) if kind in _FIELDS else {}
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
        fields = {**_session(r), "session_id": session_id, "session_kind": kind, "action": action}
        if action == "opened" or r.random() < 0.7:
            fields["staff_id"] = "" if action == "opened" else r.choice(STAFF)
            fields["actor_role"] = "member" if action == "opened" else "staff"
            events.append(event("session", when, group, user, **fields))
        when += r.choice((MINUTE, 5 * MINUTE, HOUR, 9 * HOUR, 8 * DAY))
    if r.random() < 0.4:
        complaint = {**_feedback(r), "feedback_kind": "complaint", "staff_id": r.choice(STAFF)}
        events.append(event("feedback", when, group, user, **complaint))
    return events


def _wages(r: random.Random) -> list[Event]:
    """Labour of some days, told at another time."""
    begin = START + r.randrange(SPAN_DAYS) * DAY
    fields = {
        **_spend(r),
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
    said = {**_invite(r), **origin, "invite_id": invite_id, "inviter_id": inviter}
    events = []
    for action in ("sent", "clicked", "applied", r.choice(("approved", "approved", "rejected"))):
        if action == "sent" or r.random() < 0.8:
            told = {**said, "action": action, "actor_role": role}
            events.append(event("invite", when, group, user, **told))
        when += r.choice((-MINUTE, MINUTE, HOUR, DAY, 7 * DAY))
    if r.random() < 0.7:
        came = {**_join(r), **origin, "invite_id": invite_id, "join_method": "invite"}
        invited = {"inviter_id": inviter, "inviter_role": role}
        events.append(event("join", when, group, user, **{**came, **invited}))
    return events


def _push(r: random.Random, push_id: str) -> list[Event]:
    """A push that is delivered and read, or not, and perhaps answered."""
    when = START + r.choice((5, 6, r.randrange(30))) * DAY + r.randrange(24) * HOUR
    group, user = r.choice((*GROUPS, "")), r.choice(USERS)
    kind = r.choice(("private", "welcome", "welcome", "survey"))
    content = {"content_id": r.choice(("sv1", "sv2"))} if kind == "survey" else {}
    said = {**_delivery(r), **content, "push_id": push_id, "push_kind": kind}
    said |= {"actor_role": "system", "campaign_id": r.choice(CAMPAIGNS)}
    events = [event("delivery", when, group, user, **{**said, "action": "sent"})]
    for action in ("delivered", "read"):
        when += r.choice((1, MINUTE, 9 * HOUR))
        if r.random() < 0.7:
            events.append(event("delivery", when, group, user, **{**said, "action": action}))
    when += r.choice((MINUTE, 9 * HOUR, DAY))
    if r.random() < 0.5:
        events.append(event("chat", when, group or "a", user, **_chat(r)))
    return events


def _offer(r: random.Random, order_id: str) -> list[Event]:
    """A coupon that is given, and used in time, too late, or not at all."""
    when = START + r.choice((5, 6, r.randrange(30))) * DAY + r.randrange(24) * HOUR
    group, user, coupon = r.choice((*GROUPS, "")), r.choice(USERS), r.choice(("cp1", "cp2"))
    given = {**_staff_action(r), "action_kind": "coupon_issue", "coupon_id": coupon}
    given |= {"target_user_id": user, "campaign_id": r.choice(CAMPAIGNS)}
    events = [event("staff_action", when, group, r.choice(STAFF), **given)]
    when += r.choice((MINUTE, DAY, 7 * DAY, 8 * DAY))
    if r.random() < 0.6:
        bought = {**_order(r), "order_id": order_id, "status": "paid", "coupon_id": coupon}
        events.append(event("order", when, group, user, **bought))
    return events


def _reading(r: random.Random) -> list[Event]:
    """A piece of content that people see, read, like, pass on and act upon, or do not."""
    when = START + r.choice((5, 6, r.randrange(30))) * DAY + r.randrange(24) * HOUR
    group, item = r.choice((*GROUPS, "")), r.choice(CONTENTS)
    origin = {"channel_id": r.choice(CHANNELS), "campaign_id": r.choice(CAMPAIGNS)}
    written = {**_publish(r), **origin, "content_id": item}
    events = [event("publish", when, group, r.choice(USERS), **written)]
    for user in r.sample(USERS, 3):
        for action in ("impression", r.choice(("read", "click"))):
            when += r.choice((1, MINUTE, 9 * HOUR))
            seen = {**_view(r), **origin, "action": action, "object_id": item}
            events.append(event("view", when, group, user, **seen))
        act = {**_reaction(r), **origin, "target_id": item}
        events.append(event("reaction", when, group, user, **act))
        when += r.choice((MINUTE, DAY, 7 * DAY))
        kind, fields = r.choice((("activity", _activity), ("order", _order), ("chat", _chat)))
        events.append(event(kind, when, group or "a", user, **{**fields(r), **origin}))
    return events


def _moment(r: random.Random) -> int:
    day = START + r.randrange(SPAN_DAYS) * DAY
    return day + r.choice((0, 1, HOUR, 9 * HOUR, r.randrange(DAY), r.randrange(24) * HOUR, -MINUTE))


def _join(r: random.Random) -> dict[str, Any]:
    invited = r.random() < 0.4
    return {
        "join_method": r.choices(("qr", "invite", "link", "transfer", "import"), (4, 4, 3, 1, 1))[
            0
        ],
        "inviter_id": r.choice(USERS) if invited else "",
        "inviter_role": r.choice(("member", "staff")) if invited else "",
        "invite_id": r.choice(("", "i1", "i2", "i3", "i4", "i5")),
        "script_id": r.choice(("", "sc1", "sc2")),
        "from_group_id": r.choice(("", "", "a")),
    }


def _leave(r: random.Random) -> dict[str, Any]:
    return {
        "leave_kind": r.choice(("self", "self", "kicked", "transferred", "dissolved")),
        "reason_code": r.choice(("", "slow_care", "no_value")),
        "operator_id": r.choice(("", *STAFF)),
    }


def _chat(r: random.Random) -> dict[str, Any]:
    return {
        "message_id": f"m{r.randrange(20)}",
        "msg_type": r.choices(("text", "image", "system"), (8, 2, 1))[0],
        "text_len": r.randrange(50),
        "is_question": r.random() < 0.3,
        "topic_id": r.choice(TOPICS),
        "reply_to_message_id": r.choice(("", "", "m1", "m2")),
        "mentions": r.sample(USERS, r.randrange(3)),
        "product_ids": [one[0] for one in r.sample(PRODUCTS, r.choice((0, 0, 1, 2)))],
        "content_id": r.choice(("", "", *CONTENTS)),
        "quality": r.choice(("valid", "noise", "sensitive", "unlabelled")),
        "sentiment": r.choice(("positive", "neutral", "negative", "unknown")),
    }


def _order(r: random.Random) -> dict[str, Any]:
    items = r.sample(PRODUCTS, r.choice((1, 1, 2)))
    counts = [r.choice((1, 1, 2)) for _ in items]
    total = sum(one[3] * n for one, n in zip(items, counts, strict=True))
    term = START + r.randrange(SPAN_DAYS) * DAY if r.random() < 0.3 else 0
    return {
        "order_id": f"o{r.randrange(40)}",
        "status": r.choices(("created", "paid", "cancelled"), (3, 7, 1))[0],
        "currency": "CNY",
        "amount_paid": Decimal(total),
        "order_type": r.choice(("normal", "normal", "presale", "renewal", "upgrade")),
        "coupon_id": r.choice(("", "", "cp1", "cp2")),
        "content_id": r.choice(("", *CONTENTS)),
        "staff_id": r.choice(("", *STAFF)),
        "term_start_ms": max(term - 30 * DAY, 0),
        "term_end_ms": term,
        "item_product_id": [one[0] for one in items],
        "item_category_id": [one[1] for one in items],
        "item_brand": [one[2] for one in items],
        "item_qty": counts,
        "item_unit_price": [Decimal(one[3]) for one in items],
        "item_cost": [Decimal(one[3]) / 2 for one in items],
    }


def _refund(r: random.Random) -> dict[str, Any]:
    return {
        "refund_id": f"r{r.randrange(30)}",
        "order_id": f"o{r.randrange(40)}",
        "currency": "CNY",
        "amount": Decimal(r.choice((5, 10))),
        "cost_reversed": Decimal(r.choice((0, 2))),
    }


def _view(r: random.Random) -> dict[str, Any]:
    kind = r.choice(("page", "content", "product", "poster", "link"))
    return {
        "action": r.choice(("impression", "page_view", "read", "click")),
        "object_kind": kind,
        "object_id": r.choice(("x", "y")) if kind == "product" else r.choice(CONTENTS),
        "visitor_id": r.choice(("", "v1", "v2")),
    }


def _reaction(r: random.Random) -> dict[str, Any]:
    action = r.choice(("like", "forward", "favorite", "comment"))
    return {
        "action": action,
        "target_kind": r.choice(("content", "content", "message", "moments_post")),
        "target_id": r.choice(CONTENTS),
        "dest": r.choice(("moments", "group", "private")) if action == "forward" else "",
    }


def _publish(r: random.Random) -> dict[str, Any]:
    kind = r.choice(
        ("article", "video", "post", "reply", "topic", "digest", "learner_output", "poster")
    )
    return {
        "content_id": r.choice(CONTENTS) if r.random() < 0.7 else f"n{r.randrange(9)}",
        "content_kind": kind,
        "topic_id": r.choice(("t1", "t2", "t3")) if kind == "topic" else r.choice(TOPICS),
        "parent_content_id": r.choice(CONTENTS) if kind == "reply" else "",
        "product_ids": [one[0] for one in r.sample(PRODUCTS, r.choice((0, 0, 1)))],
        "quality": r.choice(("featured", "normal", "low", "unlabelled")),
    }


def _invite(r: random.Random) -> dict[str, Any]:
    return {
        "invite_id": r.choice(("i1", "i2", "i3", "i4", "i5")),
        "action": r.choice(("sent", "sent", "clicked", "applied", "approved", "rejected")),
        "inviter_id": r.choice(USERS),
        "script_id": r.choice(("", "sc1", "sc2")),
        "method": r.choice(("poster", "private")),
        "staff_id": r.choice(("", *STAFF)),
    }


def _delivery(r: random.Random) -> dict[str, Any]:
    return {
        "push_id": r.choice(("d1", "d2", "d3")),
        "action": r.choice(("sent", "sent", "delivered", "read", "failed")),
        "push_kind": r.choice(("group_broadcast", "private", "welcome", "survey")),
        "content_id": r.choice(("", *CONTENTS)),
        "script_id": r.choice(("", "sc1")),
        "staff_id": r.choice(("", *STAFF)),
    }


def _contact(r: random.Random) -> dict[str, Any]:
    kind = r.choice(
        ("wecom_friend", "official_account", "site_account", "phone", "email", "group_notice")
    )
    choices = ("mute", "unmute") if kind == "group_notice" else ("add", "add", "remove")
    return {
        "link_type": kind,
        "action": r.choice(choices),
        "is_lead": r.random() < 0.3,
        "staff_id": r.choice(("", *STAFF)),
    }


def _spend(r: random.Random) -> dict[str, Any]:
    return {
        "spend_id": f"sp{r.randrange(20)}",
        "cost_kind": r.choice(("acquisition", "acquisition", "labour", "alliance_in_kind")),
        "currency": "CNY",
        "amount": Decimal(r.choice((10, 25))),
        "actor_role": "system",
    }


def _activity(r: random.Random) -> dict[str, Any]:
    return {
        "activity_id": r.choice(("act1", "act2", "act3")),
        "action": r.choice(("signup", "signup", "attend", "complete", "win")),
        "points_delta": r.choice((0, 5)),
    }


def _checkin(r: random.Random) -> dict[str, Any]:
    return {
        "task_id": r.choice(("k1", "k2", "k3")),
        "course_id": r.choice(("", "co1")),
        "progress": r.choice((0.0, 0.5, 1.0)),
        "text_len": r.choice((0, 80)),
        "points_delta": r.choice((0, 2, -1)),
    }


def _session(r: random.Random) -> dict[str, Any]:
    action = r.choice(("opened", "opened", "replied", "resolved", "closed", "transferred"))
    return {
        "session_id": f"se{r.randrange(12)}",
        "action": action,
        "session_kind": r.choice(("inquiry", "question", "after_sales", "issue")),
        "staff_id": "" if action == "opened" else r.choice(STAFF),
        "handle_seconds": r.choice((0, 60, 300)) if action == "closed" else 0,
        "is_complete": r.choice((-1, 0, 1)) if action == "replied" else -1,
        "to_stage": "sales" if action == "transferred" else "",
        "actor_role": r.choice(("member", "member", "staff")),
    }


def _feedback(r: random.Random) -> dict[str, Any]:
    kind = r.choice(("review", "complaint", "survey", "course", "suggestion"))
    survey = kind == "survey"
    return {
        "feedback_id": f"f{r.randrange(30)}",
        "feedback_kind": kind,
        "rating": r.randrange(6) if kind in ("review", "course", "survey") else 0,
        "sentiment": r.choice(("positive", "negative", "unknown")),
        "survey_id": r.choice(("sv1", "sv2")) if survey else "",
        "question_id": r.choice(("q1", "applied", "value", "expectation")) if survey else "",
        "answer": r.choice(("yes", "no")) if survey else "",
        "ref_kind": r.choice(("", "product", "course", "content")),
        "ref_id": r.choice(("", "x", "co1", *CONTENTS)),
    }


def _staff_action(r: random.Random) -> dict[str, Any]:
    return {
        "action_kind": r.choice(
            (
                "task_done",
                "follow_up",
                "product_intro",
                "coupon_issue",
                "incentive",
                "praise",
                "approve",
                "kick",
                "mute",
                "sync_meeting",
                "review_done",
            )
        ),
        "calendar_item_id": r.choice(("", "it1", "it2", "it3")),
        "target_user_id": r.choice(USERS),
        "product_id": r.choice(("", "x", "y")),
        "coupon_id": r.choice(("cp1", "cp2")),
        "partner_id": r.choice(("", "pa1")),
        "points_delta": r.choice((0, 3)),
        "staff_id": r.choice(STAFF),
        "actor_role": r.choice(("staff", "staff", "staff", "member")),
    }


def _tag(r: random.Random) -> dict[str, Any]:
    return {
        "tag_id": r.choice(("vip", "quiet")),
        "action": r.choice(("add", "add", "remove")),
        "tag_source": r.choice(("auto", "manual")),
    }


_FIELDS = {
    "join": _join,
    "leave": _leave,
    "chat": _chat,
    "order": _order,
    "refund": _refund,
    "view": _view,
    "reaction": _reaction,
    "publish": _publish,
    "invite": _invite,
    "delivery": _delivery,
    "contact": _contact,
    "spend": _spend,
    "activity": _activity,
    "checkin": _checkin,
    "session": _session,
    "feedback": _feedback,
    "staff_action": _staff_action,
    "tag": _tag,
}
_WEIGHTS = dict.fromkeys(_FIELDS, 3) | {
    "join": 12,
    "leave": 4,
    "chat": 16,
    "order": 9,
    "session": 6,
}
