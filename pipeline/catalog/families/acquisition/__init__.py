"""Family B: acquisition and reach (引流 / 触达 / 裂变 / ROI)."""

from __future__ import annotations

from pipeline.catalog.metric import Metric

ACQUISITION: tuple[Metric, ...] = ()
