"""Causes on a store: of each kind of ratio a community whose fault is known, and it is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.cause_words import Note
from pipeline.catalog.causes import ratio_of
from pipeline.catalog.metric import Metric
from pipeline.catalog.value import Ratio, per
from pipeline.catalog.vocabulary import Grain, Zero
from pipeline.core.signals import FOUR_WEEKS
from pipeline.rollup.causes import Causes, Why, shifts_of
from pipeline.rollup.cells import Scope
from sinks.store import Store
from tests.reference.community import (
    DAY,
    HOUR,
    ZONE,
    Community,
    Event,
    at,
    event,
    forget,
    rollup_of,
    store_community,
)
from tests.reference.stored import migrated_store

NOW = at("2025-03-20 00:00")
WEEK_AGO = NOW - 7 * DAY


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as opened:
        yield opened


def metric(name: str) -> Metric:
    return next(one for one in CATALOGUE if one.name == name)


def why(
    store: Store,
    of: Metric | str,
    events: Iterable[Event],
    *,
    grain: Grain = Grain.GROUP,
    scope: str = "g",
    dims: Any = None,
) -> Why:
    """Why the rate of the day before `NOW` is worse than a week before."""
    forget(store)
    community = Community(list(events), dims or {})
    store_community(store, community)
    rollup = rollup_of(store, community, CATALOGUE)
    rollup.stage.build()
    causes = Causes(store, rollup, ZoneInfo(ZONE))
    chosen = metric(of) if isinstance(of, str) else of
    return causes.of(chosen, "slow", "7d", Scope(grain, scope), NOW)


def told(found: Why) -> list[tuple[str, str, float]]:
    return [(one.by, one.part, round(one.points, 6)) for one in found.causes]


def joined(
    users: Iterable[str], *, group: str = "g", ms: int = NOW - 90 * DAY, **fields: Any
) -> list[Event]:
    return [event("join", ms, group, user, join_method="qr", **fields) for user in users]


def people(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


def chats(users: Sequence[str], day: int, group: str = "g") -> list[Event]:
    return [
        event("chat", day - 12 * HOUR + number, group, user, msg_type="text")
        for number, user in enumerate(users)
    ]


def test_a_rise_of_leaving_is_the_newcomers(store: Store) -> None:
    old, new = people("old", 30), people("new", 10)
    events = joined(old) + joined(new, ms=NOW - 10 * DAY)
    events += [event("leave", NOW - HOUR, "g", user, leave_kind="self") for user in new[:8]]
    events += [event("leave", NOW - HOUR, "g", old[0], leave_kind="self")]
    events += [event("leave", WEEK_AGO - HOUR, "g", old[1], leave_kind="self")]
    found = why(store, "leave_rate", events)
    assert (found.before, found.after) == (pytest.approx(1 / 40), pytest.approx(9 / 39))
    assert told(found)[0][:2] == ("tenure", "new")
    assert found.causes[0].points > 0.15


def test_invitations_that_are_not_followed_are_those_of_one_wording(store: Store) -> None:
    events = []
    for end, followed in ((WEEK_AGO, 10), (NOW, 0)):
        for number in range(20):
            script = "a" if number < 10 else "b"
            id_ = f"{end}-{number}"
            sent = end - 10 * HOUR
            events.append(
                event("invite", sent, "g", "", action="sent", invite_id=id_, script_id=script)
            )
            if number >= 10 or number < followed:
                events += joined([f"u{id_}"], ms=sent + HOUR, invite_id=id_)
    # One more that is followed two days later: by the end of its own day nobody knew.
    late = {"invite_id": "late"}
    events.append(event("invite", WEEK_AGO - HOUR, "g", "", action="sent", script_id="b", **late))
    events += joined(["late"], ms=WEEK_AGO + 2 * DAY, **late)
    found = why(store, "join_rate", events)
    assert (found.before, found.after) == (pytest.approx(20 / 21), 0.5)
    assert (found.causes[0].by, found.causes[0].part) == ("script", "a")
    assert found.causes[0].points < -0.45


def test_late_replies_are_those_of_the_night(store: Store) -> None:
    events = []
    for end, slow in ((WEEK_AGO, False), (NOW, True)):
        for number in range(24):
            opened, id_ = end - DAY + number * HOUR + 1, f"{end}-{number}"
            waits = 3_600_000 if slow and number < 6 else 60_000
            common = {"session_id": id_, "session_kind": "inquiry"}
            events.append(event("session", opened, "g", f"u{id_}", action="opened", **common))
            events.append(
                event(
                    *("session", opened + waits, "g", "ann"),
                    **common, action="replied", actor_role="staff", staff_id="ann",
                )
            )  # fmt: skip
    timely = replace(metric("timely_response_rate"), windows=metric("daily_active_rate").windows)
    found = why(store, timely, events)
    assert (found.before, found.after) == (1, 0.75)
    assert told(found) == [("hour", "00-06", -0.25)]


def test_an_activity_that_one_channel_stays_away_from(store: Store) -> None:
    kol, qr = people("kol", 10), people("qr", 10)
    events = joined(kol, channel_id="kol") + joined(qr, channel_id="qr")
    for end, there in ((WEEK_AGO, kol + qr), (NOW, qr)):
        events += [
            event("activity", end - HOUR, "g", user, activity_id="a", action="attend")
            for user in there
        ]
    found = why(store, "activity_participation_rate", events)
    assert told(found) == [("channel", "kol", -0.5)]


def test_repurchases_of_a_campaign_that_bring_nobody_back(store: Store) -> None:
    """Days of the rolling window's end: yesterday, and a week before it."""
    events = []
    for number in range(20):
        campaign = "spring" if number < 10 else "always"
        days = (60, 50) if number >= 10 else (95, 50)
        events += [
            event(
                *("order", NOW - day * DAY, "g", f"u{number}"),
                order_id=f"{number}-{day}", status="paid", amount_paid=Decimal(1),
                campaign_id=campaign,
            )
            for day in days
        ]  # fmt: skip
    found = why(store, "repurchase_rate", events)
    assert (found.before, found.after) == (1, 0.5)
    assert told(found) == [("campaign", "spring", -0.5)]


