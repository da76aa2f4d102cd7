"""The rules of `pipeline.catalog.sql_contradictions`, asked of a store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pipeline.catalog.sql_contradictions import QUESTIONS, RULES
from sinks.store import Store


def contradictions(store: Store, since_ms: int) -> Iterator[list[dict[str, Any]]]:
    """For each question the cases found, of events from the UTC day of `since_ms` on.

    A case has the `rule`'s name, its `kind`, how many (`n`), an `example`, and the rule in words
    (`broken`). Raises Retryable or Fatal.
    """
    since = f"{datetime.fromtimestamp(since_ms / 1000, UTC):%Y-%m-%d}"
    for question in QUESTIONS:
        found = store.query(question.sql, {"since": since})
        yield [{**case, "broken": RULES[case["rule"]]} for case in found.iter_rows(named=True)]
