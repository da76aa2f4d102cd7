"""The whole catalogue of what this release computes, in order of id."""

from __future__ import annotations

from pipeline.catalog.families.acquisition import ACQUISITION
from pipeline.catalog.families.activity import ACTIVITY
from pipeline.catalog.families.business import BUSINESS
from pipeline.catalog.families.content import CONTENT
from pipeline.catalog.families.learning import LEARNING
from pipeline.catalog.families.members import MEMBERS
from pipeline.catalog.families.segments import SEGMENTS
from pipeline.catalog.families.service import SERVICE
from pipeline.catalog.metric import Metric

CATALOGUE: tuple[Metric, ...] = (
    *MEMBERS,
    *ACQUISITION,
    *ACTIVITY,
    *CONTENT,
    *LEARNING,
    *BUSINESS,
    *SERVICE,
    *SEGMENTS,
)

MILESTONES: tuple[Metric, ...] = tuple(metric for metric in CATALOGUE if metric.stem)
"""The milestones that the worker reads from its live view, once a second."""

STORED_MILESTONES: tuple[Metric, ...] = tuple(
    metric for metric in CATALOGUE if metric.milestone and not metric.stem
)
"""The milestones that the rollup reads from the store, each hour."""

ALL_MILESTONES: tuple[Metric, ...] = (*MILESTONES, *STORED_MILESTONES)
