"""`pulse dlq`: the records that are no event, looked at and sent again."""

from __future__ import annotations

import sys
from base64 import b64encode
from contextlib import closing
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from pipeline.cli.dlq_choice import Reasons, Since, Sources, Topics, Types, Until, choose
from pipeline.cli.dlq_text import next_steps, say, tell_found, tell_letter, tell_outcome
from pipeline.cli.output import Json, err, print_json
from pipeline.cli.progress import bar
from pipeline.counted import counted
from pipeline.errors import UsageError
from pipeline.operations.letters import Filter, Letter, State, find, letter_at, payloads, totals
from pipeline.operations.masking import masked, visible
from pipeline.operations.perform import open_reader, perform
from pipeline.operations.places import read_place
from pipeline.operations.remedies import meaning_of, remedy_for
from pipeline.operations.replay import NAME
from pipeline.settings import Settings, load_settings
from sinks.migrate import require_current

app = typer.Typer(no_args_is_help=True, help="Dead letters: list, show, send again.")

ROLE = "dlq"


@app.command("list")
def list_(
    *,
    reason: Reasons = None,
    source: Sources = None,
    topic: Topics = None,
    event_type: Types = None,
    since: Since = "",
    until: Until = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Show so many.")] = 20,
    replayed: Annotated[bool, typer.Option("--replayed", help="Those sent again.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Open ones and those sent again.")] = False,
    as_json: Json = False,
) -> None:
    """Count the open dead letters by reason and source, and list the newest."""
    settings = load_settings()
    if replayed and every:
        raise UsageError("--all and --replayed exclude each other", remedy="Leave one out.")
    state = State.ALL if every else State.REPLAYED if replayed else State.OPEN
    chosen = choose(
        settings,
        reasons=reason,
        sources=source,
        topics=topic,
        types=event_type,
        since=since,
        until=until,
        state=state,
    )
    with closing(open_reader(settings, role=ROLE)) as store:
        require_current(store)
        found = find(store, chosen, limit)
        others = totals(store, replace(chosen, state=State.REPLAYED)) if state is State.OPEN else []
    if not as_json:
        tell_found(found, chosen, settings, replayed=sum(group.letters for group in others))
        return
    print_json(
        {
            "total": found.total,
            "reasons": [
                {
                    "reason": group.reason,
                    "letters": group.letters,
                    "newest_ms": group.newest_ms,
                    "replay": remedy_for(group.reason).replay,
                }
                for group in found.reasons
            ],
            "groups": [asdict(group) for group in found.groups],
            "letters": [_row(letter, settings) for letter in found.letters],
            "next": [command for command, _ in next_steps(found, settings)],
        }
    )


@app.command()
def show(
    place: Annotated[
        str, typer.Argument(help="TOPIC/PARTITION/OFFSET, as `pulse dlq list` shows it.")
    ],
    *,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Only the payload, as it is: names and text included."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Show one dead letter: why it was refused, its payload masked, and what helps."""
    settings = load_settings()
    wanted = read_place(place, settings.epoch)
    with closing(open_reader(settings, role=ROLE)) as store:
        require_current(store)
        letter = letter_at(store, wanted)
        if letter is None:
            raise UsageError(
                f"There is no dead letter at {wanted.text(settings.epoch)!r}",
                where=store.address,
                remedy="`pulse dlq list --all` shows where they are.",
            )
        payload = payloads(store, [wanted]).get(wanted, b"")
    if raw:
        err.print("This is personal data: mind who sees it and where it is kept.", style="yellow")
    if as_json:
        remedy = remedy_for(letter.reason)
        told = b64encode(payload).decode() if raw else masked(payload)
        print_json(
            {
                **_row(letter, settings),
                "meaning": meaning_of(letter.reason),
                "cut": len(payload) < letter.payload_bytes,
                "payload_base64" if raw else "payload_masked": told,
                "advice": remedy.advice,
                "replay": remedy.replay,
            }
        )
    elif raw and not sys.stdout.isatty():
        sys.stdout.buffer.write(payload)
    elif raw:
        say(visible(payload.decode("utf-8", "backslashreplace")))
    else:
        tell_letter(letter, payload, settings)


@app.command()
def replay(
    places: Annotated[
        list[str] | None, typer.Argument(metavar="PLACE", help="Only these; default: all.")
    ] = None,
    *,
    reason: Reasons = None,
    source: Sources = None,
    topic: Topics = None,
    event_type: Types = None,
    since: Since = "",
    until: Until = "",
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Send at most so many.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also those sent again already.")] = False,
    platform: Annotated[
        str,
        typer.Option("--platform", help="Of raw persons in lines of `pulse import jsonl`."),
    ] = "community",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Judge each by today's settings, send nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Send open dead letters again, each judged first by the contract and settings of now.

    Each lands once, however often this runs.
    """
    settings = load_settings()
    chosen = choose(
        settings,
        reasons=reason,
        sources=source,
        topics=topic,
        types=event_type,
        since=since,
        until=until,
        places=places,
        state=State.ALL if again else State.OPEN,
    )
    if not (yes or dry_run):
        _ask(settings, chosen, limit)
    arguments = {
        "filter": chosen.as_json(),
        "limit": limit,
        "dry_run": dry_run,
        "again": again,
        "platform": platform,
    }
    with bar("Replay") as progress:
        result = perform(NAME, arguments, settings, progress)
    if as_json:
        print_json(result)
    else:
        tell_outcome(result)


def _ask(settings: Settings, chosen: Filter, limit: int | None) -> None:
    """Tell how many letters it is about, and go on only after a yes."""
    if not sys.stdin.isatty():
        raise UsageError(
            "Standard input is no terminal, so nobody can be asked",
            where="pulse dlq replay",
            remedy="Look with --dry-run, then repeat it with --yes.",
        )
    with closing(open_reader(settings, role=ROLE)) as store:
        require_current(store)
        groups = totals(store, chosen)
    count = sum(group.letters for group in groups)
    reasons = ", ".join(f"{group.letters:,} {group.reason}" for group in groups)
    at_most = "" if limit is None else f", at most {limit:,} of them"
    if count:
        typer.confirm(
            f"Send {counted(count, 'dead letter')} again ({reasons}){at_most}?",
            abort=True,
            err=True,
        )


def _row(letter: Letter, settings: Settings) -> dict[str, Any]:
    """A letter for `--json`."""
    return {**asdict(letter), "place": letter.place.text(settings.epoch)}
