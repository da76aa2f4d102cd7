"""The best state of a community: four numbers side by side, and no sum of them (社群最佳状态)."""

from __future__ import annotations

from dataclasses import replace

from pipeline.catalog.families.activity.topics import TOPICS
from pipeline.catalog.families.content.reactions import REACTIONS
from pipeline.catalog.families.content.worth import WORTH
from pipeline.catalog.families.service.handling import HANDLING
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import WM, Grain, Mode

_PARTS = {
    "topic_participation_rate": "topics",
    "question_resolution_rate": "questions",
    "forward_rate": "forwards",
    "content_value_score": "content",
}

BEST_STATE: tuple[Metric, ...] = tuple(
    replace(
        metric,
        id="C37",
        name=f"community_best_state_{_PARTS[metric.name]}",
        zh=f"社群最佳状态:{metric.zh}",
        grains=(Grain.GROUP, Grain.TYPE),
        variants={},
        periods=WM,
        windows=(),
        mode=Mode.SQL,
        note=f"It is {metric.name} ({metric.id}), one of the four that a community is best by.",
    )
    for metric in (*TOPICS, *HANDLING, *REACTIONS, *WORTH)
    if metric.name in _PARTS
)
