"""The rollup as the settings want it, and one run of it on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pipeline.clock import SharedClock, wall_ms
from pipeline.operations.operation import Context
from pipeline.rollup.runner import Rollup
from pipeline.settings import Settings
from sinks.store import Store

NAME = "rollup.once"


def rollup_of(settings: Settings, store: Store, clock: SharedClock) -> Rollup:
    """The rollup of this installation."""
    return Rollup(
        store,
        clock,
        grace_ms=settings.grace_seconds * 1000,
        zone=settings.zone,
        groups_limit=settings.alert_groups,
    )


def once(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Compute what is due; with `since_ms`, windows that closed after it once more."""
    clock, now = context.clock.clock(), wall_ms()
    context.progress("Rolling up", 0, None)
    rollup = rollup_of(context.settings, context.store, context.clock)
    report = rollup.run_once(clock.at(now), clock.rate(now), since_ms=arguments["since_ms"])
    return asdict(report)
