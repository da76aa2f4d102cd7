"""Family G: service and control of staff (内控数据 / 群运营工作数据)."""

from __future__ import annotations

from pipeline.catalog.metric import Metric

SERVICE: tuple[Metric, ...] = ()
