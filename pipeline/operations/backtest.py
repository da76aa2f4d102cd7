"""A back-test: history replayed through the rules that alert, and every alert with its cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import polars as pl

from pipeline.alerting.backtest import Fired, fired, judged, readings, sample
from pipeline.catalog.catalogue import ALL_MILESTONES, MILESTONES
from pipeline.catalog.tuning import tuned
from pipeline.catalog.vocabulary import Grain
from pipeline.core.signals import DAY_MS
from pipeline.errors import UsageError
from pipeline.operations.operation import Context
from pipeline.operations.rolling import catalogue_of
from pipeline.rollup.causes import Causes
from pipeline.rollup.cells import Scope
from pipeline.rollup.history import STEP_MS, history
from pipeline.rollup.plan import Span

NAME = "alerts.backtest"


def backtest(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Replay [since_ms, until_ms) of `groups` (none = all); the causes of the first `explained`.

    `thresholds`: those that differ from the catalogue's, as `catalog.tuning` names them.

    The result: `alerts`, as they fired; `samples` by metric and drop, with the share of
    evaluations that had enough to tell; `groups` with members, and `days`. Raises UsageError on a
    store that is too old.
    """
    store, settings = context.store, context.settings
    if not store.modern:
        raise UsageError(
            "The store is older than ClickHouse 24.8, which has no window functions",
            where=store.address,
            remedy="Back-test on the embedded store or a newer server.",
        )
    milestones = [one for one in tuned(ALL_MILESTONES, arguments["thresholds"]) if one.stem]
    rules = [(metric, drop) for metric in milestones for drop in metric.drops]
    fell: dict[int, list[pl.DataFrame]] = {place: [] for place in range(len(rules))}
    evaluated: Counter[int] = Counter()
    enough: Counter[int] = Counter()
    groups: set[str] = set()
    first_ms = -(-arguments["since_ms"] // STEP_MS) * STEP_MS
    span = Span(first_ms, (arguments["until_ms"] - 1) // STEP_MS * STEP_MS, STEP_MS)
    for grid, known in history(
        store,
        span,
        grace_ms=settings.grace_seconds * 1000,
        zone=settings.zone,
        groups=arguments["groups"],
        progress=context.progress,
    ):
        groups.update(grid.filter(pl.col("member_count") > 0)["group_id"])
        for place, (metric, drop) in enumerate(rules):
            found = judged(readings(grid, known, metric, drop), drop)
            told = sample(found, metric, drop)
            evaluated[place] += told.evaluations
            enough[place] += told.enough
            fell[place].append(found.filter("fell"))
    alerts = sorted(
        (
            one
            for place, (metric, drop) in enumerate(rules)
            if fell[place]
            for one in fired(pl.concat(fell[place]), metric, drop, STEP_MS)
        ),
        key=lambda one: (one.fired_ms, one.group_id, one.metric),
    )
    return {
        "alerts": _explained(context, alerts, arguments["explained"]),
        "samples": [
            {
                "metric": metric.id,
                "drop": drop.key,
                "evaluations": evaluated[place],
                "enough": enough[place],
            }
            for place, (metric, drop) in enumerate(rules)
        ],
        "groups": len(groups),
        "days": (arguments["until_ms"] - arguments["since_ms"]) / DAY_MS,
    }


def _explained(context: Context, alerts: list[Fired], most: int) -> list[dict[str, Any]]:
    rollup = catalogue_of(context.settings, context.store)
    if alerts and most:
        rollup.stage.build()
    causes = Causes(context.store, rollup, context.settings.zone_info)
    metrics = {metric.id: metric for metric in MILESTONES}
    told = []
    for number, alert in enumerate(alerts):
        context.progress("Looking for causes", number, min(len(alerts), most))
        signal, against = alert.drop.split(".")
        scope = Scope(Grain.GROUP, alert.group_id)
        found = (
            causes.of(metrics[alert.metric], signal, against, scope, alert.fired_ms).causes
            if number < most
            else ()
        )
        told.append(asdict(alert) | {"causes": [asdict(one) for one in found]})
    return told
