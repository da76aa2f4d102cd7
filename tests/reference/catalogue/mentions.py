"""Family D, from its definitions in METRICS.md: products named, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    inside,
    local_day,
    over,
    scopes,
    tally,
    total,
    within,
)
from tests.reference.catalogue.contents import (
    Found,
)
from tests.reference.community import DAY, Community, Event


def _mentions(c: Community, w: CalendarWindow, role: str) -> list[tuple[Event, str, str]]:
    """(event, what names it, product)."""
    return [
        *(
            (one, f"message {one['group_id']} {one['message_id']}", product)
            for one in within(c, "chat", w, actor_role=role)
            if one["msg_type"] != "system"
            for product in one["product_ids"]
        ),
        *(
            (one, f"content {one['content_id']}", product)
            for one in within(c, "publish", w, actor_role=role)
            for product in one["product_ids"]
        ),
        *(
            (one, f"action {one['event_id']}", one["product_id"])
            for one in within(c, "staff_action", w, actor_role=role, action_kind="product_intro")
            if one["product_id"]
        ),
    ]


def _mentioned(c: Community, grain: str, w: CalendarWindow, role: str) -> Found:
    return tally(
        (scope, f"{what} {product}")
        for one, what, product in _mentions(c, w, role)
        for scope in (
            [product]
            if grain == "P"
            else [one["user_id"]]
            if grain == "S"
            else scopes(c, grain, one)
        )
    )


def product_mention_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _mentioned(c, grain, w, "staff")


def member_product_mention_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _mentioned(c, grain, w, "member")


def _messages(c: Community) -> Iterator[Event]:
    for one in c.of("chat"):
        if one["actor_role"] in ("member", "staff") and one["msg_type"] != "system":
            yield one


def digest_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    days = {
        (one["group_id"], local_day(c, one["event_ms"]))
        for one in _messages(c)
        if inside(w, one["event_ms"])
    }
    kept = {
        (one["group_id"], local_day(c, one["event_ms"]))
        for one in within(c, "publish", w, content_kind="digest")
    }
    return over(
        total((group, 1) for group, _ in days & kept), total((group, 1) for group, _ in days)
    )


def topic_digest_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    formal = {row["topic_id"] for row in c.dims["dim_topic"] if row["mode"] == "formal"}
    quiet = c.terms.silent_days * DAY
    last: dict[tuple[str, str], int] = {}
    for one in _messages(c):
        if one["topic_id"] in formal and one["event_ms"] < w.end_ms + quiet:
            key = (one["group_id"], one["topic_id"])
            last[key] = max(last.get(key, 0), one["event_ms"])
    ended = {key: ms for key, ms in last.items() if inside(w, ms)}
    kept = {
        (one["group_id"], one["topic_id"])
        for one in c.of("publish")
        if one["content_kind"] == "digest" and one["event_ms"] < w.end_ms + quiet
    }
    return over(
        total((key[0], 1) for key in ended if key in kept), total((key[0], 1) for key in ended)
    )


REFERENCE: Mapping[str, Reference] = {
    one.__name__: one
    for one in (
        product_mention_count,
        member_product_mention_count,
        digest_rate,
        topic_digest_rate,
    )
}