def test_retention_is_that_of_the_last_cohort_that_is_final(store: Store) -> None:
    events = []
    for day, silent in ((NOW - 8 * DAY, True), (NOW - 15 * DAY, False)):
        for number in range(20):
            channel = "kol" if number < 10 else "qr"
            user = f"{channel}{number}-{day}"
            events += joined([user], ms=day + HOUR, channel_id=channel)
            if not (silent and channel == "kol"):
                events += chats([user], day + 7 * DAY + 20 * HOUR)
    found = why(store, "retention_rate_d7", events)
    assert (found.before, found.after) == (1, 0.5)
    assert told(found) == [("channel", "kol", -0.5)]


def test_members_with_a_role_are_told_apart(store: Store) -> None:
    koc, others = people("koc", 5), people("o", 45)
    events = joined(koc + others)
    events += chats(koc + others[:5], WEEK_AGO) + chats(others[:5], NOW)
    roles = [{"group_id": "g", "user_id": user, "role": "koc"} for user in koc]
    valid = {"valid_from_ms": 1, "valid_to_ms": 0}
    dims = {"dim_member_role": [one | valid for one in roles]}
    found = why(store, "daily_active_rate", events, dims=dims)
    assert told(found) == [("role", "koc", -0.1)]


def test_of_many_groups_the_one_that_fell_is_named(store: Store) -> None:
    events = []
    for group in "abcd":
        users = people(group, 10)
        events += joined(users, group=group) + chats(users, WEEK_AGO, group)
        events += chats(users if group != "c" else [], NOW, group)
    types = [{"group_id": group, "community_type": "content"} for group in "abc"]
    found = why(store, "daily_active_rate", events, grain=Grain.OVERALL, scope="")
    assert told(found) == [("group", "c", -0.25)]
    found = why(
        *(store, "daily_active_rate", events),
        grain=Grain.TYPE, scope="content", dims={"dim_group": types},
    )  # fmt: skip
    assert told(found) == [("group", "c", round(-1 / 3, 6))]


def test_where_all_fall_alike_it_is_said(store: Store) -> None:
    kol, qr = people("kol", 20), people("qr", 20)
    events = joined(kol, channel_id="kol") + joined(qr, channel_id="qr")
    events += chats(kol + qr, WEEK_AGO) + chats(kol[:5] + qr[:5], NOW)
    found = why(store, "daily_active_rate", events)
    assert found.note == Note.ALIKE
    assert [one.by for one in found.causes] == ["channel", "channel"]
    assert sum(one.share for one in found.causes) == pytest.approx(1)


