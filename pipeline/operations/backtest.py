"""A back-test: history replayed through the rules that alert, and every alert with its cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from pipeline.alerting.backtest import Fired, fired, judged, readings, sample
from pipeline.catalog.catalogue import ALL_MILESTONES
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.series import EVERY_GROUP
from pipeline.catalog.tuning import tuned
from pipeline.catalog.vocabulary import Grain
from pipeline.core.signals import DAY_MS, HOUR_MS
from pipeline.errors import UsageError
from pipeline.operations.operation import Context
from pipeline.operations.rolling import catalogue_of
from pipeline.rollup.catalogue import CatalogueRollup, Flowing
from pipeline.rollup.causes import Causes
from pipeline.rollup.cells import Scope
from pipeline.rollup.history import STEP_MS, history
from pipeline.rollup.plan import Span
from pipeline.rollup.stored_history import Asked, StoredHistory

NAME = "alerts.backtest"


@dataclass
class Rule:
    """One drop of one milestone, and what it said so far."""

    metric: Metric
    drop: Drop
    step_ms: int
    evaluations: int = 0
    compared: int = 0
    enough: int = 0
    fell: list[pl.DataFrame] = field(default_factory=list)

    def judge(self, found: pl.DataFrame) -> None:
        """Some more of its readings."""
        its = judged(found, self.drop)
        told = sample(its, self.metric, self.drop)
        self.evaluations += told.evaluations
        self.compared += told.compared
        self.enough += told.enough
        self.fell.append(its.filter("fell"))

    def alerts(self) -> list[Fired]:
        """What it had raised."""
        if not self.fell:
            return []
        return fired(pl.concat(self.fell), self.metric, self.drop, self.step_ms)


def backtest(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Replay [since_ms, until_ms) of `groups` (none = all); the causes of the first `explained`.

    `metrics`: ids of the milestones to replay (none = all). `thresholds`: those that differ from
    the catalogue's, as `catalog.tuning` names them.

    The result: `alerts`, as they fired; `samples` by metric and drop: evaluations, those that had a
    baseline (`compared`) and those of them with enough to tell; `without_source`, ids of milestones
    of whose events the store has none; `groups` with members, how many; `absent`, those asked for
    that had none; and `days`. Raises UsageError on a store that is too old or has no facts, and for
    a metric that is no milestone.
    """
    store = context.store
    if not store.modern:
        raise UsageError(
            "The store is older than ClickHouse 24.8, which has no window functions",
            where=store.address,
            remedy="Back-test on the embedded store or a newer server.",
        )
    milestones = _chosen(tuned(ALL_MILESTONES, arguments["thresholds"]), arguments["metrics"])
    catalogue = catalogue_of(context.settings, store)
    flowing = catalogue.flowing()
    if flowing is None:
        raise UsageError(
            "There is no history to replay: the store has no facts",
            where=store.address,
            remedy="`pulse import` brings in a history, `pulse worker` stores what happens.",
        )
    live = [_rule(metric, drop) for metric in milestones if metric.stem for drop in metric.drops]
    groups = _replay_live(context, arguments, live) if live else set[str]()
    stored = [metric for metric in milestones if not metric.stem]
    flow = {metric.name for metric in catalogue.with_source(flowing.types)}
    sourced = [metric for metric in stored if metric.name in flow]
    judged_of = [_rule(metric, drop) for metric in sourced for drop in metric.drops]
    if judged_of:
        asked = Asked(arguments["since_ms"], arguments["until_ms"], tuple(arguments["groups"]))
        groups |= _replay_stored(context, asked, catalogue, flowing, judged_of)
    rules = [*live, *judged_of]
    alerts = sorted(
        (one for rule in rules for one in rule.alerts()),
        key=lambda one: (one.fired_ms, one.group_id, one.measure, one.drop),
    )
    return {
        "alerts": _explained(context, catalogue, flowing, alerts, most=arguments["explained"]),
        "samples": [
            {
                "metric": rule.metric.id,
                "drop": rule.drop.key,
                "evaluations": rule.evaluations,
                "compared": rule.compared,
                "enough": rule.enough,
            }
            for rule in rules
        ],
        "without_source": [metric.id for metric in stored if metric not in sourced],
        "groups": len(groups - {EVERY_GROUP}),
        "absent": sorted(set(arguments["groups"]) - groups),
        "days": (arguments["until_ms"] - arguments["since_ms"]) / DAY_MS,
    }


