"""Signals and baselines of a past span, piece by piece: what a back-test replays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import polars as pl

from pipeline.catalog.sql_rollup import UNUSUAL, births
from pipeline.catalog.sql_signals import signals
from pipeline.core.baseline import SHIFTS_MS, baselines
from pipeline.core.signals import WEEK_MS
from pipeline.core.unusual import SCHEMA
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
    zone: str,
    groups: Sequence[str] = (),
    progress: Progress = unwatched,
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Weeks of `span`: the grid of signals, and the baselines of its window ends.

    `groups`: only these; none = all. `zone`: of the calendar's holidays. Each week is asked of the
    store once. Needs a modern store. Raises Retryable or Fatal.
    """
    return replay(
        lambda piece: _grid(store, piece, grace_ms, groups),
        span,
        born=store.query(births(), {"until_ms": span.last_ms}),
        unusual=unusual_spans(store, zone),
        progress=progress,
    )


def unusual_spans(store: Store, zone: str) -> pl.DataFrame:
    """Holidays and planned events that the store was told of, as `core.unusual.SCHEMA`."""
    found = store.query(UNUSUAL, {"zone": zone})
    return found.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def replay(
    grid_of: Callable[[Span], pl.DataFrame],
    span: Span,
    *,
    born: pl.DataFrame,
    unusual: pl.DataFrame,
    progress: Progress = unwatched,
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """The same of grids that come from anywhere, `grid_of` a week: each is asked for once.

    Grids are kept for as long as later weeks are compared with them.
    """
    most = WEEK_MS // span.step_ms
    lead = Span(span.first_ms - max(SHIFTS_MS), span.last_ms, span.step_ms)
    pieces = list(lead.pieces(most))
    known: list[pl.DataFrame] = []
    for number, piece in enumerate(pieces):
        progress("Replaying weeks", number, len(pieces))
        known = [*known[-(max(SHIFTS_MS) // WEEK_MS) :], grid_of(piece)]
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
        yield now, baselines(past, born, unusual)
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
