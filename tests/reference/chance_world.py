"""What communities by chance are made of: when, who, where, and what is said of it."""

from __future__ import annotations

from typing import Any

from tests.reference.community import DAY, HOUR, MINUTE, at

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
