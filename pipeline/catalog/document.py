"""METRICS.md, rendered from the catalogue: what is computed, when it alerts, what is exported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.series import BRIDGE, COMMUNITY, LABELS, PIPELINE, Series, milestone_series
from pipeline.catalog.terms import Terms
from pipeline.catalog.vocabulary import Change, Turn

HEADER = "<!-- Generated from pipeline/catalog by `python -m deploy.render`. DO NOT EDIT. -->"

INTRODUCTION = """\
# Metrics

What this release computes, by the ids of the catalogue. **At**: the grains a value is computed for
and the calendar windows it is computed over, in `metric_value` (view `v_metric_value`), by SQL
alone; `pulse metrics show ID` prints that SQL, `pulse metrics explain` one number with the rows
behind it. Grains: G group, T community type, C channel, K campaign or activity, S staff,
P product, content or topic, U member, O overall. Windows: D day, W ISO week, M month, Q quarter,
Y year in the reporting zone, A from the beginning. **Live**: `now` = the state at the clock;
`1m` = a minute of event time; `1h`, `24h` = the trailing hour and day, in `metric_live` each
minute, and for milestones exported by the worker. **Empty**: `Z0` = a count of nothing is 0;
`ZN` = no denominator, no value (never 0, never an alert); `ZE` = a statistic of nothing has none.
**From**: event types that must flow, else the metric says "no source"; (in brackets) those that
refine it; dimension tables. Rates are fractions of 1, times UTC, money in the one reporting
currency. Staff and bots are not members. **Read at**, beside the tables above: a Prometheus
series; `group_minute.x`, a column of that table; `signals.x`, a column of the query in
`pipeline/catalog/sql_signals.py`, which the worker's live view equals."""

TITLES = {
    "A": "A. Members: stock, growth, retention",
    "B": "B. Acquisition and reach",
    "C": "C. Activity, interaction, topics, activities",
    "D": "D. Content",
    "E": "E. Learning communities",
    "F": "F. Conversion and business",
    "G": "G. Service and control of staff",
    "H": "H. Segments, profiles, models, funnels",
}
COLUMNS = ("id", "metric", "formula", "unit", "at", "live", "empty", "from", "read at")

TERMS = """\
## Terms

The numbers that definitions leave open: a default of this project each, and a setting."""

DROPS = """\
## When a milestone has dropped, or risen

Fires when the change exceeds the threshold (and, where one stands beside it, a number divided by
the root of the expected numerator: chance moves small numbers further) **and** the denominator is
at least *sample* **and** the numerator that the baseline promises is at least *expected* (of a
rise: the numerator that there is) **and** this lasts for *hold* of event time. No baseline, no
alert; 0 of a positive denominator is a real 0 and does alert. Every number here is a default of
this project, not a norm: `pulse alerts set C06.slow.4w.threshold=0.4` changes it for all groups,
with `--type` or `--group` for some.

`fast` = the last closed hour, `slow` = the trailing 24 hours; `day`, `month` = the last that is
closed and final. `4w` = median of the same weekday and clock time in the last four weeks, at least
three of them present; a window that touches a holiday (`dim_date`) or a planned event or pause
(`ops_calendar`, kind `event` or `pause`) is none of them, and one on a holiday or in a pause is
compared with nothing. `24h`, `7d` = the value that long before. The others take several windows
together (numerators over denominators): `7d_mean` = the last seven days at this clock time, four at
least; `4w_mean` = the same weekday and clock time of four weeks, three at least; `4_before` = the
four windows before, three at least; `before` = the one before; `earlier` = the last four days that
had any, two at least. `plan` = the agreed row of kpi_target; of a campaign, times the progress that
is forecast for the key node passed last (`ops_calendar`, kind `node`). Milestones against `4w`,
`24h` and `7d` are exported by the worker each second; all others are read from the store as each
hour closes, for each group and for all together (`_all`). Of what ripens (B02, F21, G03), a value
is compared with values read as young as it is, so their baselines begin four days after the rollup
does."""

