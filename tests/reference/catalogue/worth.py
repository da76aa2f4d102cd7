"""Family D, from its definitions in METRICS.md: what it is worth."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    inside,
    within,
)
from tests.reference.catalogue.contents import (
    NO_ITEMS,
    Found,
)
from tests.reference.catalogue.reactions import content_reader_count
from tests.reference.community import Community, Event


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


REFERENCE: Mapping[str, Reference] = {
    one.__name__: one
    for one in (
        content_value_score,
        popular_content_rank,
    )
}
