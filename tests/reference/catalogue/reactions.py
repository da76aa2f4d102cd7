"""Family D, from its definitions in METRICS.md: what people do with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    among,
    over,
    scopes,
    spell_row,
    spells,
    tally,
    total,
    within,
)
from tests.reference.catalogue.contents import (
    INTERACTIONS,
    Found,
    counted,
    distinct_of,
    items_of,
    person_of,
    scopes_of,
    split_by,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import DAY, Community, Event


def content_activity(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    items = [(one, one["content_id"]) for one in items_of(c, w)]
    touches = [
        (one, one["target_id"])
        for one in within(c, "reaction", w, action=INTERACTIONS, target_kind="content")
        if one["actor_role"] == "member"
    ] + [
        (one, one["parent_content_id"])
        for one in within(c, "publish", w, content_kind="reply", actor_role="member")
        if one["parent_content_id"]
    ]

    def of(rows: list[tuple[Event, str]]) -> Iterator[tuple[str, str]]:
        for one, item in rows:
            for scope in [item] if grain == "P" else scopes(c, grain, one):
                yield scope, item

    return over(total((scope, 1) for scope, _ in of(touches)), tally([*of(items), *of(touches)]))


def content_view_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, within(c, "view", w, action="read"), "object_id")


def content_reader_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return distinct_of(c, grain, within(c, "view", w, action="read"), "object_id")


def link_click_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, within(c, "view", w, action="click"), "object_id")


def click_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    """Pairs of a person and what they were shown; where nobody was, what was delivered."""
    shown: dict[str, set[tuple[str, str]]] = {}
    for one in within(c, "view", w, action="impression"):
        for scope in scopes_of(c, grain, one, "object_id") if person_of(one) else ():
            shown.setdefault(scope, set()).add((person_of(one), one["object_id"]))
    seen = set(shown)
    for one in within(c, "delivery", w, action="delivered"):
        for scope in scopes_of(c, grain, one, "content_id"):
            if scope not in seen:
                shown.setdefault(scope, set()).add((one["user_id"], one["content_id"]))
    clicked = {(person_of(one), one["object_id"]) for one in within(c, "view", w, action="click")}
    return {
        (scope, ""): (
            float(len({who for who, _ in pairs & clicked})),
            float(len({who for who, _ in pairs})),
        )
        for scope, pairs in shown.items()
    }


def like_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, within(c, "reaction", w, action="like"), "target_id")


def forward_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, within(c, "reaction", w, action="forward"), "target_id")


def forward_count_by_role(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    rows = within(c, "reaction", w, action="forward")
    return split_by(c, grain, rows, "actor_role", "target_id")


def _of_readers(c: Community, grain: str, w: CalendarWindow, asof: int, action: str) -> Found:
    """Where no view flows at all, members stand for readers."""
    if any(c.of("view")):
        readers = [
            ((scope, ""), person_of(one))
            for one in within(c, "view", w, action="read")
            for scope in scopes_of(c, grain, one, "object_id")
            if person_of(one)
        ]
    else:
        readers = [
            ((scope, ""), one.user)
            for one in spells(c, asof)
            if one.opened < w.end_ms and one.closed >= w.start_ms and grain != "P"
            for scope in scopes(c, grain, spell_row(one))
        ]
    return among(
        readers,
        [
            ((scope, ""), one["user_id"])
            for one in within(c, "reaction", w, action=action, actor_role="member")
            for scope in scopes_of(c, grain, one, "target_id")
        ],
    )


def like_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _of_readers(c, grain, w, asof, "like")


def forward_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _of_readers(c, grain, w, asof, "forward")


def moments_like_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, within(c, "reaction", w, action="like", target_kind="moments_post"))


def content_conversion_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    goals = [
        *((one.user, one.opened) for one in spells(c, asof) if not one.roster),
        *(
            (one["user_id"], one["event_ms"])
            for one in c.of("activity")
            if one["action"] == "signup" and one["actor_role"] == "member"
        ),
        *(
            (one["user_id"], one["event_ms"])
            for one in paid_orders(c, asof)
            if one["actor_role"] == "member"
        ),
    ]
    days = c.terms.attribution_days * DAY
    rows = [
        ((scope, ""), one)
        for one in within(c, "view", w, action=("read", "click"))
        for scope in scopes_of(c, grain, one, "object_id")
        if person_of(one)
    ]
    return among(
        [(key, person_of(one)) for key, one in rows],
        [
            (key, person_of(one))
            for key, one in rows
            for who, ms in goals
            if who == person_of(one) and 0 <= ms - one["event_ms"] <= days
        ],
    )


def _of_brands(c: Community, w: CalendarWindow) -> list[Event]:
    brands = {row["content_id"] for row in c.dims["dim_content"] if row["is_brand"]}
    rows = within(c, "view", w, action=("impression", "read"))
    return [one for one in rows if one["object_id"] in brands]


def brand_exposure_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return counted(c, grain, _of_brands(c, w))


def brand_reach_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return distinct_of(c, grain, _of_brands(c, w))


REFERENCE: Mapping[str, Reference] = {
    one.__name__: one
    for one in (
        content_activity,
        content_view_count,
        content_reader_count,
        link_click_count,
        click_rate,
        like_count,
        like_rate,
        forward_count,
        forward_count_by_role,
        forward_rate,
        moments_like_count,
        content_conversion_rate,
        brand_exposure_count,
        brand_reach_count,
    )
}
