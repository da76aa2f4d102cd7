"""Family C, from its definitions in METRICS.md: topics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.activity import (
    Answer,
    base,
    by_slice,
    dim,
    members,
    messages,
    persons,
    places,
    sums,
)
from tests.reference.catalogue.base import (
    Reference,
    inside,
    over,
    scopes,
    tally,
)
from tests.reference.community import Community, Event, Key, Numbers


def started(c: Community, w: CalendarWindow) -> Iterator[Event]:
    """Events that open a topic."""
    for one in c.of("publish"):
        opens = one["content_kind"] == "topic" and one["topic_id"]
        if opens and inside(w, one["event_ms"]) and one["actor_role"] in ("member", "staff"):
            yield one


def topic_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    return tally((s, one["topic_id"]) for one in started(c, w) for s in scopes(c, grain, one))


def on_topic(c: Community, w: CalendarWindow) -> list[Event]:
    return [m for m in messages(c, w) if m["topic_id"]]


def topic_places(c: Community, grain: str, one: Event) -> list[str]:
    return [one["topic_id"]] if grain == "P" else scopes(c, grain, one)


def topic_activity(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    said = on_topic(c, w)
    return over(
        sums((s, 1) for m in said for s in topic_places(c, grain, m)),
        tally((s, m["topic_id"]) for m in said for s in topic_places(c, grain, m)),
    )


def participants_per_topic(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    said = on_topic(c, w)
    return over(
        tally(
            (s, f"{m['topic_id']} {m['user_id']}")
            for m in said
            if m["actor_role"] == "member"
            for s in topic_places(c, grain, m)
        ),
        tally((s, m["topic_id"]) for m in said for s in topic_places(c, grain, m)),
    )


def topic_active_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    talking: dict[tuple[str, str], set[str]] = {}
    for m in on_topic(c, w):
        if m["actor_role"] == "member":
            for s in scopes(c, grain, m):
                talking.setdefault((s, m["topic_id"]), set()).add(m["user_id"])
    opened = {(s, one["topic_id"]) for one in started(c, w) for s in scopes(c, grain, one)}
    least = c.terms.topic_min_participants
    return over(
        tally(key for key in opened if len(talking.get(key, ())) >= least),
        tally(opened),
    )


def topic_participation_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    if grain != "P":
        posting = persons(
            c, grain, members(c, w, asof), lambda one: any(m["topic_id"] for m in one.messages)
        )
        return over(posting, base(c, grain, w, asof))
    rows = members(c, w, asof)
    found: Answer = {}
    said = [m for m in on_topic(c, w) if m["actor_role"] == "member"]
    for topic in {m["topic_id"] for m in said}:
        groups = {m["group_id"] for m in said if m["topic_id"] == topic}
        there = [one for one in rows if one.row["group_id"] in groups]
        posting_users = {
            one.user for one in there if any(m["topic_id"] == topic for m in one.messages)
        }
        found[topic, ""] = (len(posting_users), len({one.user for one in there}))
    return found


def typed(column: str, *, messages_of: bool) -> Reference:
    def reference(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
        kinds = {row["topic_id"]: row[column] for row in dim(c, "dim_topic")}
        events: Iterable[Event] = on_topic(c, w) if messages_of else started(c, w)
        if messages_of:
            known = [one for one in events if kinds.get(one["topic_id"])]
            return by_slice(c, grain, known, lambda one: str(kinds[one["topic_id"]]))
        seen = {
            (s, one["topic_id"])
            for one in events
            for s in scopes(c, grain, one)
            if kinds.get(one["topic_id"])
        }
        found: dict[Key, Numbers] = {}
        for s, topic in seen:
            total = sum(1 for other, _ in seen if other == s)
            n, _ = found.get((s, kinds[topic]), (0.0, 0.0))
            found[s, kinds[topic]] = (n + 1, total)
        return found

    return reference


def hot_topic_ranking(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    found: Answer = {}
    said = on_topic(c, w)
    for scope in {s for m in said for s in scopes(c, grain, m)}:
        mine = [m for m in said if scope in scopes(c, grain, m)]
        order = []
        for topic in {m["topic_id"] for m in mine}:
            of = [m for m in mine if m["topic_id"] == topic]
            people = {m["user_id"] for m in of if m["actor_role"] == "member"}
            order.append((-len(people), -len(of), topic))
        for place, (people_, _, topic) in enumerate(sorted(order)[: c.terms.top_n], 1):
            found[scope, topic] = (-people_, place)
    return found


def topic_run_completion_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Answer:
    formal = {row["topic_id"] for row in dim(c, "dim_topic") if row["mode"] == "formal"}
    done = {
        one["calendar_item_id"] for one in c.of("staff_action") if one["event_ms"] < w.end_ms
    } | {row["item_id"] for row in dim(c, "ops_calendar") if 0 < row["done_ms"] < w.end_ms}
    steps = [
        (row["item_id"], s)
        for row in dim(c, "ops_calendar")
        if row["topic_id"] in formal
        for s in ([row["topic_id"]] if grain == "P" else places(c, grain, row["group_id"]))
    ]
    return over(tally((s, i) for i, s in steps if i in done), tally((s, i) for i, s in steps))


REFERENCE: Mapping[str, Reference] = {
    "topic_count": topic_count,
    "topic_activity": topic_activity,
    "participants_per_topic": participants_per_topic,
    "topic_active_rate": topic_active_rate,
    "topic_participation_rate": topic_participation_rate,
    "community_best_state_topics": topic_participation_rate,
    "topic_type_mix": typed("topic_type", messages_of=False),
    "topic_type_message_mix": typed("topic_type", messages_of=True),
    "topic_mode_mix": typed("mode", messages_of=False),
    "topic_mode_message_mix": typed("mode", messages_of=True),
    "hot_topic_ranking": hot_topic_ranking,
    "topic_run_completion_rate": topic_run_completion_rate,
}
"""Metric name -> its reference."""
