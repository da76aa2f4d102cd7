"""Family E: learning communities (打卡 / 训练营)."""

from __future__ import annotations

from pipeline.catalog.metric import Metric

LEARNING: tuple[Metric, ...] = ()