SERIES = """\
## Prometheus series

No label holds a person's id. A group has series while it is among the exported groups, its
worker keeps up, and no live source that feeds it is stale; otherwise they are gone, not 0."""


def document(metrics: Sequence[Metric] = CATALOGUE) -> str:
    """The text of METRICS.md."""
    milestones = [metric for metric in metrics if metric.milestone]
    live = [metric for metric in milestones if metric.stem]
    return (
        "\n\n".join(
            [
                HEADER,
                INTRODUCTION,
                *(part for letter in TITLES for part in _family(letter, metrics)),
                TERMS,
                _table(("setting", "default", "meaning"), _term_rows()),
                DROPS,
                _table(
                    (
                        "alert",
                        "metric",
                        "signal",
                        "against",
                        "fires over",
                        "sample",
                        "expected",
                        "hold",
                        "severity",
                    ),
                    (_drop_row(metric, drop) for metric in milestones for drop in metric.drops),
                ),
                SERIES,
                _table(("series", "type", "labels", "meaning"), _series_rows(live)),
                _table(("label", "its values"), ((f"`{k}`", v) for k, v in LABELS.items())),
            ]
        )
        + "\n"
    )


def _family(letter: str, metrics: Sequence[Metric]) -> Iterator[str]:
    mine = [metric for metric in metrics if metric.id.startswith(letter)]
    if mine:
        yield f"## {TITLES[letter]}"
        yield _table(COLUMNS, map(_metric_row, mine))
        yield from (f"**{one.id} {one.name}** {one.note}" for one in mine if one.note)


def _metric_row(metric: Metric) -> tuple[str, ...]:
    outlets = metric.outlets or ((f"community_{metric.stem}_ratio",) if metric.stem else ())
    return (
        metric.id,
        f"`{metric.name}` {metric.zh}{' (milestone)' if metric.milestone else ''}",
        metric.formula.replace("|", "\\|"),
        metric.unit,
        _places(metric),
        ", ".join(metric.windows),
        metric.zero,
        _sources(metric),
        ", ".join(f"`{outlet}`" for outlet in outlets),
    )


def _places(metric: Metric) -> str:
    if metric.value is None:
        return ""
    final = f"; final after {metric.matures_days} d" if metric.matures_days else ""
    return f"{' '.join(metric.grains)} × {' '.join(metric.periods)}{final}"


def _sources(metric: Metric) -> str:
    return ", ".join(
        (
            *metric.events,
            *(f"({one})" for one in metric.optional),
            *(f"`{one}`" for one in metric.dims),
        )
    )


def _term_rows() -> Iterator[tuple[str, ...]]:
    for name, field in Terms.model_fields.items():
        yield f"`PULSE_TERMS__{name.upper()}`", f"{field.default}", str(field.description)


def _drop_row(metric: Metric, drop: Drop) -> tuple[str, ...]:
    if drop.turn is Turn.RISE:
        over = f"{1 + drop.threshold:g} times the usual"
        over += f", {drop.noise:g} √counted above it" if drop.noise else ""
    else:
        points = drop.change is Change.POINTS
        over = f"a drop of {drop.threshold * 100:g} {'percentage points' if points else '%'}"
        over += f", {drop.noise:g} / √expected" if drop.noise else ""
    types = "".join(f"; {severity} in {name}" for name, severity in drop.severities.items())
    return (
        f"[{metric.alert}](../deploy/runbook.md#{metric.alert})",
        f"{metric.id} {metric.words}",
        drop.signal,
        drop.against,
        over,
        f"{drop.min_sample}",
        f"{drop.min_expected:g}",
        f"{drop.hold_s // 60} min",
        f"{drop.severity}{types}",
    )


def _series_rows(milestones: Iterable[Metric]) -> Iterator[tuple[str, ...]]:
    series: list[Series] = [one for metric in milestones for one in milestone_series(metric)]
    for one in (*series, *COMMUNITY, *PIPELINE, *BRIDGE):
        yield (
            f"`{one.name}`",
            one.type,
            ", ".join(f"`{label}`" for label in one.labels),
            one.help,
        )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
