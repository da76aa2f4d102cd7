"""The fields of an event by chance, for each type."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from tests.reference.chance_world import (
    CONTENTS,
    PRODUCTS,
    SPAN_DAYS,
    STAFF,
    START,
    TOPICS,
    USERS,
)
from tests.reference.community import DAY

_METHODS = ("qr", "invite", "link", "transfer", "import")


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


FIELDS = {
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
WEIGHTS = dict.fromkeys(FIELDS, 3) | {
    "join": 12,
    "leave": 4,
    "chat": 16,
    "order": 9,
    "session": 6,
}
