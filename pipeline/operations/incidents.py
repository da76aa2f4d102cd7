"""An alert that arrives becomes an incident, with its causes.

A message may come twice, late, or after the one that ends it: an incident is made of what its
messages agree on, so it does not matter. What a milestone stood at, and why, is looked for once,
for the moment at which the alert began to fire.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline.alerting.received import Received, metric_of, received
from pipeline.alerting.site import DEFAULT_SITE
from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.cause_words import Note, noted
from pipeline.catalog.metric import Metric
from pipeline.catalog.series import EVERY_GROUP
from pipeline.catalog.vocabulary import Grain
from pipeline.clock import SharedClock, wall_ms
from pipeline.core.signals import slow_end
from pipeline.errors import PulseError
from pipeline.operations.incident import Affected, Incident, compared, drop_of, row_of, told
from pipeline.operations.incident_reading import stored, surroundings
from pipeline.operations.operation import Context
from pipeline.operations.rolling import catalogue_of
from pipeline.rollup.causes import Causes, Why
from pipeline.rollup.cells import Scope
from pipeline.rollup.standing import Standing, standings

NAME = "incidents.record"

MOST_AFFECTED = 5


def record(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Make an incident of `alert`, an object of Alertmanager's webhook, and return it.

    `moment_ms`: event time to look at; None = when the alert began to fire. An alert that is of no
    group or of no metric of the catalogue is none: `incident` is None. Where the causes cannot be
    found, the incident is stored without, and its `note` says why; the next message tries again.
    Raises UsageError for what is no alert, Retryable or Fatal where it cannot be stored.
    """
    alert = received(arguments["alert"])
    metric = metric_of(alert, CATALOGUE)
    if not alert.group_id or metric is None:
        return {"incident": None}
    store = context.store
    known = stored(store, alert.incident_id) if store.modern else None
    incident = known or _begun(context.clock, alert, metric)
    if not incident.moment_ms:
        now_ms = context.clock.now_ms()
        moment_ms = arguments.get("moment_ms")
        moment_ms = min(incident.started_ms, now_ms) if moment_ms is None else moment_ms
        incident = _explained(context, alert, incident, metric, moment_ms)
    if not alert.firing:
        incident = incident.resolved(_event_ms(context.clock, alert.ended_ms))
    if store.modern and incident != known:
        store.insert("milestone_incident", row_of(incident, wall_ms()))
    return {"incident": told(incident, surroundings(context.settings, store, context.clock))}


def _begun(clock: SharedClock, alert: Received, metric: Metric) -> Incident:
    """What the alert itself tells."""
    labels = alert.labels
    return Incident(
        incident_id=alert.incident_id,
        alert=alert.name,
        metric=metric.id,
        metric_name=metric.name,
        group_id=alert.group_id,
        signal=labels.get("signal", ""),
        against=labels.get("against", ""),
        severity=labels.get("severity", ""),
        started_ms=_event_ms(clock, alert.began_ms),
        numerator=alert.numerator,
        denominator=alert.denominator,
        value=alert.value,
        baseline=alert.baseline,
        runbook_url=alert.runbook_url or f"{DEFAULT_SITE.runbook}#{alert.name}",
    )


def _explained(
    context: Context, alert: Received, incident: Incident, metric: Metric, moment_ms: int
) -> Incident:
    """The incident with its numbers, causes and affected groups, as far as they can be found."""
    settings, store = context.settings, context.store
    if not store.modern:
        return _told_of(replace(incident, note=Note.TOO_OLD), metric, [])
    grace_ms = settings.grace_seconds * 1000
    t_ms = slow_end(moment_ms, grace_ms)
    signal, against = incident.signal, incident.against
    why, found = Why(), list[Standing]()
    try:
        context.progress("Looking for causes", 0, 2)
        causes = Causes(store, catalogue_of(settings, store), settings.zone_info)
        causes.refresh()
        why = causes.of(metric, signal, against, _scope(incident.group_id), t_ms)
        context.progress("Looking at other groups", 1, 2)
        found = standings(
            store,
            metric,
            signal,
            against,
            t_ms,
            group_id=incident.group_id,
            grace_ms=grace_ms,
            measure=alert.labels.get("measure", ""),
        )
    except PulseError as error:
        if not why.causes:
            note = noted(Note.CAUSES_FAILED, error)
            return _told_of(replace(incident, note=note), metric, found)
        why = replace(why, note=noted(Note.OTHERS_FAILED, error))
    known = replace(incident, moment_ms=moment_ms, causes=why.causes, note=why.note)
    return _told_of(known, metric, found)


def _scope(group_id: str) -> Scope:
    """Of what a milestone is: one group, or all together."""
    return Scope(Grain.OVERALL, "") if group_id == EVERY_GROUP else Scope(Grain.GROUP, group_id)


def _told_of(incident: Incident, metric: Metric, found: list[Standing]) -> Incident:
    """With the numbers that the alert did not tell, and the others that got worse by its rule."""
    drop = drop_of(metric, incident.signal, incident.against)
    own = next((one for one in found if one.group_id == incident.group_id), None)
    numbers = {
        name: getattr(incident, name) if getattr(incident, name) is not None or own is None
        else getattr(own, name)
        for name in ("numerator", "denominator", "baseline")
    }  # fmt: skip
    value = incident.value
    if value is None and numbers["denominator"] and numbers["numerator"] is not None:
        value = numbers["numerator"] / numbers["denominator"]
    change, kind = compared(drop, value, numbers["baseline"])
    fell = [
        one
        for one in found
        if drop is not None
        and one.group_id not in (incident.group_id, EVERY_GROUP)
        and drop.fires(one.numerator, one.denominator, one.baseline)
    ]
    worst = sorted(fell, key=lambda one: (-abs(_points(one)) * one.denominator, one.group_id))
    return replace(
        incident,
        **numbers,
        value=value,
        change=change,
        change_kind=kind,
        affected=tuple(Affected(one.group_id, _points(one)) for one in worst[:MOST_AFFECTED]),
    )


def _points(one: Standing) -> float:
    return (one.rate or 0.0) - (one.baseline or 0.0)


def _event_ms(clock: SharedClock, wall: int | None) -> int:
    """Event time at a moment of wall time; None = now."""
    return clock.now_ms() if wall is None else clock.clock().at(wall)
