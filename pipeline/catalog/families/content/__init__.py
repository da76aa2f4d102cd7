"""Family D: content (内容)."""

from __future__ import annotations

from pipeline.catalog.metric import Metric

CONTENT: tuple[Metric, ...] = ()
