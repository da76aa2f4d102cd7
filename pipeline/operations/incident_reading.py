"""Incidents as they are stored: some, one, and what they are told with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any

from pipeline.clock import SharedClock
from pipeline.errors import UsageError
from pipeline.operations.incident import Incident, Surroundings, of_row, told
from pipeline.operations.incident_review import review_of
from pipeline.operations.operation import Context
from pipeline.settings import Settings
from sinks.store import Store

LIST, SHOW = "incidents.list", "incidents.show"

MOST_LISTED = 1_000

_ONE = "SELECT * FROM v_milestone_incident WHERE incident_id = %(incident_id)s"
_SOME = """
SELECT *
FROM v_milestone_incident
WHERE started_ms < %(until_ms)s AND (resolved_ms = 0 OR resolved_ms >= %(since_ms)s)
    AND (empty(%(group)s) OR group_id = %(group)s OR group_name = %(group)s)
    AND (empty(%(metric)s) OR metric = %(metric)s OR metric_name = %(metric)s)
    AND (empty(%(status)s) OR status = %(status)s)
ORDER BY started_ms DESC, incident_id
LIMIT %(limit)s
"""
_IDS = "SELECT incident_id FROM v_milestone_incident ORDER BY started_ms DESC LIMIT 10000"
_GROUPS = """
SELECT group_id, name FROM v_dim_group
UNION DISTINCT
SELECT group_id, group_name FROM v_milestone_incident
"""
_NAMES = """
SELECT 'group' AS kind, group_id AS id, name FROM v_dim_group WHERE name != ''
UNION ALL
SELECT 'channel', channel_id, name FROM v_dim_channel WHERE name != ''
UNION ALL
SELECT 'campaign', campaign_id, name FROM v_dim_campaign WHERE name != ''
"""


def listed(settings: Settings, store: Store, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Incidents that began before `until_ms` and lasted to `since_ms`, the newest first.

    `group` and `metric` by id or name, `status`; '' = any. At most `limit`. Raises UsageError for a
    group that nobody knows where another one is nearly called so.
    """
    _require_modern(store)
    if arguments["group"]:
        _require_group(store, arguments["group"])
    found = store.query(_SOME, {**arguments, "limit": arguments.get("limit", MOST_LISTED)})
    around = surroundings(settings, store, SharedClock(settings.clock_file))
    return [told(of_row(row), around) for row in found.iter_rows(named=True)]


def shown(settings: Settings, store: Store, incident_id: str) -> dict[str, Any]:
    """One incident by its id or the beginning of it, with its `review` (None = there is none).

    Raises UsageError where that names none.
    """
    _require_modern(store)
    ids = store.query(_IDS)["incident_id"].to_list()
    meant = [one for one in ids if one.startswith(incident_id)] if incident_id else []
    if len(meant) != 1:
        near = meant[:5] or get_close_matches(incident_id, ids, 3, 0.5)
        raise UsageError(
            f"{'Several incidents begin with' if meant else 'There is no incident'}"
            f" {incident_id!r}",
            where=store.address,
            remedy=f"Did you mean {' or '.join(near)}?"
            if near
            else "`pulse incidents list` shows them.",
        )
    incident = stored(store, meant[0])
    assert incident is not None  # noqa: S101 - its id was just read, and none is ever removed
    review = review_of(store, incident.incident_id)
    around = surroundings(settings, store, SharedClock(settings.clock_file))
    return told(incident, around) | {"review": asdict(review) if review else None}


def list_(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`listed`, for whoever asks the owner of the store: `incidents`."""
    return {"incidents": listed(context.settings, context.store, arguments)}


def show(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`shown`, of `incident_id`: `incident`."""
    return {"incident": shown(context.settings, context.store, arguments["incident_id"])}


def stored(store: Store, incident_id: str) -> Incident | None:
    """The incident of an id; None = there is none. Raises Retryable or Fatal."""
    for row in store.query(_ONE, {"incident_id": incident_id}).iter_rows(named=True):
        return of_row(row)
    return None


def surroundings(settings: Settings, store: Store, clock: SharedClock) -> Surroundings:
    """What incidents are told with here and now; a store that is too old has no names."""
    rows = store.query(_NAMES).iter_rows() if store.modern else ()
    names = {(kind, id_): name for kind, id_, name in rows}
    return Surroundings(names, settings.grafana.url, settings.zone_info, clock.now_ms())


def _require_group(store: Store, group: str) -> None:
    names = {name for row in store.query(_GROUPS).iter_rows() for name in row if name}
    near = get_close_matches(group, names, 3)
    if near and group not in names:
        raise UsageError(
            f"There is no group {group!r} among incidents and reference data",
            where="--group",
            remedy=f"Did you mean {' or '.join(near)}?",
        )


def _require_modern(store: Store) -> None:
    if not store.modern:
        raise UsageError(
            "The store is older than ClickHouse 24.8 and keeps no incidents",
            where=store.address,
            remedy="Use the embedded store or a newer server.",
        )
