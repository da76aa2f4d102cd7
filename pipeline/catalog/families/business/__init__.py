"""Family F: conversion and business (转化数据 / 业务数据)."""

from __future__ import annotations

from pipeline.catalog.families.business.core import CORE
from pipeline.catalog.metric import Metric

BUSINESS: tuple[Metric, ...] = (*CORE,)
