"""The rules of `pipeline.catalog.sql_contradictions`, asked of a store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pipeline.catalog.sql_contradictions import CONTRADICTIONS
from sinks.store import Store


def contradictions(store: Store, since_ms: int) -> Iterator[list[dict[str, Any]]]:
    """For each rule the cases that break it, of events from the UTC day of `since_ms` on.

    A case has the `rule`'s name, its `kind`, how many (`n`), an `example`, and the rule in words
    (`broken`). Raises Retryable or Fatal.
    """
    since = f"{datetime.fromtimestamp(since_ms / 1000, UTC):%Y-%m-%d}"
    for rule in CONTRADICTIONS:
        found = store.query(rule.sql, {"since": since})
        yield [
            {"rule": rule.name, **case, "broken": rule.rule} for case in found.iter_rows(named=True)
        ]
