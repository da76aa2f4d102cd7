"""Family C, from its definitions in METRICS.md: roles, teams, duties."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.activity import (
    Answer,
    Row,
    counted,
    dim,
    member_message_count,
    members,
    messages,
    persons,
)
from tests.reference.catalogue.base import (
    Reference,
    inside,
    over,
    scopes,
    spells,
    tally,
)
from tests.reference.catalogue.topics import started
from tests.reference.community import Community


def holds(c: Community, group: str, user: str, roles: tuple[str, ...], w: CalendarWindow) -> bool:
    """Whether a member holds one of the roles at some moment of the window."""
    return any(
        (row["group_id"], row["user_id"]) == (group, user)
        and (not roles or row["role"] in roles)
        and row["valid_from_ms"] < w.end_ms
        and (row["valid_to_ms"] == 0 or row["valid_to_ms"] > w.start_ms)
        for row in dim(c, "dim_member_role")
    )


def role_count(*roles: str) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
        return persons(
            c,
            grain,
            members(c, w, asof),
            lambda one: holds(c, one.row["group_id"], one.user, roles, w),
        )

    return reference


def kol_topic_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    topics = {(s, one["topic_id"]) for one in started(c, w) for s in scopes(c, grain, one)}
    of_kol = {
        (s, one["topic_id"])
        for one in started(c, w)
        if one["actor_role"] == "member" and holds(c, one["group_id"], one["user_id"], ("kol",), w)
        for s in scopes(c, grain, one)
    }
    return over(tally(of_kol), tally(topics))


def kol_care_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return counted(
        c,
        grain,
        (
            one
            for one in c.of("staff_action")
            if inside(w, one["event_ms"])
            and one["actor_role"] == "staff"
            and one["action_kind"] in ("praise", "incentive", "follow_up")
            and holds(c, one["group_id"], one["target_user_id"], ("kol",), w)
        ),
    )


def koc_message_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    theirs = (
        m
        for m in messages(c, w)
        if m["actor_role"] == "member"
        and holds(c, m["group_id"], m["user_id"], ("koc", "atmosphere"), w)
    )
    return over(counted(c, grain, theirs), member_message_count(c, grain, w, asof))


def member_managed_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    managed = [
        one
        for one in c.of("staff_action")
        if inside(w, one["event_ms"])
        and one["action_kind"] in ("approve", "kick", "mute", "praise")
    ]
    by_members = (
        one
        for one in managed
        if one["actor_role"] == "member" and holds(c, one["group_id"], one["user_id"], (), w)
    )
    return over(counted(c, grain, by_members), counted(c, grain, managed))


def team_leader_coverage(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    """A leader who is no member in the window leads nobody."""
    teams = dim(c, "dim_team")
    there = {(one.row["group_id"], one.user) for one in members(c, w, asof)}
    return over(
        tally(
            (row["group_id"], row["team_id"])
            for row in teams
            if (row["group_id"], row["leader_user_id"]) in there
        ),
        tally((row["group_id"], row["team_id"]) for row in teams),
    )


def duties(c: Community) -> dict[str, Row]:
    return {row["item_id"]: row for row in dim(c, "ops_calendar") if row["kind"] == "duty"}


def duty_rotation_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    there = {(it.group, it.user) for it in spells(c, asof) if it.touches(w)}
    return tally(
        (s, one["user_id"])
        for one in c.of("staff_action")
        if inside(w, one["event_ms"])
        and one["calendar_item_id"] in duties(c)
        and one["actor_role"] == "member"
        and (one["group_id"], one["user_id"]) in there
        for s in scopes(c, grain, one)
    )


def duty_adherence(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    done = {one["calendar_item_id"] for one in c.of("staff_action") if one["event_ms"] < w.end_ms}
    planned = [row for row in duties(c).values() if inside(w, row["planned_ms"])]
    return over(
        tally(
            (row["group_id"], row["item_id"])
            for row in planned
            if 0 < row["done_ms"] < w.end_ms or row["item_id"] in done
        ),
        tally((row["group_id"], row["item_id"]) for row in planned),
    )


REFERENCE: Mapping[str, Reference] = {
    "kol_count": role_count("kol"),
    "kol_topic_share": kol_topic_share,
    "kol_care_count": kol_care_count,
    "koc_count": role_count("koc", "atmosphere"),
    "koc_message_share": koc_message_share,
    "member_managed_share": member_managed_share,
    "team_leader_coverage": team_leader_coverage,
    "duty_rotation_count": duty_rotation_count,
    "duty_adherence": duty_adherence,
}
"""Metric name -> its reference."""
