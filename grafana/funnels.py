"""Funnels of the catalogue as signals: how many reached each step, and of how many.

A step is a slice, which begins with its place; its numerator are those who reached it.
"""

from __future__ import annotations

from grafana.catalogued import EMPTY
from grafana.milestones import title
from grafana.reading import SPOKEN, meaning, metric, together
from grafana.signals import Field, Look, Signal, Unit, sql
from grafana.slices import last_window
from pipeline.core.calendar import Period


def reached(name: str, period: Period, *, alone: bool = False) -> Signal:
    """How many reached each step in the last closed window, for bars."""
    return _steps(
        name,
        period,
        alone,
        kind="steps",
        heading="reached",
        columns="max(numerator) AS `reached`",
        fields={"reached": Field()},
        unit=Unit.COUNT,
    )


def rates(name: str, period: Period, *, alone: bool = False) -> Signal:
    """The rate of each step in the last closed window, with its n, for a table."""
    return _steps(
        name,
        period,
        alone,
        kind="rates",
        heading="step rates",
        columns=",\n    ".join(
            ("max(numerator) AS `reached`", "max(denominator) AS `n`", "max(value) AS `rate`")
        ),
        fields={
            "reached": Field(),
            "n": Field(look=Look.PAST),
            "rate": Field(unit=Unit.RATIO, look=Look.HEAT, decimals=1),
        },
        unit=Unit.RATIO,
    )


def _steps(
    name: str,
    period: Period,
    alone: bool,
    *,
    kind: str,
    heading: str,
    columns: str,
    fields: dict[str, Field],
    unit: Unit,
) -> Signal:
    one, word = metric(name, period), SPOKEN[period].word
    return Signal(
        id=f"{name}_{kind}_{word}",
        title=f"{title(one)}: {heading}, {word}",
        description=f"{meaning(one)} The last closed and final {word} by the end of the board's "
        f"range; n: those whom the rate is of. {together(one)}",
        unit=unit,
        queries=(
            sql(
                f"""\
SELECT
    slice AS `step`,
    {columns}
FROM v_metric_value
WHERE {last_window(one, period, alone=alone)}
    AND slice != ''
GROUP BY slice
ORDER BY slice"""
            ),
        ),
        fields={"step": Field(unit=Unit.TEXT), **fields},
        empty=EMPTY,
    )
