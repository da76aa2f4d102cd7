"""`pulse incidents`: the milestones that got worse, why, and what to do."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.cause_words import Language
from pipeline.catalog.explanation import named
from pipeline.cli.incidents_text import tell_incident, tell_incidents
from pipeline.cli.moments import moment
from pipeline.cli.output import Json, print_json
from pipeline.clock import SharedClock
from pipeline.errors import UsageError
from pipeline.operations import dimensions
from pipeline.operations.incident_reading import MOST_LISTED, listed, shown
from pipeline.operations.incident_review import TABLE, Review, review_row
from pipeline.operations.perform import open_reader, perform
from pipeline.settings import load_settings
from sinks.migrate import require_current

app = typer.Typer(no_args_is_help=True, help="Incidents of milestones: list, show with causes.")

ROLE = "incidents"


class Status(StrEnum):
    """Whether an incident is over."""

    FIRING = "firing"
    RESOLVED = "resolved"


@app.callback()
def incidents() -> None:
    """Incidents of milestones."""


@app.command("list")
def list_(
    *,
    since: Annotated[
        str, typer.Option("--since", help="A day, a moment, or so long ago; default: 30 days.")
    ] = "30d",
    until: Annotated[str, typer.Option("--until", help="Up to then; default: now.")] = "",
    group: Annotated[str, typer.Option("--group", help="Only of this group, by id or name.")] = "",
    metric: Annotated[
        str, typer.Option("--metric", help="Only of this metric, by id or name.")
    ] = "",
    status: Annotated[
        Status | None, typer.Option("--status", help="Only those that fire, or are over.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=MOST_LISTED, help="The newest so many.")
    ] = 50,
    as_json: Json = False,
) -> None:
    """The incidents of a span, the newest first: what fell, how far, and the first cause.

    One belongs to the span if it fired at any moment of it.
    """
    settings = load_settings()
    now_ms = SharedClock(settings.clock_file).now_ms()

    def read(text: str, where: str) -> int:
        return moment(text, where=where, now_ms=now_ms, zone=settings.zone)

    since_ms = read(since, "--since")
    until_ms = read(until, "--until") if until else now_ms + 1
    if until_ms <= since_ms:
        raise UsageError(
            f"--until is not after --since {since}",
            where="pulse incidents list",
            remedy="Give a span that has passed.",
        )
    if metric:
        named(CATALOGUE, metric)
    asked = {
        "since_ms": since_ms,
        "until_ms": until_ms,
        "group": group,
        "metric": metric.upper() if len(metric) == 3 else metric.lower(),
        "status": str(status or ""),
        "limit": limit,
    }
    with closing(open_reader(settings, role=ROLE)) as store:
        require_current(store)
        found = listed(settings, store, asked)
    if as_json:
        print_json(found)
    else:
        tell_incidents(found, settings.zone)


@app.command()
def show(
    incident: Annotated[
        str, typer.Argument(metavar="ID", help="As `pulse incidents list` shows it; its beginning.")
    ],
    *,
    lang: Annotated[
        Language, typer.Option("--lang", help="Language of causes and actions.")
    ] = Language.EN,
    as_json: Json = False,
) -> None:
    """One incident: its numbers, why, whom else it hit, what to do, and where to look on."""
    settings = load_settings()
    with closing(open_reader(settings, role=ROLE)) as store:
        require_current(store)
        found = shown(settings, store, incident)
    if as_json:
        print_json(found)
    else:
        tell_incident(found, settings.zone, lang)


@app.command()
def review(
    incident: Annotated[
        str, typer.Argument(metavar="ID", help="As `pulse incidents list` shows it; its beginning.")
    ],
    *,
    cause: Annotated[str, typer.Option("--cause", help="What it was, as you found out.")] = "",
    action: Annotated[str, typer.Option("--action", help="What is done about it.")] = "",
    due: Annotated[str, typer.Option("--due", help="When that is due: a day or a moment.")] = "",
    close: Annotated[bool, typer.Option("--close", help="The review is done.")] = False,
    as_json: Json = False,
) -> None:
    """Write down what an incident came from and what is done about it: a row of `kpi_review`.

    What is not given stays as it was.
    """
    settings = load_settings()
    if not (cause or action or due or close):
        raise UsageError(
            "There is nothing to write down",
            where="pulse incidents review",
            remedy="Give --cause, --action, --due or --close.",
        )
    now_ms = SharedClock(settings.clock_file).now_ms()
    with closing(open_reader(settings, role=ROLE)) as store:
        require_current(store)
        found = shown(settings, store, incident)
    before = Review(**found["review"]) if found["review"] else Review()
    after = Review(
        cause or before.cause,
        action or before.actions,
        before.opened_ms or found["started_ms"],
        moment(due, where="--due", now_ms=now_ms, zone=settings.zone) if due else before.due_ms,
        max(now_ms, found["started_ms"]) if close else before.closed_ms,
    )
    row = review_row(found, after, settings.zone_info)
    perform(dimensions.NAME, {"tables": {TABLE.name: [row]}, "key_id": ""}, settings)
    if as_json:
        print_json(found | {"review": asdict(after)})
    else:
        tell_incident(found | {"review": asdict(after)}, settings.zone, Language.EN)
