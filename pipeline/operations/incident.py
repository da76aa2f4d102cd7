"""PURE: an incident, as a row of the store and as everybody else is told of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.cause_words import Language, note_words
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.playbook import actions
from pipeline.catalog.vocabulary import Change, Grain
from pipeline.core.signals import DAY_MS, HOUR_MS
from pipeline.rollup.causes import Cause

_OVER = 2**48
"""Added to the version of a row: more than any moment of wall time."""

FIRING, RESOLVED = "firing", "resolved"

BOARD = "community-group"
"""Uid of the board of one group."""


@dataclass(frozen=True)
class Affected:
    """Another group that got worse at the same time: how much its rate changed."""

    group_id: str
    points: float


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One incident; the comments of `milestone_incident` say what each field means.

    Moments are event time. `resolved_ms` 0 = it fires; `moment_ms` 0 = causes are still to find.
    """

    incident_id: str
    alert: str
    metric: str
    metric_name: str
    group_id: str
    signal: str
    against: str
    severity: str
    started_ms: int
    resolved_ms: int = 0
    numerator: float | None = None
    denominator: float | None = None
    value: float | None = None
    baseline: float | None = None
    change: float | None = None
    change_kind: str = ""
    moment_ms: int = 0
    causes: tuple[Cause, ...] = ()
    affected: tuple[Affected, ...] = ()
    runbook_url: str = ""
    note: str = ""

    @property
    def status(self) -> str:
        """Whether it fires or is resolved."""
        return RESOLVED if self.resolved_ms else FIRING

    def resolved(self, ended_ms: int) -> Incident:
        """The same, ended; of several ends that were told the last holds."""
        return replace(self, resolved_ms=max(self.resolved_ms, ended_ms, 1))


def compared(
    drop: Drop | None, value: float | None, baseline: float | None
) -> tuple[float | None, str]:
    """How a value stands to its baseline: (change, its kind); (None, '') where nobody can tell.

    Below 0 = fell. Of the baseline, or in points, as the alert's rule has it.
    """
    if value is None or baseline is None:
        return None, ""
    if drop is not None and drop.change is Change.POINTS:
        return value - baseline, str(Change.POINTS)
    return ((value - baseline) / baseline, str(Change.RELATIVE)) if baseline else (None, "")


def drop_of(metric: Metric, signal: str, against: str) -> Drop | None:
    """The rule of a metric that an alert is of."""
    return next((one for one in metric.drops if one.key == f"{signal}.{against}"), None)


def row_of(incident: Incident, written_ms: int) -> pl.DataFrame:
    """The incident as a row of `milestone_incident`, written at that moment of wall time.

    A row that says it is over holds before any that says it fires, whichever was written last.
    """
    version = written_ms + (_OVER if incident.resolved_ms else 0)
    row = asdict(incident)
    causes, affected = row.pop("causes"), row.pop("affected")
    arrays = {f"cause_{name}": [one[name] for one in causes] for name in _CAUSE}
    arrays |= {f"affected_{name}": [one[name] for one in affected] for name in _AFFECTED}
    schema = {name: pl.List(kind) for name, kind in _ARRAYS.items()}
    numbers = dict.fromkeys(_NUMBERS, pl.Float64())
    return pl.DataFrame(
        [row | arrays | {"version": version}],
        schema_overrides={**schema, **numbers, "version": pl.UInt64()},
    )


def of_row(row: Mapping[str, Any]) -> Incident:
    """The incident of a row of `v_milestone_incident`."""
    own = {field.name for field in fields(Incident)} - {"causes", "affected"}
    causes = zip(*(row[f"cause_{name}"] for name in _CAUSE), strict=True)
    affected = zip(*(row[f"affected_{name}"] for name in _AFFECTED), strict=True)
    return Incident(
        **{name: row[name] for name in own},
        causes=tuple(Cause(*one) for one in causes),
        affected=tuple(Affected(*one) for one in affected),
    )


_CAUSE = {"by": pl.String(), "part": pl.String(), "points": pl.Float64(), "share": pl.Float64()}
_CAUSE["effect"] = pl.String()
_AFFECTED = {"group_id": pl.String(), "points": pl.Float64()}
_ARRAYS = {f"cause_{name}": kind for name, kind in _CAUSE.items()}
_ARRAYS |= {f"affected_{name}": kind for name, kind in _AFFECTED.items()}
_NUMBERS = ("numerator", "denominator", "value", "baseline", "change")


@dataclass(frozen=True)
class Surroundings:
    """What an incident is told with: names by (kind, id), where Grafana is, zone and moment."""

    names: Mapping[tuple[str, str], str]
    grafana_url: str
    zone: ZoneInfo
    now_ms: int

    def name(self, kind: str, id_: str) -> str:
        """What people call a group, channel ...; its id where nobody said."""
        return self.names.get((kind, id_)) or id_


def told(incident: Incident, around: Surroundings) -> dict[str, Any]:
    """The incident as JSON: with names, actions and links."""
    metric = next((one for one in CATALOGUE if one.name == incident.metric_name), None)
    row = asdict(incident)
    to_do = actions(incident.metric)
    return {
        **{name: row[name] for name in row if name not in ("affected", "runbook_url")},
        "resolved_ms": incident.resolved_ms or None,
        "moment_ms": incident.moment_ms or None,
        "metric_zh": metric.zh if metric else "",
        "note": note_words(incident.note, Language.EN),
        "note_zh": note_words(incident.note, Language.ZH),
        "group_name": around.name("group", incident.group_id),
        "status": incident.status,
        "causes": [
            asdict(one) | {"name": around.name(one.by, one.part)} for one in incident.causes
        ],
        "affected_groups": [
            asdict(one) | {"group_name": around.name("group", one.group_id)}
            for one in incident.affected
        ],
        "actions_en": list(to_do.en),
        "actions_zh": list(to_do.zh),
        "links": {
            "board": _board(incident, around),
            "runbook": incident.runbook_url,
            "query": _query(incident, metric, around.zone),
        },
    }


def _board(incident: Incident, around: Surroundings) -> str:
    """The board of the group, from a day before to an hour after, or to now while it fires."""
    end_ms = incident.resolved_ms or max(around.now_ms, incident.started_ms)
    asked = {
        "var-group": incident.group_id,
        "from": incident.started_ms - DAY_MS,
        "to": end_ms + HOUR_MS,
    }
    return f"{around.grafana_url.rstrip('/')}/d/{BOARD}?{urlencode(asked)}"


def _query(incident: Incident, metric: Metric | None, zone: ZoneInfo) -> str:
    """The command that shows the number of the day, its SQL and the rows behind it."""
    if metric is None or metric.value is None:
        return ""
    day = datetime.fromtimestamp(incident.started_ms / 1000, UTC).astimezone(zone).date()
    of = (
        f"--group {shlex.quote(incident.group_id)}" if Grain.GROUP in metric.grains else "--grain O"
    )
    return f"pulse metrics explain {metric.name} {of} --day {day}"
