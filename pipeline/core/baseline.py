"""What a live signal is compared with, from values of earlier windows; and the book to look it up.

`signals.MILESTONES` says against what. A week earlier is 7 x 24 hours earlier whatever the zone:
a change to or from summer time shifts clock times by an hour, for four weeks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import polars as pl

from pipeline.core.signals import COLUMN, MILESTONES, SLOW, Against, Count, Milestone, Pace
from pipeline.core.snapshot import Reading
from pipeline.core.unusual import NONE, without

SCHEMA: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "metric": pl.String(),
        "signal": pl.String(),
        "against": pl.String(),
        "group_id": pl.String(),
        "window_end_ms": pl.Int64(),
        "ratio": pl.Float64(),
        "weeks": pl.UInt8(),
    }
)
"""A baseline: of which milestone (`metric`, its stem), signal and group, against what, for which
window end; `weeks`: how many earlier values it rests on."""

SHIFTS_MS: tuple[int, ...] = tuple(
    sorted({shift for stone in MILESTONES for it in stone.against for shift in it.shifts_ms})
)
"""How much earlier the values are that baselines need."""

Compared = tuple[float, int]
"""The ratio, and how many earlier values it rests on."""


def baselines(
    past: Mapping[int, pl.DataFrame],
    births: pl.DataFrame,
    unusual: pl.DataFrame = NONE,
    milestones: Sequence[Milestone] = MILESTONES,
) -> pl.DataFrame:
    """Every baseline there is, in `SCHEMA`, for the window ends of a grid.

    `past`: by each shift of the `milestones` the grid that much earlier (group_id, t_ms and the
    columns of `signals.COLUMN`). `births`: group_id, first_ms of its first event, and roster_ms of
    its last roster (0: none). An earlier value counts if the group had a member then, and was there
    before the window began; against weeks, if its window touches none of `unusual`
    (`unusual.SCHEMA`). And for a window that touches a quiet one of these there is no baseline
    against weeks.
    """
    return pl.concat(
        _compared((milestone, pace, against), past, births, unusual)
        for milestone in milestones
        for pace in milestone.paces
        for against in milestone.against
    )


def _compared(
    what: tuple[Milestone, Pace, Against],
    past: Mapping[int, pl.DataFrame],
    births: pl.DataFrame,
    unusual: pl.DataFrame,
) -> pl.DataFrame:
    milestone, pace, against = what
    ratio = pl.col(COLUMN[pace, milestone.numerator]) / pl.col(COLUMN[pace, milestone.denominator])
    values = pl.concat(
        past[shift]
        .filter(pl.col(COLUMN[SLOW, Count.MEMBERS]) > 0)
        .select("group_id", "t_ms", (pl.col("t_ms") + shift).alias("window_end_ms"), ratio=ratio)
        for shift in against.shifts_ms
    ).join(births, on="group_id")
    spans = unusual if against.skips_unusual else NONE
    values = without(values, "t_ms", pace.window_ms, spans)
    values = without(values, "window_end_ms", pace.window_ms, spans.filter("quiet"))
    end = pl.col("window_end_ms")
    there = pl.col("first_ms") < pl.col("t_ms") - pace.window_ms
    settled = end >= pl.col("roster_ms") + against.settles_ms if against.settles_ms else True
    return (
        values.filter(end % pace.step_ms == 0, there, settled)
        .group_by("group_id", "window_end_ms")
        .agg(pl.col("ratio").median(), weeks=pl.len())
        .filter(pl.col("weeks") >= against.least)
        .with_columns(
            metric=pl.lit(milestone.stem), signal=pl.lit(pace.name), against=pl.lit(against.name)
        )
        .select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    )


class BaselineBook:
    """Baselines by window end, as rows of `SCHEMA`; never changed, only replaced."""

    def __init__(self, rows: pl.DataFrame | None = None) -> None:
        rows = pl.DataFrame(schema=dict(SCHEMA)) if rows is None else rows
        self._rows = rows.partition_by("window_end_ms", as_dict=True)
        # Window ends looked up so far: few of those in `rows` will be.
        self._pages: dict[int, dict[tuple[str, str, str], dict[str, Compared]]] = {}

    def of(self, reading: Reading, group_id: str) -> Mapping[str, Compared]:
        """What a reading is compared with, by the name of `Against`; for its window end alone."""
        page = self._page(reading.window_end_ms)
        return page.get((reading.stem, reading.signal, group_id), {})

    def lookup(
        self, metric: str, signal: str, against: str, group_id: str, window_end_ms: int
    ) -> Compared | None:
        """One baseline; None where there is none for this window end."""
        return self._page(window_end_ms).get((metric, signal, group_id), {}).get(against)

    def _page(self, window_end_ms: int) -> dict[tuple[str, str, str], dict[str, Compared]]:
        page = self._pages.get(window_end_ms)
        if page is None:
            page = {}
            rows = self._rows.get((window_end_ms,))
            columns = ("metric", "signal", "group_id", "against", "ratio", "weeks")
            for metric, signal, group_id, against, ratio, weeks in (
                rows.select(columns).iter_rows() if rows is not None else ()
            ):
                page.setdefault((metric, signal, group_id), {})[against] = (ratio, weeks)
            self._pages[window_end_ms] = page  # whole: it may be asked for from several threads
        return page
