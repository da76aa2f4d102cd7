"""Family E: learning communities (打卡 / 训练营)."""

from __future__ import annotations

from pipeline.catalog.families.learning.camp import CAMP
from pipeline.catalog.families.learning.course import COURSE
from pipeline.catalog.metric import Metric

LEARNING: tuple[Metric, ...] = tuple(sorted((*COURSE, *CAMP), key=lambda metric: metric.id))
