"""Family C: activity, interaction, topics, activities (活跃数据 / 社群互动数据)."""

from __future__ import annotations

from pipeline.catalog.families.activity.core import CORE
from pipeline.catalog.metric import Metric

ACTIVITY: tuple[Metric, ...] = (*CORE,)
