"""`pulse board`: a board as one HTML page, without Grafana."""

from __future__ import annotations

import difflib
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from grafana.boards import Board
from grafana.chinese import Language, in_language
from grafana.library import BOARDS
from grafana.page.document import Made, page
from grafana.page.drawn import Scene
from grafana.page.kinds import drawn
from grafana.page.words import WORDS
from grafana.walk import every, name_of
from pipeline import __version__
from pipeline.cli.moments import moment
from pipeline.cli.output import Json, err, out, print_json, print_rows
from pipeline.cli.progress import bar
from pipeline.clock import SharedClock, wall_ms
from pipeline.counted import counted
from pipeline.errors import UsageError
from pipeline.operations.board_queries import BoardRun, run_board
from pipeline.operations.board_view import Wish, seconds
from pipeline.settings import Settings, load_settings

STDOUT = Path("-")
_BEFORE = re.compile(r"now(?:-(\d+[smhdw]))?", re.ASCII)


def command(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A board: its file, uid or title.")
    ] = "",
    *,
    listed: Annotated[bool, typer.Option("--list", help="Tell the boards there are.")] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the page there; - prints it."),
    ] = None,
    since: Annotated[str, typer.Option("--from", help="now-6h, 2026-01-31, or RFC 3339.")] = "",
    until: Annotated[str, typer.Option("--to", help="Likewise.")] = "",
    group: Annotated[
        list[str] | None, typer.Option("--group", help="Only this group; repeatable.")
    ] = None,
    var: Annotated[
        list[str] | None,
        typer.Option("--var", metavar="NAME=VALUE", help="Another variable; repeatable."),
    ] = None,
    prometheus: Annotated[
        str, typer.Option("--prometheus", metavar="URL", help="Default: PULSE_PROMETHEUS_URL.")
    ] = "",
    language: Annotated[
        Language, typer.Option("--language", help="Of titles and names.")
    ] = Language.ENGLISH,
    as_json: Json = False,
) -> None:
    """Draw a board as one HTML page that needs no Grafana and no network.

    It is the same board: its queries are run now, on the store (or at the `pulse up` that owns it)
    and on Prometheus. Without a Prometheus its panels say so. A query that fails is told in its
    panel and here, and the exit code is 1; all other panels are drawn.
    """
    if listed:
        rows = [{"board": _stem(one), "uid": one.uid, "title": one.title} for one in BOARDS]
        print_rows("Boards", rows, as_json=as_json)
        return
    board = _board(name)
    if html is None:
        raise UsageError(
            "Say where to write the page",
            where="--html",
            remedy=f"For example: pulse board {_stem(board)} --html {_stem(board)}.html",
        )
    settings = load_settings()
    if prometheus:
        settings = settings.model_copy(update={"prometheus_url": prometheus})
    wish = _wish(board, since, until, settings, _chosen(board, group or [], var or []))
    named = bool(prometheus) or "prometheus_url" in settings.model_fields_set
    json = in_language(board.json(), language)
    with bar() as shown:
        seen = run_board(settings, json, wish, named=named, progress=shown)
    text, faults = _page(json, seen, settings, language)
    _write(text, html)
    offline = sum(answered.offline for answered in seen.answers.values())
    told = {
        "board": board.uid,
        "file": str(html),
        "bytes": len(text.encode()),
        "panels": len(seen.answers),
        "offline": offline,
        "faults": faults,
    }
    if as_json:
        print_json(told)
    elif html != STDOUT:
        out.print(f"{html}: {counted(len(seen.answers), 'panel')}", markup=False, soft_wrap=True)
        if offline:
            err.print(f"No Prometheus was asked for {counted(offline, 'panel')}: --prometheus URL.")
    for fault in () if as_json else faults:
        err.print(f"{fault['panel']}: {fault['error']}", markup=False, soft_wrap=True)
    if faults:
        raise typer.Exit(1)


def _stem(board: Board) -> str:
    return Path(board.file).stem


def _board(name: str) -> Board:
    """The board of that name; UsageError with the nearest ones."""
    names = {key: board for board in BOARDS for key in (board.title, board.uid, _stem(board))}
    for key, board in names.items():
        if name.lower() in (key.lower(), key.lower().rpartition("/ ")[2]):
            return board
    near = difflib.get_close_matches(name.lower(), [_stem(board) for board in BOARDS], cutoff=0.5)
    known = ", ".join(near or [_stem(board) for board in BOARDS])
    what = f"There is no board {name}" if name else "Name a board"
    raise UsageError(
        what, where="NAME", remedy=f"{'Did you mean' if near else 'There are'}: {known}."
    )


def _chosen(board: Board, groups: list[str], pairs: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"group": groups} if groups else {}
    variables = board.json()["templating"]["list"]
    known = {one["name"] for one in variables if one["type"] != "datasource"}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in known:
            raise UsageError(
                f"{pair} is no NAME=VALUE of this board's variables",
                where="--var",
                remedy=f"They are {', '.join(sorted(known))}.",
            )
        found.setdefault(name, []).append(value)
    return found


def _wish(
    board: Board, since: str, until: str, settings: Settings, chosen: dict[str, list[str]]
) -> Wish:
    span = board.json()["time"]
    now_ms = SharedClock(settings.clock_file).now_ms()
    start = _end(since or span["from"], "--from", now_ms, settings.zone)
    end = _end(until or span["to"], "--to", now_ms, settings.zone)
    now_s = now_ms // 1000
    if (start if start > 0 else now_s + start) >= (end if end > 0 else now_s + end):
        raise UsageError(
            "The range ends before it begins", where="--from", remedy="Set --from before --to."
        )
    return Wish(start, end, chosen)


def _end(text: str, where: str, now_ms: int, zone: str) -> int:
    """An end of the range: epoch seconds, or the negative seconds before now."""
    if before := _BEFORE.fullmatch(text):
        return -seconds(before[1]) if before[1] else 0
    return moment(text, where=where, now_ms=now_ms, zone=zone) // 1000


def _page(
    board: dict[str, object], seen: BoardRun, settings: Settings, language: Language
) -> tuple[str, list[dict[str, str]]]:
    """The page, and the panels that could not be drawn."""
    zone, words = settings.zone_info, WORDS[language]
    base = settings.grafana.url if "grafana" in settings.model_fields_set else ""
    scene = Scene(seen.view, words, zone, base, seen.events)
    panels = [panel for panel in every(board) if panel["type"] != "row"]
    inside = {panel["id"]: drawn(panel, seen.answers[panel["id"]], scene) for panel in panels}
    first, last = (datetime.fromtimestamp(at, zone) for at in (seen.view.from_s, seen.view.to_s))
    made = Made(
        at=f"{datetime.fromtimestamp(wall_ms() / 1000, zone):%Y-%m-%d %H:%M}",
        range=f"{first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M} ({settings.zone})",
        by=f"community-pulse {__version__}",
    )
    faults = [
        {"panel": name_of(panel), "error": inside[panel["id"]].fault}
        for panel in panels
        if inside[panel["id"]].fault
    ]
    return page(board, inside, scene, made), faults


def _write(text: str, to: Path) -> None:
    if to == STDOUT:
        sys.stdout.write(text)
        return
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"The page cannot be written: {error.strerror}",
            where=str(to),
            remedy="Name a file in a folder that you may write to.",
        ) from error
