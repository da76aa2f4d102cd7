"""Family A: members, their stock, growth and retention (群员数据 / 留存数据)."""

from __future__ import annotations

from pipeline.catalog.families.members.contacts import CONTACTS
from pipeline.catalog.families.members.core import CORE
from pipeline.catalog.families.members.growth import GROWTH
from pipeline.catalog.families.members.leaving import LEAVING
from pipeline.catalog.families.members.retention import RETENTION
from pipeline.catalog.families.members.silence import SILENCE
from pipeline.catalog.metric import Metric

MEMBERS: tuple[Metric, ...] = tuple(
    sorted(
        (*CORE, *GROWTH, *LEAVING, *RETENTION, *SILENCE, *CONTACTS), key=lambda metric: metric.id
    )
)
