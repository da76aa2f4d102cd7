"""Family C: activity, interaction, topics, activities (活跃数据 / 社群互动数据)."""

from __future__ import annotations

from pipeline.catalog.families.activity.active import ACTIVE
from pipeline.catalog.families.activity.activities import ACTIVITIES
from pipeline.catalog.families.activity.best_state import BEST_STATE
from pipeline.catalog.families.activity.interactions import INTERACTIONS
from pipeline.catalog.families.activity.messages import MESSAGES
from pipeline.catalog.families.activity.roles import ROLES
from pipeline.catalog.families.activity.ties import TIES
from pipeline.catalog.families.activity.topics import TOPICS
from pipeline.catalog.metric import Metric

ACTIVITY: tuple[Metric, ...] = tuple(
    sorted(
        (*MESSAGES, *ACTIVE, *INTERACTIONS, *TOPICS, *ACTIVITIES, *ROLES, *TIES, *BEST_STATE),
        key=lambda metric: metric.id,
    )
)
"""In order of id; each file holds a subject."""
