"""Family D, from its definitions in METRICS.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    among,
    inside,
    local_day,
    over,
    scopes,
    spells,
    tally,
    total,
    within,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import DAY, Community, Event, Key, Numbers

Found = dict[Key, Numbers]
NO_ITEMS = ("reply", "topic")
INTERACTIONS = ("like", "forward", "favorite", "comment")


def _scopes(c: Community, grain: str, one: Event, thing: str) -> list[str]:
    """Scopes of an event; of the grain P it is what it is about."""
    if grain == "P":
        return [one[thing]] if one[thing] else []
    return scopes(c, grain, one)


def _person(one: Event) -> str:
    """Whoever looks: a member, or an anonymous visitor; '' = nobody known, or no member."""
    return (one["user_id"] or one["visitor_id"]) if one["actor_role"] == "member" else ""


def _counted(c: Community, grain: str, rows: Iterable[Event], thing: str = "") -> Found:
    return total((scope, 1) for one in rows for scope in _scopes(c, grain, one, thing))


def _distinct(c: Community, grain: str, rows: Iterable[Event], thing: str = "") -> Found:
    return tally(
        (scope, _person({"visitor_id": "", **one}))
        for one in rows
        for scope in _scopes(c, grain, one, thing)
        if _person({"visitor_id": "", **one})
    )


def _items(c: Community, w: CalendarWindow) -> list[Event]:
    return [one for one in within(c, "publish", w) if one["content_kind"] not in NO_ITEMS]


def _split(c: Community, grain: str, rows: Iterable[Event], name: str, thing: str = "") -> Found:
    found: Found = {}
    for one in rows:
        for scope in _scopes(c, grain, one, thing):
            key = (scope, str(one[name]))
            found[key] = (found.get(key, (0.0, 1.0))[0] + 1, 1.0)
    return found


# --- What is published: D01-D03, D12


def content_published_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _counted(c, grain, _items(c, w))


def content_published_by_role(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _split(c, grain, _items(c, w), "actor_role")


def post_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _counted(c, grain, within(c, "publish", w, content_kind="post"))


def post_quality_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    posts = list(within(c, "publish", w, content_kind="post"))
    featured = [one for one in posts if one["quality"] == "featured"]
    labelled = [one for one in posts if one["quality"] != "unlabelled"]
    return over(_counted(c, grain, featured), _counted(c, grain, labelled))


def reply_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _counted(c, grain, within(c, "publish", w, content_kind="reply"))


def ugc_share(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    items = _items(c, w)
    own = [one for one in items if one["actor_role"] == "member"]
    return over(_counted(c, grain, own), _counted(c, grain, items))


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


# --- What people do with it: D04-D10, D14


def content_activity(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    items = [(one, one["content_id"]) for one in _items(c, w)]
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
    return _counted(c, grain, within(c, "view", w, action="read"), "object_id")


def content_reader_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _distinct(c, grain, within(c, "view", w, action="read"), "object_id")


def link_click_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _counted(c, grain, within(c, "view", w, action="click"), "object_id")


def click_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    """Pairs of a person and what they were shown; where nobody was, what was delivered."""
    shown: dict[str, set[tuple[str, str]]] = {}
    for one in within(c, "view", w, action="impression"):
        for scope in _scopes(c, grain, one, "object_id") if _person(one) else ():
            shown.setdefault(scope, set()).add((_person(one), one["object_id"]))
    seen = set(shown)
    for one in within(c, "delivery", w, action="delivered"):
        for scope in _scopes(c, grain, one, "content_id"):
            if scope not in seen:
                shown.setdefault(scope, set()).add((one["user_id"], one["content_id"]))
    clicked = {(_person(one), one["object_id"]) for one in within(c, "view", w, action="click")}
    return {
        (scope, ""): (
            float(len({who for who, _ in pairs & clicked})),
            float(len({who for who, _ in pairs})),
        )
        for scope, pairs in shown.items()
    }


def like_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _counted(c, grain, within(c, "reaction", w, action="like"), "target_id")


def forward_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _counted(c, grain, within(c, "reaction", w, action="forward"), "target_id")


def forward_count_by_role(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    rows = within(c, "reaction", w, action="forward")
    return _split(c, grain, rows, "actor_role", "target_id")


def _of_readers(c: Community, grain: str, w: CalendarWindow, action: str) -> Found:
    return among(
        [
            ((scope, ""), _person(one))
            for one in within(c, "view", w, action="read")
            for scope in _scopes(c, grain, one, "object_id")
            if _person(one)
        ],
        [
            ((scope, ""), one["user_id"])
            for one in within(c, "reaction", w, action=action, actor_role="member")
            for scope in _scopes(c, grain, one, "target_id")
        ],
    )


def like_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _of_readers(c, grain, w, "like")


def forward_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _of_readers(c, grain, w, "forward")


def moments_like_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _counted(c, grain, within(c, "reaction", w, action="like", target_kind="moments_post"))


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
        for scope in _scopes(c, grain, one, "object_id")
        if _person(one)
    ]
    return among(
        [(key, _person(one)) for key, one in rows],
        [
            (key, _person(one))
            for key, one in rows
            for who, ms in goals
            if who == _person(one) and 0 <= ms - one["event_ms"] <= days
        ],
    )


def _of_brands(c: Community, w: CalendarWindow) -> list[Event]:
    brands = {row["content_id"] for row in c.dims["dim_content"] if row["is_brand"]}
    rows = within(c, "view", w, action=("impression", "read"))
    return [one for one in rows if one["object_id"] in brands]


def brand_exposure_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _counted(c, grain, _of_brands(c, w))


def brand_reach_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _distinct(c, grain, _of_brands(c, w))


# --- What it is worth: D11, D15


def _scores(c: Community, w: CalendarWindow, asof: int) -> dict[str, float]:
    """The score of each item that was published or touched in the window."""
    first = _published(c, w)
    numbers = _touched(c, w, first)
    kinds = {item: first[item]["content_kind"] for item in numbers}
    t = c.terms
    weights = (
        t.content_weight_reads,
        t.content_weight_likes,
        t.content_weight_forwards,
        t.content_weight_favorites,
        t.content_weight_rating,
        t.content_weight_featured,
    )
    found = {}
    for item, mine in numbers.items():
        rivals = [numbers[one] for one in numbers if kinds[one] == kinds[item]]
        ranks = [
            sum(theirs[place] < number for theirs in rivals) / max(len(rivals) - 1, 1)
            for place, number in enumerate(mine)
        ]
        found[item] = sum(weight * rank for weight, rank in zip(weights, ranks, strict=True))
    return found


def _order(one: Event) -> tuple[int, int, str]:
    return one["event_ms"], one["source_seq"], one["event_id"]


def _published(c: Community, w: CalendarWindow) -> dict[str, Event]:
    """Every item published by the window's end, as it was first."""
    found: dict[str, Event] = {}
    for one in sorted(c.of("publish"), key=_order):
        if one["content_kind"] not in NO_ITEMS and one["event_ms"] < w.end_ms:
            found.setdefault(one["content_id"], one)
    return found


