"""What is published in one group in one hour, and who sees it and reacts."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from pipeline.sources.simulator.scene import Scene
from pipeline.sources.simulator.shelf import Piece, pieces_of_day, published_before
from pipeline.sources.simulator.shopping import GOODS, product_id
from pipeline.sources.simulator.stamp import Unnamed
from schemas.content import (
    Destination,
    ObjectKind,
    Publish,
    Reaction,
    ReactionAction,
    TargetKind,
    View,
    ViewAction,
)
from schemas.envelope import ActorRole
from schemas.event_type import EventType

VIEWS_A_DAY = 0.05
ANONYMOUS_VIEWS_A_DAY = 0.015
"""Views of strangers grow with the group, too: they come by what its members pass on."""
REACTIONS_A_DAY = 0.03

SHOP_VIEWS = 0.25
"""Share of views that are of a product's page."""
VIEW_ACTIONS = (ViewAction.IMPRESSION, ViewAction.READ, ViewAction.CLICK)
VIEW_SHARES = (45, 40, 15)
REACTION_ACTIONS = (
    ReactionAction.LIKE,
    ReactionAction.COMMENT,
    ReactionAction.FORWARD,
    ReactionAction.FAVORITE,
)
REACTION_SHARES = (55, 18, 15, 12)
DESTINATIONS = (
    Destination.MOMENTS,
    Destination.GROUP,
    Destination.PRIVATE,
    Destination.OTHER,
)
DESTINATION_SHARES = (45, 25, 25, 5)


class Seen(NamedTuple):
    """What is seen, and how."""

    action: ViewAction
    object_kind: ObjectKind
    object_id: str
    dwell_seconds: int


def publishing_of_hour(scene: Scene) -> Iterator[Publish | View | Reaction]:
    """Pieces published in the hour, views and reactions to what was published before them."""
    yield from _publications(scene)
    yield from _views_of_members(scene)
    yield from _views_of_strangers(scene)
    yield from _reactions(scene)


def _publications(scene: Scene) -> Iterator[Publish]:
    for piece in pieces_of_day(scene.stamp, scene.crowd, scene.day_ms):
        if scene.holds(piece.deed.ms):
            yield _publication(scene, piece)


def _publication(scene: Scene, piece: Piece) -> Publish:
    envelope = scene.envelope(EventType.PUBLISH, piece.deed, step=piece.content_id)
    by_staff = envelope["actor_role"] is ActorRole.STAFF
    return Publish(
        **envelope,
        content_id=piece.content_id,
        content_kind=piece.kind,
        topic_id=piece.topic_id,
        parent_content_id=piece.parent_id,
        product_ids=piece.product_ids,
        quality=piece.quality,
        staff_id=envelope["user_id"] if by_staff else None,
    )


def _views_of_members(scene: Scene) -> Iterator[View]:
    for deed, draw in scene.by_members("view", VIEWS_A_DAY):
        fields = scene.unnamed(EventType.VIEW, deed.ms, number=deed.number)
        user_id = scene.crowd.user_ids[deed.stay]
        yield _view(fields, _seen(scene, deed.ms, draw), user_id=user_id)


def _views_of_strangers(scene: Scene) -> Iterator[View]:
    moments = scene.moments("stranger", ANONYMOUS_VIEWS_A_DAY * len(scene.members))
    for number, (ms, draw) in enumerate(moments):
        visitor = draw.choice(scene.crowd.visitors)
        fields = scene.unnamed(EventType.VIEW, ms, number=number, step="stranger")
        yield _view(fields, _seen(scene, ms, draw), visitor_id=visitor)


def _seen(scene: Scene, ms: int, draw: Random) -> Seen:
    shops, dwell_s = draw.random() < SHOP_VIEWS, 1 + int(draw.lognormvariate(3.2, 0.9))
    piece = _lately(scene, ms, draw)
    if shops or piece is None:
        good = product_id(draw.randrange(GOODS))
        return Seen(ViewAction.PAGE_VIEW, ObjectKind.PRODUCT, good, dwell_s)
    (action,) = draw.choices(VIEW_ACTIONS, VIEW_SHARES)
    reads = action is ViewAction.READ
    return Seen(action, ObjectKind.CONTENT, piece.content_id, dwell_s if reads else 0)


def _view(
    fields: Unnamed, seen: Seen, *, user_id: str | None = None, visitor_id: str | None = None
) -> View:
    return View(
        **fields,
        user_id=user_id,
        visitor_id=visitor_id,
        action=seen.action,
        object_kind=seen.object_kind,
        object_id=seen.object_id,
        dwell_seconds=seen.dwell_seconds,
    )


def _reactions(scene: Scene) -> Iterator[Reaction]:
    for deed, draw in scene.by_members("reaction", REACTIONS_A_DAY):
        piece = _lately(scene, deed.ms, draw)
        (action,) = draw.choices(REACTION_ACTIONS, REACTION_SHARES)
        (dest,) = draw.choices(DESTINATIONS, DESTINATION_SHARES)
        if piece is not None:
            yield Reaction(
                **scene.envelope(EventType.REACTION, deed),
                action=action,
                target_kind=TargetKind.CONTENT,
                target_id=piece.content_id,
                dest=dest if action is ReactionAction.FORWARD else None,
            )


def _lately(scene: Scene, ms: int, draw: Random) -> Piece | None:
    """Something published before, mostly a late one."""
    pieces = published_before(scene, ms)
    back = int(len(pieces) * draw.random() ** 2)
    return pieces[-1 - back] if pieces else None
