"""Invitations by hand: each value counted on paper."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.catalog.terms import Terms
from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.counted import counted
from tests.reference.community import Community, Event, at, event, numbers, values

WEEK = window_at(Period.WEEK, at("2025-03-03"), ZoneInfo("Asia/Shanghai"))
IDS = {"B01", "B02", "B03", "B06", "B11"}
POSTER: dict[str, Any] = {
    "method": "poster",
    "script_id": "warm",
    "channel_id": "moments",
    "campaign_id": "spring",
    "staff_id": "sam",
}


def step(action: str, when: str | int, invite: str, **fields: Any) -> Event:
    return event("invite", when, "g", "", action=action, invite_id=invite, **fields)


def join(when: str | int, user: str, invite: str, **fields: Any) -> Event:
    return event("join", when, "g", user, **{"join_method": "invite", "invite_id": invite} | fields)


# i1 goes all the way; i2 is joined exactly 7 days later, without a click; i3 a ms after that, and
# applies before it clicks. i4 is rejected, and only a roster and staff come by it; i5 is sent
# twice. Before is Sunday's, after is next Monday's.
HISTORY = Community(
    [
        step("sent", "2025-03-02 23:59", "before"),
        step("sent", "2025-03-03 00:00", "i1", **POSTER),
        step("clicked", "2025-03-03 10:00", "i1"),
        step("applied", "2025-03-03 11:00", "i1"),
        step("approved", "2025-03-03 12:00", "i1"),
        join("2025-03-03 13:00", "ann", "i1"),
        step("sent", "2025-03-04 12:00", "i2", method="private", channel_id="moments"),
        join("2025-03-11 12:00", "bob", "i2"),
        step("sent", "2025-03-04 12:00", "i3"),
        step("applied", "2025-03-04 13:00", "i3"),
        step("clicked", "2025-03-04 14:00", "i3"),
        join(at("2025-03-11 12:00") + 1, "cat", "i3"),
        step("sent", "2025-03-09 23:59", "i4", channel_id="kol1"),
        step("rejected", "2025-03-09 23:59", "i4", channel_id="kol1"),
        join("2025-03-10 08:00", "dan", "i4", join_method="import"),
        join("2025-03-10 08:00", "eve", "i4", actor_role="staff"),
        step("sent", "2025-03-05 12:00", "i5"),
        step("sent", "2025-03-06 12:00", "i5"),
        step("approved", "2025-03-06 13:00", "i5"),
        step("sent", "2025-03-10 00:00", "after"),
        event("leave", "2025-03-20 00:00", "g", "ann", leave_kind="self"),
    ],
    terms=Terms(variant_min_sample=1),
)

EXPECTED: list[tuple[str, str, dict[str, float | None]]] = [
    ("invite_sent_count", "G", {"g": 5}),
    ("invite_sent_count", "C", {"moments": 2, "kol1": 1, "unknown": 2}),
    ("invite_sent_count", "K", {"spring": 1}),
    ("invite_sent_count", "S", {"sam": 1}),
    ("join_rate", "O", {"": 2 / 5}),
    ("join_rate", "C", {"moments": 1, "kol1": 0, "unknown": 0}),
    (
        "join_funnel_step_rate",
        "O",
        {"/clicked": 2 / 5, "/applied": 1 / 2, "/approved": 1, "/joined": 1},
    ),
    (
        "join_funnel_step_rate",
        "K",
        {"spring/clicked": 1, "spring/applied": 1, "spring/approved": 1, "spring/joined": 1},
    ),
    (
        "join_rate_by_variant",
        "C",
        {
            "moments/poster/warm/moments": 1,
            "moments/private/unknown/moments": 1,
            "kol1/unknown/unknown/kol1": 0,
            "unknown/unknown/unknown/unknown": 0,
        },
    ),
    ("join_rate_by_variant_lower", "K", {"spring/poster/warm/moments": 1 / 4.8416}),
    ("join_rate_by_variant_upper", "K", {"spring/poster/warm/moments": 1}),
    ("admission_pass_rate", "G", {"g": 2 / 3}),
    ("admission_pass_rate", "C", {"kol1": 0, "unknown": 1}),
]


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, IDS, WEEK)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_a_week(
    found: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    assert values(found, name, grain) == pytest.approx(expected)


def test_variants_are_ranked_by_rate_and_then_by_name(found: pl.DataFrame) -> None:
    assert numbers(found, "join_rate_variant_rank", "C") == {
        ("moments", "poster/warm/moments"): (1, 1),
        ("moments", "private/unknown/moments"): (1, 2),
        ("kol1", "unknown/unknown/kol1"): (0, 1),
        ("unknown", "unknown/unknown/unknown"): (0, 1),
    }


def test_before_the_time_for_joins_is_over_the_rate_is_so_far_and_marked(
    shared_store: Store,
) -> None:
    found = counted(shared_store, HISTORY, IDS, WEEK, WEEK.end_ms)
    assert values(found, "join_rate", "O") == {"": 1 / 5}
    marked = found.filter(pl.col("note") == "immature")
    assert "join_rate" in marked["metric"].to_list()


def test_a_week_without_invitations_has_a_count_and_no_rate(shared_store: Store) -> None:
    week = window_at(Period.WEEK, at("2025-01-06"), ZoneInfo("Asia/Shanghai"))
    found = counted(shared_store, HISTORY, IDS, week)
    assert values(found, "invite_sent_count", "O") == {"": 0}
    assert values(found, "join_rate", "O") == {}
    assert values(found, "join_funnel_step_rate", "O") == {}
