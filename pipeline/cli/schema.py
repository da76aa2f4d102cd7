"""`pulse schema`: the contract of events, to hand out and to check a file against."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.output import Json, out, print_json
from pipeline.counted import counted
from pipeline.errors import UsageError
from pipeline.sources.inputs import STDIN, open_input
from schemas.decode import MAX_EVENT_BYTES
from schemas.event import Event, parse
from schemas.export import render
from schemas.rejection import Reason, Rejection

app = typer.Typer(no_args_is_help=True, help="Export the JSON Schemas, validate a file of events.")


@app.command()
def export(
    folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder to write one file per event type to."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the JSON Schemas to a folder, or print all of them as one JSON document."""
    texts = {Path(path).name: text for path, text in render().items()}
    if folder is None:
        print_json({name: json.loads(text) for name, text in texts.items()})
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Cannot write there: {error.strerror}", where=str(folder)) from error
    written = [str(folder / name) for name in texts]
    if as_json:
        print_json(written)
    else:
        out.print("\n".join(written), markup=False, soft_wrap=True)


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One event a line; - is stdin.")],
    as_json: Json = False,
) -> None:
    """Check a file of events, one JSON object a line, by the contract alone.

    What an installation allows beside it (its key, its currency, its retention) is not asked.
    """
    name = "<stdin>" if file == STDIN else str(file)
    found: Counter[str] = Counter()
    bad: list[dict[str, object]] = []
    with open_input(file) as lines:
        for number, verdict in _judged(lines):
            if not isinstance(verdict, Rejection):
                found[verdict.event_type] += 1
                continue
            bad.append({"line": number, "reason": verdict.reason, "detail": verdict.detail})
            if not as_json:
                line = f"{name}:{number}: {verdict.reason}: {verdict.detail}"
                out.print(line, markup=False, soft_wrap=True)
    events = dict(sorted(found.items()))
    if as_json:
        print_json({"file": name, "events": events, "bad": bad})
    else:
        events_told = counted(found.total(), "event")
        kinds = ", ".join(f"{count} {event_type}" for event_type, count in events.items())
        out.print(f"{events_told} ({kinds or 'none'}), {counted(len(bad), 'bad line')}")
    if bad:
        raise typer.Exit(1)


def _judged(lines: Iterable[bytes]) -> Iterator[tuple[int, Event | Rejection]]:
    """Line number and verdict of every line that is not blank."""
    for number, line in enumerate(lines, start=1):
        value = line.rstrip(b"\r\n")
        if len(value) > MAX_EVENT_BYTES:
            yield number, Rejection(Reason.TOO_LARGE, f"{len(value)} bytes", value)
        elif value.strip():
            yield number, parse(value)
