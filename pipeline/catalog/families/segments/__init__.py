"""Family H: segments, profiles, models, funnels (画像 / 标签 / RFM / 路径).

H06 is no number but a member's events in order, and H15 a property that others are split by.
"""

from __future__ import annotations

from pipeline.catalog.families.segments.journeys import JOURNEYS
from pipeline.catalog.families.segments.profiles import PROFILES
from pipeline.catalog.families.segments.segments import SEGMENTS_OF_CUSTOMERS
from pipeline.catalog.metric import Metric

SEGMENTS: tuple[Metric, ...] = (*SEGMENTS_OF_CUSTOMERS, *PROFILES, *JOURNEYS)
