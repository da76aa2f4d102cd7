"""`pulse metrics`: what is measured, how, from which rows, and what has no source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.explanation import named, statements_at
from pipeline.catalog.metric import Metric
from pipeline.catalog.passages import ELSEWHERE
from pipeline.catalog.playbook import actions
from pipeline.catalog.statements import values_of
from pipeline.catalog.vocabulary import Grain
from pipeline.cli.answers import print_table
from pipeline.cli.moments import moment, shown
from pipeline.cli.output import Json, out, print_json
from pipeline.clock import SharedClock
from pipeline.core.calendar import CalendarWindow, Period, window_at
from pipeline.counted import counted
from pipeline.errors import UsageError
from pipeline.operations.coverage import coverage, ticked
from pipeline.operations.explaining import Explanation, Scope, explain
from pipeline.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="The catalogue: list, show, explain, coverage.")

Which = Annotated[str, typer.Argument(metavar="METRIC", help="An id such as C06, or a name.")]


@app.command("list")
def list_(
    *,
    family: Annotated[str, typer.Option("--family", help="Only this letter, A to H.")] = "",
    as_json: Json = False,
) -> None:
    """Every metric: its unit, the grains and periods it is computed at, and what it means."""
    metrics = [one for one in CATALOGUE if one.id.startswith(family.upper())]
    if not metrics:
        raise UsageError(
            f"No family {family}", where="--family", remedy="Families are the letters A to H."
        )
    if as_json:
        print_json([_told(one) for one in metrics])
        return
    table = Table(title=counted(len(metrics), "metric"), title_justify="left")
    for column in ("id", "metric", "unit", "grains", "periods", "formula"):
        table.add_column(column, overflow="fold")
    for one in metrics:
        table.add_row(
            one.id,
            f"{one.name}\n{one.zh}",
            one.unit,
            " ".join(one.grains if one.value else ("live",)),
            " ".join(one.periods or one.windows),
            one.formula,
        )
    out.print(table)


@app.command()
def show(which: Which, *, as_json: Json = False) -> None:
    """All that the catalogue says of a metric, with the SQL it is computed by."""
    found = named(CATALOGUE, which)
    if as_json:
        print_json(
            [_told(one) | {"actions": asdict(actions(one.id)), "sql": _sql(one)} for one in found]
        )
        return
    for one in found:
        for name, value in _told(one).items():
            if value not in ("", [], None):
                text = " ".join(value) if isinstance(value, list) else value
                out.print(f"[bold]{name:>12}[/bold]  {text}", highlight=False)
        for lang in ("en", "zh"):
            for number, action in enumerate(getattr(actions(one.id), lang)):
                label = "" if number else f"worse: {lang}"
                out.print(f"[bold]{label:>12}[/bold]  {number + 1}. {action}", highlight=False)
        for sql in _sql(one):
            out.print()
            out.print(sql.replace("%%", "%"), highlight=False, markup=False)
        out.print()


@app.command("explain")
def explain_(
    which: Which,
    *,
    day: Annotated[str, typer.Option("--day", help="A day in the window, such as 2026-01-31.")],
    group: Annotated[
        str, typer.Option("--group", help="The group; else --grain and --scope.")
    ] = "",
    grain: Annotated[Grain, typer.Option("--grain", help="What the value is about.")] = Grain.GROUP,
    scope: Annotated[str, typer.Option("--scope", help="Which one of that grain.")] = "",
    period: Annotated[
        Period | None, typer.Option("--period", help="Its window; default: the shortest it has.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=0, max=1_000, help="Sample rows.")] = 5,
    as_json: Json = False,
) -> None:
    """Compute one number now: numerator, denominator, the SQL that was run, the rows behind it."""
    settings = load_settings()
    if group and (scope or grain is not Grain.GROUP):
        raise UsageError(
            "--group is a scope by itself", where="--group", remedy="Leave out --grain and --scope."
        )
    if not (group or scope or grain is Grain.OVERALL):
        raise UsageError(
            "Of what? A number belongs to a scope",
            where="pulse metrics explain",
            remedy="Give --group, or --grain with --scope; --grain O is all.",
        )
    found = [one for one in named(CATALOGUE, which) if one.value]
    if not found:
        raise UsageError(f"{which} is a live value only", where="METRIC")
    asked = Scope(grain, group or scope)
    told = [
        explain(settings, one, asked, _window(settings, one, day, period), limit=rows)
        for one in found
    ]
    if as_json:
        print_json([_plain(one) for one in told])
        return
    for one in told:
        _tell(one, settings.zone)


@app.command("coverage")
def coverage_(*, as_json: Json = False) -> None:
    """Each metric: computed, or no source and why; and the passages that asked for them."""
    settings = load_settings()
    covered, passages = coverage(settings), ticked()
    if as_json:
        print_json(
            {
                "metrics": [
                    {"id": one.metric.id, "name": one.metric.name, "state": one.state}
                    | {"missing": list(one.missing)}
                    for one in covered
                ],
                "passages": [
                    {"number": one.passage.number, "about": one.passage.about}
                    | {"declared": list(one.declared), "open": list(one.open)}
                    for one in passages
                ],
            }
        )
        return
    table = Table(title="Metrics", title_justify="left")
    for column in ("id", "metric", "state", "why"):
        table.add_column(column, overflow="fold")
    for one in covered:
        table.add_row(one.metric.id, one.metric.name, one.state, ", ".join(one.missing))
    for id_, how in ELSEWHERE.items():
        table.add_row(id_, "", "elsewhere", how)
    out.print(table)
    ticks = Table(title="Passages", title_justify="left")
    for column in ("passage", "about", "answered by", "open"):
        ticks.add_column(column, overflow="fold")
    for tick in passages:
        ticks.add_row(
            tick.passage.number,
            tick.passage.about,
            " ".join(tick.declared),
            " ".join(tick.open),
        )
    out.print(ticks)
    done = sum(not one.missing for one in covered)
    out.print(f"{done} of {len(covered)} metrics are computed here.")


def _told(metric: Metric) -> dict[str, Any]:
    """What is said of a metric, but for its SQL."""
    return {
        "id": metric.id,
        "name": metric.name,
        "zh": metric.zh,
        "formula": metric.formula,
        "unit": metric.unit,
        "kind": str(metric.kind),
        "better": str(metric.direction),
        "empty": str(metric.zero),
        "grains": [str(one) for one in metric.grains] if metric.value else [],
        "periods": [str(one) for one in metric.periods],
        "live": [str(one) for one in metric.windows],
        "events": [str(one) for one in metric.events],
        "optional": [str(one) for one in metric.optional],
        "dims": list(metric.dims),
        "final after": counted(metric.matures_days, "day") if metric.matures_days else "",
        "read at": list(metric.outlets),
        "milestone": metric.milestone,
        "note": metric.note,
    }


def _sql(metric: Metric) -> list[str]:
    """The statement of each way in which it is computed, at the first grain of that way."""
    return [
        one.sql for value, grains in values_of(metric) for one in statements_at(value, grains[0])
    ]


def _window(settings: Settings, metric: Metric, day: str, period: Period | None) -> CalendarWindow:
    chosen = period or metric.periods[0]
    if chosen not in metric.periods:
        raise UsageError(
            f"{metric.id} {metric.name} has no period {chosen}",
            where="--period",
            remedy=f"It has {', '.join(metric.periods)}.",
        )
    now_ms = SharedClock(settings.clock_file).now_ms()
    ms = moment(day, where="--day", now_ms=now_ms, zone=settings.zone)
    return window_at(chosen, ms, settings.zone_info)


def _tell(one: Explanation, zone: str) -> None:
    metric, window = one.metric, one.window
    scope = f"{one.scope.grain} {one.scope.id}".strip()
    out.print(
        f"[bold]{metric.id} {metric.name}[/bold] {metric.zh} ({metric.unit}), {scope},"
        f" {shown(window.start_ms, zone)} to {shown(window.end_ms, zone)}",
        highlight=False,
    )
    out.print(metric.formula, highlight=False, markup=False)
    if one.numbers.is_empty():
        out.print("No data: nothing of this scope is in the window.")
    else:
        print_table(one.numbers, rows=100)
    for sql in one.sql:
        out.print()
        out.print(sql, highlight=False, markup=False)
    for sample in one.samples:
        out.print("\nFrom rows such as")
        print_table(sample, rows=sample.height)
    out.print()


def _plain(one: Explanation) -> dict[str, Any]:
    return {
        "id": one.metric.id,
        "name": one.metric.name,
        "grain": str(one.scope.grain),
        "scope_id": one.scope.id,
        "window": asdict(one.window),
        "numbers": one.numbers.to_dicts(),
        "sql": list(one.sql),
        "samples": [_cells(sample.to_dicts()) for sample in one.samples],
    }


def _cells(rows: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    return [{name: str(value) for name, value in row.items()} for row in rows]
