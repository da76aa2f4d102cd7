"""Family F: conversion and business (转化数据 / 业务数据)."""

from __future__ import annotations

from pipeline.catalog.families.business.conversion import CONVERSION
from pipeline.catalog.families.business.core import CORE
from pipeline.catalog.families.business.goods import GOODS
from pipeline.catalog.families.business.journey import JOURNEY
from pipeline.catalog.families.business.profit import PROFIT
from pipeline.catalog.families.business.repeat import REPEAT
from pipeline.catalog.metric import Metric

BUSINESS: tuple[Metric, ...] = tuple(
    sorted((*CORE, *PROFIT, *CONVERSION, *JOURNEY, *REPEAT, *GOODS), key=lambda metric: metric.id)
)
