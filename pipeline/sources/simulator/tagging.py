"""The tags that are put on members of one group in one hour, and taken off again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import NamedTuple

from pipeline.sources.simulator.rhythm import HOUR_MS
from pipeline.sources.simulator.scene import Deed, Scene
from schemas.envelope import ActorRole
from schemas.event_type import EventType
from schemas.segment import Tag, TagAction, TagSource

TAGS_A_DAY = 0.008
"""How often an average member is given one."""
MANUAL = 0.35
"""Share of the tags that staff put on."""
MANUAL_TAGS = ("sim-tag-vip", "sim-tag-parent", "sim-tag-price")
AUTO_TAGS = ("sim-tag-active", "sim-tag-buyer", "sim-tag-quiet")
LEVELS = ("low", "middle", "high")
TAKEN_OFF = 0.3
OFF_HOURS = 96
"""A tag is taken off this much later, to the hour: so an hour knows what is taken off in it."""


class Label(NamedTuple):
    """A tag, who decided it, and whether it will be taken off."""

    tag_id: str
    source: TagSource
    value: str | None
    goes: bool


def tagging_of_hour(scene: Scene) -> Iterator[Tag]:
    """Tags put on in the hour, and taken off in it from those who are still there."""
    for deed, draw in scene.by_members("tag", TAGS_A_DAY):
        yield _tag(scene, deed, _label(draw), TagAction.ADD)
    later_ms = OFF_HOURS * HOUR_MS
    then = replace(scene, hour_ms=scene.hour_ms - later_ms)
    for deed, draw in then.by_members("tag", TAGS_A_DAY):
        label = _label(draw)
        if label.goes and then.is_there(deed.stay, deed.ms + later_ms):
            late = deed._replace(ms=deed.ms + later_ms)
            yield _tag(then, late, label, TagAction.REMOVE)


def _label(draw: Random) -> Label:
    is_manual, goes = draw.random() < MANUAL, draw.random() < TAKEN_OFF
    manual, auto, level = draw.choice(MANUAL_TAGS), draw.choice(AUTO_TAGS), draw.choice(LEVELS)
    if is_manual:
        return Label(manual, TagSource.MANUAL, None, goes)
    return Label(auto, TagSource.AUTO, level, goes)


def _tag(scene: Scene, deed: Deed, label: Label, action: TagAction) -> Tag:
    by_staff = label.source is TagSource.MANUAL
    return Tag(
        **scene.envelope(
            EventType.TAG,
            deed,
            step=action,
            role=ActorRole.STAFF if by_staff else ActorRole.SYSTEM,
        ),
        tag_id=label.tag_id,
        action=action,
        tag_source=label.source,
        value=label.value,
        staff_id=scene.in_charge_of(deed.stay) if by_staff else None,
    )
