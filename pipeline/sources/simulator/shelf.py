"""What a group has published: the articles of its staff, the posts of its members, and replies.

It is made by the day, and kept: readers of later hours ask for it again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from pipeline.sources.simulator.crowd import Crowd
from pipeline.sources.simulator.rhythm import DAY_MS, HOUR_MS
from pipeline.sources.simulator.scene import Deed, Scene
from pipeline.sources.simulator.shopping import GOODS, product_id
from pipeline.sources.simulator.stamp import Stamp
from schemas.content import ContentKind, ContentQuality

ARTICLES_A_DAY = 1.5
"""Pieces of one member of staff."""
POSTS_A_DAY = 0.008
REPLIES_A_DAY = 0.012
"""How often an average member posts, and replies."""

STAFF_KINDS = (
    ContentKind.ARTICLE,
    ContentKind.TOPIC,
    ContentKind.VIDEO,
    ContentKind.POSTER,
    ContentKind.DIGEST,
)
STAFF_SHARES = (45, 25, 12, 10, 8)
LEARNER_OUTPUTS = 0.15
"""Share of the posts that show what somebody has learnt."""
NAMES_A_PRODUCT = 0.3
QUALITIES = (ContentQuality.FEATURED, ContentQuality.NORMAL, ContentQuality.LOW)
QUALITY_SHARES = (12, 78, 10)

_published_ms = attrgetter("deed.ms")


@dataclass(frozen=True)
class Piece:
    """Something published; a reply has a parent."""

    deed: Deed
    content_id: str
    kind: ContentKind
    topic_id: str | None = None
    parent_id: str | None = None
    product_ids: tuple[str, ...] = ()
    quality: ContentQuality = ContentQuality.UNLABELLED


def published_before(scene: Scene, ms: int) -> Sequence[Piece]:
    """What was published yesterday and today before a moment, the latest last."""
    pieces = (
        *pieces_of_day(scene.stamp, scene.crowd, scene.day_ms - DAY_MS),
        *pieces_of_day(scene.stamp, scene.crowd, scene.day_ms),
    )
    return pieces[: bisect_left(pieces, ms, key=_published_ms)]


@lru_cache(maxsize=1_024)
def pieces_of_day(stamp: Stamp, crowd: Crowd, day_ms: int) -> Sequence[Piece]:
    """Everything published in a day of the community, in order of time."""
    originals = originals_of_day(stamp, crowd, day_ms)
    parents = (*originals_of_day(stamp, crowd, day_ms - DAY_MS), *originals)
    replies = [
        reply for scene in _hours(stamp, crowd, day_ms) for reply in _replies(scene, parents)
    ]
    return tuple(sorted([*originals, *replies], key=_published_ms))


@lru_cache(maxsize=1_024)
def originals_of_day(stamp: Stamp, crowd: Crowd, day_ms: int) -> Sequence[Piece]:
    """All but the replies."""
    pieces = [
        piece
        for scene in _hours(stamp, crowd, day_ms)
        for piece in (*_articles(scene), *_posts(scene))
    ]
    return tuple(sorted(pieces, key=_published_ms))


def _hours(stamp: Stamp, crowd: Crowd, day_ms: int) -> Iterator[Scene]:
    if day_ms >= stamp.plan.origin_ms:
        for hour_ms in range(day_ms, day_ms + DAY_MS, HOUR_MS):
            yield Scene(stamp, crowd, hour_ms)


def _articles(scene: Scene) -> Iterator[Piece]:
    for deed, draw in scene.by_staff("article", ARTICLES_A_DAY):
        (kind,) = draw.choices(STAFF_KINDS, STAFF_SHARES)
        content_id = scene.stamp.name(f"article-{scene.hour}", deed.number)
        named = draw.random() < NAMES_A_PRODUCT
        good = product_id(draw.randrange(GOODS))
        yield Piece(
            deed,
            content_id,
            kind,
            topic_id=content_id if kind is ContentKind.TOPIC else None,
            product_ids=(good,) if named else (),
            quality=ContentQuality.NORMAL,
        )


def _posts(scene: Scene) -> Iterator[Piece]:
    for deed, draw in scene.by_members("post", POSTS_A_DAY):
        shows = draw.random() < LEARNER_OUTPUTS
        yield Piece(
            deed,
            scene.stamp.name(f"post-{scene.hour}", deed.number),
            ContentKind.LEARNER_OUTPUT if shows else ContentKind.POST,
            quality=draw.choices(QUALITIES, QUALITY_SHARES)[0],
        )


def _replies(scene: Scene, parents: Sequence[Piece]) -> Iterator[Piece]:
    """Replies to what is there; while there is nothing yet, nobody replies."""
    for deed, draw in scene.by_members("reply", REPLIES_A_DAY):
        there = bisect_left(parents, deed.ms, key=_published_ms)
        back = int(there * draw.random() ** 2)  # mostly to the latest
        if there:
            parent = parents[there - 1 - back]
            yield Piece(
                deed,
                scene.stamp.name(f"reply-{scene.hour}", deed.number),
                ContentKind.REPLY,
                topic_id=parent.topic_id,
                parent_id=parent.content_id,
            )
