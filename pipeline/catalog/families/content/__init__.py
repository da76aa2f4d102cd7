"""Family D: content (内容)."""

from __future__ import annotations

from pipeline.catalog.families.content.publishing import PUBLISHING
from pipeline.catalog.families.content.reach import REACH
from pipeline.catalog.families.content.reactions import REACTIONS
from pipeline.catalog.families.content.worth import WORTH
from pipeline.catalog.metric import Metric

CONTENT: tuple[Metric, ...] = tuple(
    sorted((*PUBLISHING, *REACH, *REACTIONS, *WORTH), key=lambda metric: metric.id)
)
