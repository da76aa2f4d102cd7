"""The rollup as the settings want it, and one run of it on demand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pipeline.catalog.catalogue import CATALOGUE, STORED_MILESTONES
from pipeline.clock import SharedClock, wall_ms
from pipeline.core.signals import slow_end
from pipeline.operations.operation import Context
from pipeline.rollup.catalogue import CatalogueRollup
from pipeline.rollup.catalogue_schedule import CatalogueSchedule
from pipeline.rollup.due import Asked
from pipeline.rollup.ranking import RankedGroups
from pipeline.rollup.readings import Readings
from pipeline.rollup.runner import Rollup
from pipeline.settings import Settings
from sinks.store import Store

NAME = "rollup.once"


def rollup_of(settings: Settings, store: Store, clock: SharedClock) -> Rollup:
    """The rollup of signals and baselines of this installation."""
    return Rollup(
        store,
        clock,
        grace_ms=settings.grace_seconds * 1000,
        zone=settings.zone,
        groups_limit=settings.alert_groups,
    )


def catalogue_of(settings: Settings, store: Store, *, threads: int = 0) -> CatalogueRollup:
    """The rollup of the catalogue of this installation; 0 threads = as many as settings say."""
    return CatalogueRollup(
        store,
        CATALOGUE,
        terms=settings.terms,
        zone=settings.zone,
        grace_ms=settings.grace_seconds * 1000,
        threads=threads or settings.rollup.threads or os.cpu_count() or 1,
        memory_bytes=settings.rollup.memory_bytes,
    )


def readings_of(settings: Settings, store: Store, catalogue: CatalogueRollup) -> Readings:
    """The stored milestones of this installation."""
    ranked = RankedGroups(store, limit=settings.alert_groups)
    return Readings(store, catalogue, STORED_MILESTONES, ranked)


def schedule_of(settings: Settings, store: Store, clock: SharedClock) -> CatalogueSchedule:
    """When the catalogue is rolled up in this installation."""
    catalogue = catalogue_of(settings, store, threads=1)
    return CatalogueSchedule(
        catalogue,
        readings_of(settings, store, catalogue),
        clock,
        grace_ms=settings.grace_seconds * 1000,
        zone=settings.zone,
        live_seconds=settings.live_seconds,
    )


def once(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Compute what is due; with `since_ms` and `before_ms`, the windows of that span once more.

    The result is that of the signals' rollup, and beside it `catalogue_windows` and
    `catalogue_values`: windows of the catalogue that were computed, and their values; `milestones`:
    comparisons of stored milestones; `failed`: metrics that the store could not compute, and what
    it said.
    """
    settings, store = context.settings, context.store
    clock, now = context.clock.clock(), wall_ms()
    since_ms, before_ms = arguments["since_ms"], arguments["before_ms"]
    context.progress("Rolling up signals", 0, None)
    rollup = rollup_of(settings, store, context.clock)
    report = rollup.run_once(clock.at(now), clock.rate(now), since_ms=since_ms)
    windows = values = milestones = 0
    catalogue = catalogue_of(settings, store)
    if not report.note:
        asof_ms = slow_end(clock.at(now), settings.grace_seconds * 1000)
        for _, stored in catalogue.run_once(
            asof_ms,
            asked=None if since_ms is None else Asked(since_ms, before_ms),
            progress=context.progress,
        ):
            windows, values = windows + 1, values + stored
        milestones = readings_of(settings, store, catalogue).run(asof_ms, now)
    return asdict(report) | {
        "catalogue_windows": windows,
        "catalogue_values": values,
        "milestones": milestones,
        "failed": catalogue.failed,
    }
