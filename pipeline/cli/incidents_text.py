"""Incidents as text for the one on call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from pipeline.catalog.vocabulary import Change
from pipeline.cli.moments import shown
from pipeline.cli.output import out
from pipeline.operations.masking import visible

HOUR_MS = 3_600_000


def tell_incidents(found: Sequence[Mapping[str, Any]], zone: str) -> None:
    """What `pulse incidents list` found."""
    if not found:
        out.print("No incidents.")
        return
    table = Table(title=f"{len(found)} incidents, times in {zone}", title_justify="left")
    for column in ("id", "began", "group", "metric", "status", "value", "change", "first cause"):
        table.add_column(column, overflow="fold", no_wrap=column == "id")
    for one in found:
        causes = one["causes"]
        table.add_row(
            one["incident_id"],
            shown(one["started_ms"], zone)[:16],
            Text(visible(one["group_name"])),
            f"{one['metric']} {one['metric_name'].replace('_', ' ')}",
            Text(one["status"], "red" if one["status"] == "firing" else ""),
            f"{_rate(one['value'])}, was {_rate(one['baseline'])}",
            _change(one),
            Text(visible(cause(causes[0])) if causes else visible(one["note"])),
        )
    out.print(table)


def tell_incident(one: Mapping[str, Any], zone: str, lang: str) -> None:
    """What `pulse incidents show` shows."""
    heading = f"{one['incident_id']}  {one['alert']}  {one['severity']}  {one['status']}"
    out.print(Text(visible(heading), "bold"), soft_wrap=True)
    grid = Table.grid(padding=(0, 2, 0, 0))
    for label, text in _lines(one, zone, lang):
        grid.add_row(Text(label, "bold"), Text(visible(text)))
    out.print(grid)
    for label, link in one["links"].items():
        if link:  # on a line of its own, unbroken, to be copied
            out.print(Text.assemble((f"{label}: ", "bold"), visible(link)), soft_wrap=True)


def cause(one: Mapping[str, Any]) -> str:
    """One cause in a line: channel wechat -3.1 of -5.0 points (62%)."""
    name = one["part"] if one["name"] == one["part"] else f"{one['name']} ({one['part']})"
    whole = f" of {100 * one['points'] / one['share']:+.1f}" if one["share"] else ""
    weight = ", by its weight" if one["effect"] == "mix" else ""
    return (
        f"{one['by']} {name} {100 * one['points']:+.1f}{whole} points ({one['share']:.0%}{weight})"
    )


def _lines(one: Mapping[str, Any], zone: str, lang: str) -> Iterator[tuple[str, str]]:
    name = one["group_name"]
    yield "group", one["group_id"] if name == one["group_id"] else f"{name} ({one['group_id']})"
    yield "metric", f"{one['metric']} {one['metric_name']} {one['metric_zh']}"
    began = f"{shown(one['started_ms'], zone)} ({zone})"
    if one["resolved_ms"]:
        began += f", for {(one['resolved_ms'] - one['started_ms']) / HOUR_MS:,.1f} h"
    yield "began", began
    numbers = _rate(one["value"])
    if one["numerator"] is not None and one["denominator"] is not None:
        numbers += f" ({one['numerator']:,.0f} of {one['denominator']:,.0f})"
    yield "value", f"{numbers}, was {_rate(one['baseline'])} ({one['against']}): {_change(one)}"
    for number, each in enumerate(one["causes"]):
        yield "" if number else "why", cause(each)
    if one["note"]:
        yield "" if one["causes"] else "why", one["note"]
    others = [
        f"{each['group_name']} {100 * each['points']:+.1f} points"
        for each in one["affected_groups"]
    ]
    if others:
        yield "also", ", ".join(others)
    for number, action in enumerate(one[f"actions_{lang}"]):
        yield "" if number else "do", f"{number + 1}. {action}"


def _rate(value: float | None) -> str:
    return "not known" if value is None else f"{value:.1%}"


def _change(one: Mapping[str, Any]) -> str:
    if one["change"] is None:
        return "not known"
    if one["change_kind"] == Change.POINTS:
        return f"{100 * one['change']:+.1f} points"
    return f"{one['change']:+.0%}"
