"""Incidents as text for the one on call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from pipeline.catalog.cause_words import Language, by_words, part_words, phrase
from pipeline.catalog.vocabulary import Change
from pipeline.cli.moments import shown
from pipeline.cli.output import out
from pipeline.counted import counted
from pipeline.operations.masking import visible

HOUR_MS = 3_600_000


def tell_incidents(found: Sequence[Mapping[str, Any]], zone: str) -> None:
    """What `pulse incidents list` found."""
    if not found:
        out.print("No incidents.")
        return
    table = Table(title=f"{counted(len(found), 'incident')}, times in {zone}", title_justify="left")
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
            Text(visible(_short(causes[0]) if causes else one["note"])),
        )
    out.print(table)


def tell_incident(one: Mapping[str, Any], zone: str, lang: Language) -> None:
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


def cause(one: Mapping[str, Any], lang: Language = Language.EN) -> str:
    """One cause in a line: channel wechat -3.1 of -5.0 points (62%). In English by its codes."""
    if lang is Language.ZH:
        return _chinese(one)
    name = one["part"] if one["name"] == one["part"] else f"{one['name']} ({one['part']})"
    whole = f" of {100 * one['points'] / one['share']:+.1f}" if one["share"] else ""
    weight = ", by its weight" if one["effect"] == "mix" else ""
    return (
        f"{one['by']} {name} {100 * one['points']:+.1f}{whole} points ({one['share']:.0%}{weight})"
    )


def _chinese(one: Mapping[str, Any]) -> str:
    part = part_words(one["by"], one["part"], Language.ZH)
    named = part if one["name"] == one["part"] else f"{one['name']} ({one['part']})"
    told = phrase(one["by"], one["part"], Language.ZH)
    told = told or f"{by_words(one['by'], Language.ZH)} {named}"
    whole = f"（总变化 {100 * one['points'] / one['share']:+.1f}）" if one["share"] else ""
    weight = "，因占比变化" if one["effect"] == "mix" else ""
    return f"{told} {100 * one['points']:+.1f} 个百分点{whole}，占 {one['share']:.0%}{weight}"


def _short(one: Mapping[str, Any]) -> str:
    return f"{one['by']} {one['name']} {100 * one['points']:+.1f} points"


def _lines(one: Mapping[str, Any], zone: str, lang: Language) -> Iterator[tuple[str, str]]:
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
        yield "" if number else "why", cause(each, lang)
    if note := one["note_zh" if lang is Language.ZH else "note"]:
        yield "" if one["causes"] else "why", note
    others = [
        f"{each['group_name']} {100 * each['points']:+.1f} points"
        for each in one["affected_groups"]
    ]
    if others:
        yield "also", ", ".join(others)
    for number, action in enumerate(one[f"actions_{lang}"]):
        yield "" if number else "do", f"{number + 1}. {action}"
    review = one["review"] or {}
    if review.get("cause"):
        yield "found", review["cause"]
    if review.get("actions"):
        due = f", due {shown(review['due_ms'], zone)}" if review["due_ms"] else ""
        yield "done", review["actions"] + due
    if review.get("closed_ms"):
        yield "closed", shown(review["closed_ms"], zone)


def _rate(value: float | None) -> str:
    return "not known" if value is None else f"{value:.1%}"


def _change(one: Mapping[str, Any]) -> str:
    if one["change"] is None:
        return "not known"
    if one["change_kind"] == Change.POINTS:
        return f"{100 * one['change']:+.1f} points"
    return f"{one['change']:+.0%}"
