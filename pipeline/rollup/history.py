"""Signals and baselines of a past span, piece by piece: what a back-test replays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from pipeline.catalog.sql_rollup import births
from pipeline.catalog.sql_signals import signals
from pipeline.core.baseline import SHIFTS_MS, baselines
from pipeline.core.signals import WEEK_MS
from pipeline.progress import Progress, unwatched
from pipeline.rollup.plan import Span
from sinks.store import Store

STEP_MS = 15 * 60_000
"""Between two evaluations of a back-test; Prometheus looks each 15 s at what moves by minutes."""


def history(
    store: Store,
    span: Span,
    *,
    grace_ms: int,
    groups: Sequence[str] = (),
    progress: Progress = unwatched,
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Weeks of `span`: the grid of signals, and the baselines of its window ends.

    `groups`: only these; none = all. Each week is asked of the store once, and kept for as long
    as later weeks are compared with it. Needs a modern store. Raises Retryable or Fatal.
    """
    born = store.query(births(), {"until_ms": span.last_ms})
    most = WEEK_MS // span.step_ms
    lead = Span(span.first_ms - max(SHIFTS_MS), span.last_ms, span.step_ms)
    pieces = list(lead.pieces(most))
    known: list[pl.DataFrame] = []
    for number, piece in enumerate(pieces):
        progress("Replaying weeks", number, len(pieces))
        known = [*known[-(max(SHIFTS_MS) // WEEK_MS) :], _grid(store, piece, grace_ms, groups)]
        if piece.last_ms < span.first_ms:
            continue
        seen = pl.concat(known)
        now = known[-1].filter(pl.col("t_ms") >= span.first_ms)
        past = {
            shift: seen.filter(
                pl.col("t_ms").is_between(piece.first_ms - shift, piece.last_ms - shift)
            )
            for shift in SHIFTS_MS
        }
        yield now, baselines(past, born)
    progress("Replaying weeks", len(pieces), len(pieces))


def _grid(store: Store, piece: Span, grace_ms: int, groups: Sequence[str]) -> pl.DataFrame:
    params: dict[str, object] = {
        "from_ms": piece.first_ms,
        "until_ms": piece.last_ms,
        "step_ms": piece.step_ms,
        "grace_ms": grace_ms,
        "groups": list(groups),
    }
    return store.query(signals(some_groups=bool(groups)), params)
