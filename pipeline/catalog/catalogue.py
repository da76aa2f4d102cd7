"""The whole catalogue of what this release computes, in order of id."""

from __future__ import annotations

from pipeline.catalog.activity import ACTIVITY
from pipeline.catalog.business import BUSINESS
from pipeline.catalog.members import MEMBERS
from pipeline.catalog.metric import Metric

CATALOGUE: tuple[Metric, ...] = (*MEMBERS, *ACTIVITY, *BUSINESS)

MILESTONES: tuple[Metric, ...] = tuple(metric for metric in CATALOGUE if metric.milestone)
