"""Family G: service and control of staff (内控数据 / 群运营工作数据)."""

from __future__ import annotations

from pipeline.catalog.families.service.handling import HANDLING
from pipeline.catalog.families.service.quality import QUALITY
from pipeline.catalog.families.service.sessions import SESSIONS
from pipeline.catalog.families.service.workload import WORKLOAD
from pipeline.catalog.metric import Metric

SERVICE: tuple[Metric, ...] = tuple(
    sorted((*SESSIONS, *HANDLING, *QUALITY, *WORKLOAD), key=lambda metric: metric.id)
)