def _chosen(milestones: Sequence[Metric], wanted: Sequence[str]) -> list[Metric]:
    """Those that are asked for, by id or by name."""
    if unknown := [
        one for one in wanted if not any(one in (its.id, its.name) for its in milestones)
    ]:
        raise UsageError(
            f"There is no milestone {', '.join(unknown)}",
            where="pulse alerts backtest --metric",
            remedy="There are " + ", ".join(f"{its.id} {its.name}" for its in milestones) + ".",
        )
    return [its for its in milestones if not wanted or {its.id, its.name} & set(wanted)]


def _rule(metric: Metric, drop: Drop) -> Rule:
    return Rule(metric, drop, STEP_MS if metric.stem else HOUR_MS)


def _replay_live(context: Context, arguments: Mapping[str, Any], rules: Iterable[Rule]) -> set[str]:
    """The milestones that a worker reads, each quarter of an hour; the groups that had members."""
    groups: set[str] = set()
    first_ms = -(-arguments["since_ms"] // STEP_MS) * STEP_MS
    span = Span(first_ms, (arguments["until_ms"] - 1) // STEP_MS * STEP_MS, STEP_MS)
    for grid, known in history(
        context.store,
        span,
        grace_ms=context.settings.grace_seconds * 1000,
        zone=context.settings.zone,
        groups=arguments["groups"],
        progress=context.progress,
    ):
        groups.update(grid.filter(pl.col("member_count") > 0)["group_id"])
        for rule in rules:
            rule.judge(readings(grid, known, rule.metric, rule.drop))
    return groups


def _replay_stored(
    context: Context,
    asked: Asked,
    catalogue: CatalogueRollup,
    flowing: Flowing,
    rules: Sequence[Rule],
) -> set[str]:
    """The milestones that the rollup reads, as each hour closes; the groups that had any."""
    context.progress("Building memberships and orders", 0, None)
    catalogue.stage.build_if_changed(flowing.seen_ms)
    metrics = list({rule.metric.name: rule.metric for rule in rules}.values())
    replayed = StoredHistory(
        context.store, catalogue, metrics, context.settings.zone_info, context.progress
    )
    groups: set[str] = set()
    for found in replayed.replay(asked, flowing.first_ms):
        groups.update(found["group_id"])
        for rule in rules:
            rule.judge(found.filter(_of(rule)))
    return groups


def _of(rule: Rule) -> pl.Expr:
    name = pl.col("measure").str.split(":").list.first()
    signal, against = rule.drop.signal, rule.drop.against
    return (
        (name == rule.metric.name)
        & (pl.col("signal") == str(signal))
        & (pl.col("against") == str(against))
    )


def _explained(
    context: Context,
    catalogue: CatalogueRollup,
    flowing: Flowing,
    alerts: Sequence[Fired],
    *,
    most: int,
) -> list[dict[str, Any]]:
    if alerts and most:
        catalogue.stage.build_if_changed(flowing.seen_ms)
    causes = Causes(context.store, catalogue, context.settings.zone_info)
    metrics = {(its.id, drop.key): its for its in ALL_MILESTONES for drop in its.drops}
    told = []
    for number, alert in enumerate(alerts):
        context.progress("Looking for causes", number, min(len(alerts), most))
        signal, against = alert.drop.split(".")
        overall = alert.group_id == EVERY_GROUP
        scope = Scope(Grain.OVERALL, "") if overall else Scope(Grain.GROUP, alert.group_id)
        found = (
            causes.of(
                metrics[alert.metric, alert.drop], signal, against, scope, alert.fired_ms
            ).causes
            if number < most
            else ()
        )
        told.append(asdict(alert) | {"causes": [asdict(one) for one in found]})
    return told
