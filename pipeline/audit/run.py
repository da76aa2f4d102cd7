"""One audit: the checks one after another, and what is kept of their results."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

import polars as pl

from pipeline.audit.conflicts import check_conflicts
from pipeline.audit.ids import check_ids
from pipeline.audit.live import check_live
from pipeline.audit.offsets import check_committed, check_holes
from pipeline.audit.scope import FOREVER_MS, Check, Result, Scope
from pipeline.audit.windows import check_windows
from pipeline.clock import SharedClock, wall_ms
from pipeline.progress import Progress, unwatched
from pipeline.settings import Settings
from sinks.group_offsets import open_group
from sinks.store import Store

CHECKS: Mapping[Check, Callable[[Scope], Result]] = MappingProxyType(
    {
        Check.HOLES: check_holes,
        Check.COMMITTED: check_committed,
        Check.IDS: check_ids,
        Check.WINDOWS: check_windows,
        Check.CONFLICTS: check_conflicts,
        Check.LIVE: check_live,
    }
)

ROWS_KEPT = 100
"""So many rows of a check are kept in the store."""


def audit(
    settings: Settings,
    store: Store,
    clock: SharedClock,
    *,
    since_ms: int = 0,
    until_ms: int = FOREVER_MS,
    checks: Collection[Check] = tuple(Check),
    progress: Progress = unwatched,
) -> list[Result]:
    """The results of `checks` over what the broker took in [since_ms, until_ms).

    Beside running workers, as it reads only; what all the checks say is noted in table
    audit_result. Raises BrokerError, Retryable or Fatal.
    """
    started = time.monotonic()
    with open_group(settings.kafka, settings.group) as group:
        committed = group.committed()
    scope = Scope(settings, store, clock, committed, since_ms, until_ms, progress)
    results = [CHECKS[check](scope) for check in CHECKS if check in checks]
    if len(results) == len(CHECKS):
        _keep(scope, results, time.monotonic() - started)
    return results


def _keep(scope: Scope, results: Sequence[Result], seconds: float) -> None:
    now = wall_ms()
    rows = [
        (
            *(each.check.value, now, scope.since_ms, scope.until_ms, each.unit, each.looked_at),
            *(each.mismatches, each.note, seconds),
            json.dumps(each.rows[:ROWS_KEPT], default=str, ensure_ascii=False),
        )
        for each in results
    ]
    schema = {
        "check": pl.String,
        "finished_ms": pl.Int64,
        "since_ms": pl.Int64,
        "until_ms": pl.Int64,
        "unit": pl.String,
        "looked_at": pl.UInt64,
        "mismatches": pl.UInt64,
        "note": pl.String,
        "seconds": pl.Float64,
        "rows": pl.String,
    }
    scope.store.insert("audit_result", pl.DataFrame(rows, schema=schema, orient="row"))