def _touched(
    c: Community, w: CalendarWindow, first: Mapping[str, Event]
) -> dict[str, tuple[float, ...]]:
    """Reads, likes, forwards, favorites, mean rating, featured of what is new or touched."""
    reads = [one["object_id"] for one in within(c, "view", w, action="read")]
    acts = [
        (one["action"], one["target_id"]) for one in within(c, "reaction", w, target_kind="content")
    ]
    stars: dict[str, list[int]] = {}
    for one in within(c, "feedback", w, ref_kind="content"):
        if one["rating"]:
            stars.setdefault(one["ref_id"], []).append(one["rating"])
    new = {item for item, one in first.items() if inside(w, one["event_ms"])}
    touched = {*reads, *(item for _, item in acts), *stars}
    return {
        item: (
            float(reads.count(item)),
            *(float(acts.count((action, item))) for action in ("like", "forward", "favorite")),
            sum(stars.get(item, [0])) / len(stars.get(item, [0])),
            float(one["quality"] == "featured"),
        )
        for item, one in first.items()
        if item in new | touched
    }


def content_value_score(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    scores = _scores(c, w, asof)
    if grain == "P":
        return {(item, ""): (score, 1.0) for item, score in scores.items()}
    groups: dict[str, list[float]] = {}
    for item, score in scores.items():
        group = _published(c, w)[item]["group_id"]
        groups.setdefault(group, []).append(score)
    return {
        (group, ""): (sum(mine) / len(mine), float(len(mine)))
        for group, mine in groups.items()
        if group
    }


def popular_content_rank(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    scores = _scores(c, w, asof)
    readers = content_reader_count(c, "P", w, asof)
    lists: dict[str, list[tuple[float, float, str]]] = {}
    for item, score in scores.items():
        group = _published(c, w)[item]["group_id"]
        scope = "" if grain == "P" else group
        if grain == "P" or group:
            seen = readers.get((item, ""), (0.0, 1.0))[0]
            lists.setdefault(scope, []).append((-score, -seen, item))
    found: Found = {}
    for scope, mine in lists.items():
        for rank, (less, _, item) in enumerate(sorted(mine)[: c.terms.top_n], 1):
            found[item if grain == "P" else scope, item] = (-less, float(rank))
    return found


# --- Products named, and what is kept: D13, D16


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
        content_published_count,
        content_published_by_role,
        post_count,
        post_quality_rate,
        reply_count,
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
        content_value_score,
        ugc_share,
        learner_to_sharer_rate,
        product_mention_count,
        member_product_mention_count,
        brand_exposure_count,
        brand_reach_count,
        popular_content_rank,
        digest_rate,
        topic_digest_rate,
    )
}
"""Metric name -> its reference."""
