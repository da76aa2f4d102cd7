"""`pulse dashboards`: the Grafana boards as files, checked, compared and pushed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from grafana.boards import as_text
from grafana.chinese import Language, in_language
from grafana.library import BOARDS
from grafana.lint import Finding, lint
from pipeline.cli.output import Json, out, print_json, print_rows
from pipeline.errors import NotABoard, UsageError
from pipeline.settings import load_settings

Speak = Annotated[Language, typer.Option("--language", help="Of titles and names.")]

app = typer.Typer(no_args_is_help=True, help="Grafana boards: build, lint, diff, push.")


@app.command()
def build(
    folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder to write one file per board to."),
    ] = None,
    language: Speak = Language.ENGLISH,
    as_json: Json = False,
) -> None:
    """Write the boards' JSON to a folder, or print all of them as one JSON document."""
    boards = {board.file: in_language(board.json(), language) for board in BOARDS}
    if folder is None:
        print_json(boards)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, board in boards.items():
            (folder / file).write_text(as_text(board), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Cannot write there: {error.strerror}", where=str(folder)) from error
    written = [str(folder / file) for file in boards]
    if as_json:
        print_json(written)
    else:
        out.print("\n".join(written), markup=False, soft_wrap=True)


@app.command("lint")
def lint_(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Dashboard JSON; none = our own boards."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check boards by the rules of Grafana's dashboard-linter and by ours; fail on any finding."""
    found = [(name, fault) for name, board in _given(files) for fault in lint(board, where=name)]
    if as_json:
        print_json([{"file": name, **asdict(fault)} for name, fault in found])
    else:
        for name, fault in found:
            out.print(_line(name, fault), markup=False, soft_wrap=True)
        if not found:
            out.print("No findings.")
    if found:
        raise typer.Exit(1)


def _line(name: str, fault: Finding) -> str:
    return f"{name}: {fault.panel}: {fault.rule}: {fault.says}"


@app.command()
def diff(language: Speak = Language.ENGLISH, as_json: Json = False) -> None:
    """Show what a push would change in Grafana; nothing is written."""
    _tell("Boards in Grafana", language, push_them=False, as_json=as_json)


@app.command()
def push(language: Speak = Language.ENGLISH, as_json: Json = False) -> None:
    """Make Grafana's boards what they are here, in the folder Community. Twice changes nothing.

    A board is one in either language: pushing it in Chinese replaces the English one.
    """
    _tell("Boards pushed", language, push_them=True, as_json=as_json)


def _tell(title: str, language: Language, *, push_them: bool, as_json: bool) -> None:
    from grafana.publish import Grafana  # noqa: PLC0415  (build and lint need no HTTP client)

    server = Grafana(load_settings().grafana)
    act = server.push if push_them else server.compare
    outcomes = [act(in_language(board.json(), language)) for board in BOARDS]
    if as_json:
        print_json([asdict(outcome) for outcome in outcomes])
        return
    rows = [
        {
            "board": outcome.title,
            "state": outcome.state.value,
            "changes": len(outcome.changes),
            "url": outcome.url,
        }
        for outcome in outcomes
    ]
    print_rows(f"{title} ({server.address})", rows, as_json=False)
    for outcome in outcomes if not push_them else ():
        for change in outcome.changes:
            out.print(f"{outcome.uid}: {change}", markup=False, soft_wrap=True)


def _given(files: list[Path] | None) -> Iterator[tuple[str, object]]:
    """Name and JSON of every board to check; UsageError for a file that holds none."""
    if not files:
        yield from ((board.file, board.json()) for board in BOARDS)
    for path in files or ():
        try:
            yield str(path), json.loads(path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise UsageError(f"Cannot be read: {error.strerror}", where=str(path)) from error
        except UnicodeDecodeError as error:
            raise UsageError(
                "This is no text in UTF-8", where=str(path), remedy="Export the board again."
            ) from error
        except json.JSONDecodeError as error:
            raise NotABoard(
                f"This is no JSON: {error.msg}",
                where=f"{path}:{error.lineno}:{error.colno}",
                remedy="Export the dashboard's JSON model from Grafana.",
            ) from error
