"""Segments, RFM, tags and profiles by hand: each value counted on paper."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.catalog.terms import Terms
from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.conftest import computing
from tests.reference.community import Community, Event, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH = window_at(Period.MONTH, at("2025-03-03"), SHANGHAI)
LAST_DAY = window_at(Period.DAY, at("2025-03-31"), SHANGHAI)


def join(user: str, group: str = "g", when: str = "2024-12-01 12:00", **fields: object) -> Event:
    return event("join", when, group, user, **{"join_method": "qr", **fields})


def order(number: str, user: str, when: str, amount: int = 10, **fields: object) -> Event:
    said = {"status": "paid", "amount_paid": Decimal(amount), **fields}
    return event("order", when, "g", user, order_id=number, **said)


def chat(user: str, when: str, group: str = "g", **fields: object) -> Event:
    return event("chat", when, group, user, **{"msg_type": "text", **fields})


# At the end of March: ann never bought; bob's last sign is 61 days old, so he sleeps; cat bought on
# the very day that makes her new; dan a moment before, so he is core; eve sleeps by her orders, but
# has liked something; fay has left; gus is of the staff. At its start bob was core, cat had not
# bought yet, dan was no member.
CUSTOMERS = Community(
    [
        *(join(user) for user in ("ann", "bob", "cat", "eve", "fay")),
        join("ann", "h"),
        join("dan", "g", "2025-03-10 12:00"),
        join("gus", actor_role="staff"),
        event("leave", "2025-03-20 12:00", "g", "fay", leave_kind="self"),
        order("o1", "bob", "2025-01-28 12:00"),
        chat("bob", "2025-01-29 12:00"),
        order("o2", "cat", "2025-03-02 00:00"),
        order("o3", "dan", "2025-03-01 23:59"),
        order("o4", "eve", "2025-01-01 12:00"),
        event("reaction", "2025-01-31 00:00", "h", "eve", action="like"),
        order("o5", "fay", "2025-03-15 12:00"),
        order("o6", "gus", "2025-03-15 12:00", actor_role="staff"),
        order("o7", "ann", "2025-04-01 00:00"),
    ],
    {"dim_group": [{"group_id": "g", "community_type": "service", "created_ms": 0}]},
)

AT_THE_END = {"potential": 1, "dormant": 1, "new": 1, "core": 2}
EXPECTED: list[tuple[str, str, dict[str, float]]] = [
    (
        "customer_segment",
        "U",
        {"ann/potential": 1, "bob/dormant": 1, "cat/new": 1, "dan/core": 1, "eve/core": 1},
    ),
    (
        "segment_count",
        "G",
        {**{f"g/{name}": n for name, n in AT_THE_END.items()}, "h/potential": 1},
    ),
    ("segment_count", "O", {f"/{name}": n for name, n in AT_THE_END.items()}),
    ("segment_share", "T", {f"service/{name}": n / 5 for name, n in AT_THE_END.items()}),
    (
        "segment_migration",
        "G",
        {
            "g/potential>potential": 1,
            "g/core>dormant": 1,
            "g/potential>new": 1,
            "g/core>core": 1,
            "h/potential>potential": 1,
        },
    ),
]


@pytest.fixture(scope="module")
def march(shared_store: Store) -> pl.DataFrame:
    return computing(shared_store)(CUSTOMERS, {name for name, _, _ in EXPECTED}, MARCH)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_customers_at_the_end_of_march(
    march: pl.DataFrame, name: str, grain: str, expected: dict[str, float]
) -> None:
    assert values(march, name, grain) == pytest.approx(expected)


# R: a 0 days, b and c 1, d 40, e 300. F: a, c and e 1, d 2, b 3 (a fourth is too long ago).
# M: c 10 - 4 = 6 (the other refund is April's), b 30, d 40, a 100, e 500.
BUYERS = [
    order("a1", "a", "2025-03-31 23:00", 100),
    order("b1", "b", "2025-03-30 12:00"),
    order("b2", "b", "2025-03-01 12:00"),
    order("b3", "b", "2024-04-01 00:00"),
    order("b4", "b", "2024-03-31 23:59"),
    order("c1", "c", "2025-03-30 12:00"),
    event("refund", "2025-03-31 12:00", "", "c", order_id="c1", amount=Decimal(4)),
    event("refund", "2025-04-01 00:00", "", "c", order_id="c1", amount=Decimal(6)),
    order("d1", "d", "2025-02-19 12:00", 20),
    order("d2", "d", "2025-02-01 12:00", 20),
]
RFM = {"rfm_recency_days", "rfm_frequency", "rfm_monetary", "rfm_segment"}


def test_five_payers_are_ranked_in_fifths(shared_store: Store) -> None:
    fifth = order("e1", "e", "2024-06-04 12:00", 500)
    found = computing(shared_store)(
        Community([*BUYERS, fifth, join("b"), join("b", "h")]), RFM, MARCH
    )
    assert values(found, "rfm_recency_days", "U") == {"a": 0, "b": 1, "c": 1, "d": 40, "e": 300}
    assert values(found, "rfm_frequency", "U") == {"a": 1, "b": 3, "c": 1, "d": 2, "e": 1}
    assert values(found, "rfm_monetary", "U") == {"a": 100, "b": 30, "c": 6, "d": 40, "e": 500}
    # Fifths of R: e 1, d 2, b and c 3, a 5. Of F: a, c and e 1, d 4, b 5. Of M: c 1 ... e 5.
    classes = {"a/HLH": 1, "b/LHL": 1, "c/LLL": 1, "d/LHL": 1, "e/LLH": 1}
    assert values(found, "rfm_segment", "U") == classes
    assert values(found, "rfm_segment", "O") == {"/HLH": 1, "/LHL": 2, "/LLL": 1, "/LLH": 1}


def test_four_payers_are_judged_by_limits(shared_store: Store) -> None:
    terms = Terms(rfm_recent_days=1, rfm_frequent=3, rfm_valuable=40)
    found = computing(shared_store)(Community(BUYERS, terms=terms), RFM, MARCH)
    classes = {"a/HLH": 1, "b/HHL": 1, "c/HLL": 1, "d/LLH": 1}
    assert values(found, "rfm_segment", "U") == classes


def test_nobody_paid_so_nobody_is_ranked(shared_store: Store) -> None:
    found = computing(shared_store)(Community([join("ann")]), RFM, MARCH)
    assert values(found, "rfm_segment", "U") == values(found, "rfm_recency_days", "U") == {}


def tag(
    user: str, when: str, name: str, source: str, *, action: str = "add", group: str = ""
) -> Event:
    return event("tag", when, group, user, tag_id=name, tag_source=source, action=action)


# Ann has vip by hand (it was automatic before) and quiet; bob's is taken off again, cat's comes a
# day too late, dan has none, zoe is no member.
KNOWN = Community(
    [
        *(join(user) for user in ("ann", "bob", "cat", "dan")),
        join("ann", "h"),
        tag("ann", "2025-03-01 10:00", "vip", "auto"),
        tag("ann", "2025-03-02 10:00", "vip", "manual", group="h"),
        tag("ann", "2025-03-02 10:00", "quiet", "auto"),
        tag("bob", "2025-03-01 10:00", "vip", "auto"),
        tag("bob", "2025-03-31 23:59", "vip", "auto", action="remove"),
        tag("cat", "2025-04-01 00:00", "vip", "auto"),
        tag("zoe", "2025-03-01 10:00", "vip", "auto"),
        chat("ann", "2025-03-31 10:00"),
        chat("dan", "2025-03-31 10:00", "h"),
    ],
    {
        "dim_group": [{"group_id": "g", "community_type": "service", "created_ms": 0}],
        "dim_member_profile": [
            {"user_id": user, "attribute": attribute, "value": value}
            for user, attribute, value in (
                ("ann", "job_content", "design"),
                ("ann", "career_need", "lead"),
                ("ann", "shoe_size", "38"),
                ("bob", "job_content", "design"),
                ("bob", "career_need", ""),
                ("zoe", "job_content", "design"),
            )
        ],
    },
    Terms(profile_attributes=("job_content", "career_need")),
)


def test_tags_and_profiles_of_members(shared_store: Store) -> None:
    names = {"tag_count", "tag_coverage_rate", "profile_completeness_rate"}
    found = computing(shared_store)(KNOWN, names, LAST_DAY)
    assert values(found, "tag_count", "U") == {"ann": 2, "ann/auto": 1, "ann/manual": 1}
    assert values(found, "tag_count", "G")["g"] == values(found, "tag_count", "G")["h"] == 2
    assert values(found, "tag_count", "T") == {
        "service": 2,
        "service/auto": 1,
        "service/manual": 1,
    }
    assert values(found, "tag_coverage_rate", "G") == {
        **{"g": 1 / 4, "g/auto": 1 / 4, "g/manual": 1 / 4},
        **{"h": 1, "h/auto": 1, "h/manual": 1},
    }
    assert values(found, "profile_completeness_rate", "U") == {"ann": 1, "bob": 1 / 2}
    assert values(found, "profile_completeness_rate", "G") == {"g": 3 / 8, "h": 1}


def test_what_marks_the_active(shared_store: Store) -> None:
    """In g ann alone is active: of all four, two have the job, one the need, the tags."""
    found = computing(shared_store)(KNOWN, {"active_member_profile"}, MARCH)
    assert values(found, "active_member_profile", "G") == {
        "g/job_content:design": 2,
        "g/career_need:lead": 4,
        "g/shoe_size:38": 4,
        "g/tag:vip": 4,
        "g/tag:quiet": 4,
    }


def test_hours_of_weekdays_and_weekends(shared_store: Store) -> None:
    """A Friday's last minute, a Saturday's first, and Sunday evening; a bot never sleeps."""
    night = [
        chat("ann", "2025-03-07 23:59"),
        chat("ann", "2025-03-08 00:00"),
        chat("ann", "2025-03-09 20:00"),
        chat("bob", "2025-03-09 20:59"),
        chat("bot", "2025-03-09 03:00", actor_role="bot"),
        join("ann"),
        event("leave", "2025-03-30 12:00", "g", "ann"),
    ]
    found = computing(shared_store)(Community(night), {"member_active_hours"}, MARCH)
    assert values(found, "member_active_hours", "U") == pytest.approx(
        {
            "ann/weekday 23": 1 / 3,
            "ann/weekend 00": 1 / 3,
            "ann/weekend 20": 1 / 3,
            "bob/weekend 20": 1,
        }
    )
    assert values(found, "member_active_hours", "G")["g/weekend 20"] == 1 / 2