def test_a_ratio_over_two_relations_is_split_by_what_both_have(store: Store) -> None:
    messages, joins = metric("message_count").value, metric("join_count").value
    both = replace(metric("daily_active_rate"), name="made_up", value=per(messages, joins))  # type: ignore[arg-type]
    events = []
    for end, talkers in ((WEEK_AGO, 2), (NOW, 1)):
        for number, channel in enumerate(("kol", "qr")):
            user = f"{channel}{end}"
            events += joined([user], ms=end - 13 * HOUR, channel_id=channel)
            if number < talkers:
                events += [
                    event("chat", end - HOUR, "g", user, msg_type="text", channel_id=channel)
                ]
    found = why(store, both, events)
    assert (found.before, found.after) == (1, 0.5)
    assert told(found) == [("channel", "qr", -0.5)]


def stored(
    store: Store, of: str, values: Sequence[tuple[str, str, str, int, float, float]]
) -> None:
    """Days of `metric_value`: grain, scope, slice, end, numerator, denominator."""
    forget(store)
    store.insert(
        "metric_value",
        pl.DataFrame(
            [
                {"metric": of, "grain": grain, "scope_id": scope, "slice": part, "window": "D"}
                | {"window_start": datetime.fromtimestamp((end - DAY) / 1000, UTC)}
                | {"window_end_ms": end, "numerator": above, "denominator": below}
                | {"value": above / below, "note": "", "computed_ms": 1}
                for grain, scope, part, end, above, below in values
            ]
        ),
    )


def test_what_cannot_be_split_is_told_from_the_stored_days(store: Store) -> None:
    of = replace(metric("final_conversion_rate"), name="made_up")
    days = [
        ("C", channel, "", end, 0.0 if end == NOW and channel == "kol" else 50.0, 100.0)
        for channel in ("kol", "qr")
        for end in (WEEK_AGO, NOW)
    ]
    stored(store, "made_up", [*days, ("G", "g", "", NOW, 1, 2)])
    found = asked(store, of)
    assert found.note == Note.STORED
    assert (found.before, found.after) == (0.5, 0.25)
    assert told(found) == [("channel", "kol", -0.25)]


def test_slices_of_the_group_itself_go_before(store: Store) -> None:
    of = replace(metric("final_conversion_rate"), name="made_up")
    days = [
        ("G", group, kind, end, 5.0 if end == NOW and kind == "quiz" else 50.0, 100.0)
        for group in ("g", "other")
        for kind in ("quiz", "vote")
        for end in (WEEK_AGO, NOW)
    ]
    stored(
        store, "made_up", [*days, ("S", "ann", "", WEEK_AGO, 9, 10), ("S", "ann", "", NOW, 1, 10)]
    )
    assert told(asked(store, of)) == [("slice", "quiz", -0.225)]


def asked(store: Store, of: Metric) -> Why:
    causes = Causes(store, rollup_of(store, Community(), CATALOGUE), ZoneInfo(ZONE))
    return causes.of(of, "slow", "7d", Scope(Grain.GROUP, "g"), NOW)


def test_nobody_and_nothing_to_split(store: Store) -> None:
    assert why(store, "daily_active_rate", []).note == Note.NO_RATE
    assert why(store, "message_count", []).note == Note.NO_SPLIT


def test_every_milestone_of_groups_can_be_split() -> None:
    names = {"leave_rate", "join_rate", "reach_rate", "activity_participation_rate"}
    names |= {"repurchase_rate", "timely_response_rate", "complaint_rate", "retention_rate_d7"}
    names |= {"contact_delete_rate", "negative_sentiment_ratio"}
    names |= {  # a campaign's rate is a script: its causes are told as not to be had
        one.name
        for one in CATALOGUE
        if one.milestone and one.zero is Zero.RATIO and not one.of_campaigns
    }
    assert all(isinstance(ratio_of(metric(name)), Ratio) for name in names)


@pytest.mark.parametrize(
    ("against", "shifts"),
    [
        ("4w", FOUR_WEEKS.shifts_ms),
        ("24h", (DAY,)),
        ("7d", (7 * DAY,)),
        ("28d", (28 * DAY,)),
        ("target", (7 * DAY,)),
        ("", (7 * DAY,)),
    ],
)
def test_what_a_signal_is_compared_with(against: str, shifts: tuple[int, ...]) -> None:
    assert shifts_of(against) == shifts
