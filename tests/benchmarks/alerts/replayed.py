"""Made-up communities through the product's own rule: baselines, judgements, alerts.

Nothing of the rule is said here again. A grid of signals is what `pipeline.rollup.history` would
have read from a store; `replay`, `readings`, `judged` and `fired` are the back-test's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from pipeline.alerting.backtest import readings
from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.core.signals import COLUMN, HOUR_MS, WEEK_MS
from pipeline.core.unusual import SCHEMA
from pipeline.rollup.history import replay
from pipeline.rollup.plan import Span
from tests.benchmarks.alerts.communities import (
    START_MS,
    Ints,
    World,
    day_ms,
    names,
)

LEAD_WEEKS = 5
"""Before the first evaluation: four weeks to compare with, and one in which a world settles."""
RULES: Mapping[str, tuple[Metric, Drop]] = {
    f"{metric.id}.{drop.key}": (metric, drop) for metric in MILESTONES for drop in metric.drops
}


def grid(
    world: World, called: Sequence[str], active: tuple[Ints, Ints], payers: tuple[Ints, Ints]
) -> pl.DataFrame:
    """Signals of groups `called` so at the end of each hour: the columns of `signals.COLUMN`."""
    groups, hours = world.hazard.shape
    given = {
        "member_count": world.members,
        "ever_joined": world.ever,
        "active_1h": active[0],
        "active_24h": active[1],
        "payers_1h": payers[0],
        "payers_24h": payers[1],
    }
    empty = np.zeros(groups * hours, np.int64)
    return pl.DataFrame(
        {
            "group_id": pl.Series(list(called)).gather(np.repeat(np.arange(groups), hours)),
            "t_ms": np.tile(START_MS + (np.arange(hours) + 1) * HOUR_MS, groups),
            **{name: given[name].ravel() if name in given else empty for name in COLUMN.values()},
        }
    )


def unusual(world: World, copies: Sequence[str]) -> pl.DataFrame:
    """What operations would have written into the calendars, for the groups of these copies."""
    group = names(world.cell)
    days = [(name, day, True) for day in world.holidays for name in group]
    days += [(group[number], int(day), False) for number, day in world.events]
    return pl.DataFrame(
        [
            (f"{copy}{who}", day_ms(day), day_ms(day + 1), quiet)
            for copy in copies
            for who, day, quiet in days
        ],
        schema=dict(SCHEMA),
        orient="row",
    )


def judgeable(
    grid: pl.DataFrame, rules: Sequence[str], *, unusual: pl.DataFrame, least: float = 0
) -> dict[str, pl.DataFrame]:
    """`readings` by rule over all but the lead; with a baseline, and `least` expected by it."""
    first = START_MS + LEAD_WEEKS * WEEK_MS + HOUR_MS
    span = Span(first, int(grid["t_ms"].max()), HOUR_MS)  # type: ignore[arg-type]
    born = grid.select(pl.col("group_id").unique()).with_columns(
        first_ms=pl.lit(START_MS - WEEK_MS, pl.Int64), roster_ms=pl.lit(0, pl.Int64)
    )
    by_time = grid.sort("t_ms")
    times = by_time["t_ms"]

    def piece_of(piece: Span) -> pl.DataFrame:
        start, end = (int(times.search_sorted(at)) for at in (piece.first_ms, piece.last_ms + 1))
        return by_time.slice(start, end - start)

    found: dict[str, list[pl.DataFrame]] = {rule: [] for rule in rules}
    for now, known in replay(piece_of, span, born=born, unusual=unusual):
        for rule in rules:
            one = readings(now, known, *RULES[rule])
            expected = pl.col("baseline") * pl.col("denominator")
            found[rule].append(one.filter(expected >= least))
    return {rule: pl.concat(parts) for rule, parts in found.items()}
