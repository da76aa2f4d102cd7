"""Family D, from its definitions in METRICS.md: what is published."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    among,
    inside,
    over,
    scopes,
    spells,
    within,
)
from tests.reference.catalogue.contents import (
    NO_ITEMS,
    Found,
    counted,
    items_of,
    split_by,
)
from tests.reference.community import Community


def content_published_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, items_of(c, w))


def content_published_by_role(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return split_by(c, grain, items_of(c, w), "actor_role")


def post_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, within(c, "publish", w, content_kind="post"))


def post_quality_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    posts = list(within(c, "publish", w, content_kind="post"))
    featured = [one for one in posts if one["quality"] == "featured"]
    labelled = [one for one in posts if one["quality"] != "unlabelled"]
    return over(counted(c, grain, featured), counted(c, grain, labelled))


def reply_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, within(c, "publish", w, content_kind="reply"))


def ugc_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    items = items_of(c, w)
    own = [one for one in items if one["actor_role"] == "member"]
    return over(counted(c, grain, own), counted(c, grain, items))


def learner_to_sharer_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    published = [
        one
        for one in c.of("publish")
        if one["actor_role"] == "member" and one["content_kind"] not in NO_ITEMS
    ]
    before = {one["user_id"] for one in published if one["event_ms"] < w.start_ms}
    now = {one["user_id"] for one in published if inside(w, one["event_ms"])}
    base = [
        ((scope, ""), spell.user)
        for spell in spells(c, asof)
        if spell.at(w.start_ms) and spell.user not in before
        for scope in scopes(c, grain, spell.join)
    ]
    return among(base, [(key, user) for key, user in base if user in now])


REFERENCE: Mapping[str, Reference] = {
    one.__name__: one
    for one in (
        content_published_count,
        content_published_by_role,
        post_count,
        post_quality_rate,
        reply_count,
        ugc_share,
        learner_to_sharer_rate,
    )
}
