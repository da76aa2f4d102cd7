"""Family H: segments, profiles, models, funnels (画像 / 标签 / RFM / 路径)."""

from __future__ import annotations

from pipeline.catalog.metric import Metric

SEGMENTS: tuple[Metric, ...] = ()
