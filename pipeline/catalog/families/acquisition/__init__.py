"""Family B: acquisition and reach (引流 / 触达 / 裂变 / ROI)."""

from __future__ import annotations

from pipeline.catalog.families.acquisition.costs import COSTS
from pipeline.catalog.families.acquisition.fission import FISSION
from pipeline.catalog.families.acquisition.invitations import INVITATIONS
from pipeline.catalog.families.acquisition.offers import OFFERS
from pipeline.catalog.families.acquisition.pushes import PUSHES
from pipeline.catalog.families.acquisition.quality import QUALITY
from pipeline.catalog.families.acquisition.sources import SOURCES
from pipeline.catalog.metric import Metric

ACQUISITION: tuple[Metric, ...] = tuple(
    sorted(
        (*INVITATIONS, *SOURCES, *COSTS, *FISSION, *PUSHES, *OFFERS, *QUALITY),
        key=lambda metric: metric.id,
    )
)
