"""Family A: members, their stock, growth and retention (群员数据 / 留存数据)."""

from __future__ import annotations

from pipeline.catalog.families.members.core import CORE
from pipeline.catalog.metric import Metric

MEMBERS: tuple[Metric, ...] = (*CORE,)
