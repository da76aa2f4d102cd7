"""`pulse dims`: the reference data that facts are read by: groups, channels, staff, targets."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from pipeline.catalog.dimension import HOW, Column, Table
from pipeline.catalog.dimensions import DIMENSIONS, TABLES
from pipeline.catalog.sql_contradictions import QUESTIONS, RULES
from pipeline.cli.moments import moment, shown
from pipeline.cli.output import Json, err, out, print_json, print_rows
from pipeline.cli.progress import bar
from pipeline.clock import SharedClock
from pipeline.counted import counted
from pipeline.errors import StoreError, UsageError
from pipeline.operations.contradictions import contradictions
from pipeline.operations.dimensions import NAME, Change, counts, judge, requests
from pipeline.operations.perform import open_reader, perform
from pipeline.pseudonym import load_pseudonyms
from pipeline.settings import load_settings
from pipeline.sources.dimensions.files import files_of, read_all
from pipeline.sources.dimensions.persons import Persons
from pipeline.sources.dimensions.rows import rows_of
from pipeline.sources.dimensions.sheet import Fault, Read
from pipeline.sources.dimensions.template import FORMATS
from sinks.key_guard import check_key
from sinks.migrate import require_current

app = typer.Typer(no_args_is_help=True, help="Reference data: load, list, check against facts.")

ROLE = "dims"
FAULTS_SHOWN = 100


class Format(StrEnum):
    """The format of templates."""

    YAML = "yaml"
    CSV = "csv"
    XLSX = "xlsx"


@app.command()
def load(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="YAML, CSV or Excel; or folders of it.")
    ],
    *,
    check: Annotated[bool, typer.Option("--check", help="Judge it all, load nothing.")] = False,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Of the tables in the files, remove rows the files lack."),
    ] = False,
    platform: Annotated[
        str, typer.Option("--platform", help="Where persons have these ids, as at the import.")
    ] = "community",
    raw: Annotated[
        bool,
        typer.Option("--raw", help="An id of 32 hex digits is no pseudonym, but raw as all are."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Load reference data: a file is the table of its name; a sheet, or key of a YAML, as well.

    All faults are told at once, and with one of them nothing is loaded. Loading again changes
    nothing. Persons become pseudonyms, unless they are.
    """
    settings = load_settings()
    files, passed_over = files_of(paths)
    with bar() as progress:
        read = read_all(progress.watched("Files", files, len(files)), passed_over)
    persons = Persons(lambda: load_pseudonyms(settings), platform, all_raw=raw)
    rows, faults = rows_of(read, ZoneInfo(settings.zone), persons)
    with closing(open_reader(settings, role=ROLE)) as store:
        require_current(store)
        if persons.key_id:
            check_key(store, persons.key_id)
        made, more = judge(store, rows, read.tables, prune=prune)
    faults = sorted([*faults, *more], key=lambda fault: (fault.place.file, fault.place.row))
    if faults:
        made = []
    elif not check:
        with bar() as progress:
            for request in requests(made, persons.key_id):
                perform(NAME, request, settings, progress)
    if as_json:
        print_json(
            {
                "loaded": not faults and not check,
                "faults": [fault.as_json() for fault in faults],
                "tables": {change.table.name: change.as_json() for change in made},
                "passed_over": read.passed_over,
            }
        )
    else:
        _tell(read, faults, made, check=check)
    if faults:
        raise typer.Exit(1)


@app.command("list")
def list_(
    table: Annotated[str, typer.Argument(metavar="[TABLE]", help="Show its columns.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """List the tables with their rows, or the columns of one."""
    settings = load_settings()
    if table:
        print_rows(table, _columns(_table(table)), as_json=as_json)
        return
    with closing(open_reader(settings, role=ROLE)) as store:
        require_current(store)
        found = counts(store)
    rows = []
    for each in TABLES:
        n, last_ms = found[each.name]
        loaded = last_ms if as_json else shown(last_ms, settings.zone) if last_ms else ""
        rows.append({"table": each.name, "rows": n, "loaded": loaded, "meaning": each.comment})
    print_rows("Dimension tables", rows, as_json=as_json)


@app.command()
def template(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made if missing.")],
    tables: Annotated[
        list[str] | None, typer.Argument(metavar="[TABLE]...", help="Only these; default: all.")
    ] = None,
    *,
    form: Annotated[Format, typer.Option("--format", "-f", help="Of the files.")] = Format.YAML,
    as_json: Json = False,
) -> None:
    """Write files to start from: every column explained, and an example row for each table."""
    wanted = [_table(name) for name in tables] if tables else TABLES
    files = FORMATS[form](wanted)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            with (folder / name).open("xb") as file:
                file.write(content)
            written.append(str(folder / name))
    except FileExistsError as error:
        raise UsageError(
            "There is such a file already, and it is left as it is",
            where=str(error.filename),
            remedy="Name another folder, or move the file away.",
        ) from error
    except OSError as error:
        raise UsageError(
            f"Cannot write there: {error.strerror}",
            where=str(error.filename),
            remedy="Name a folder that you may write to.",
        ) from error
    if as_json:
        print_json({"written": written})
    else:
        out.print(f"{counted(len(written), 'file')} written to {folder}", soft_wrap=True)


@app.command()
def check(
    *,
    since: Annotated[
        str, typer.Option(help="Only events from this on: 90d (ago), a day, or a moment.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Tell where facts contradict the reference data, or themselves. Exit code 1 if some do.

    A rule about a table in which nothing is declared finds nothing.
    """
    settings = load_settings()
    now_ms = SharedClock(settings.clock_file).now_ms()
    since_ms = moment(since, where="--since", now_ms=now_ms, zone=settings.zone) if since else 0
    with closing(open_reader(settings, role=ROLE)) as store, bar() as progress:
        require_current(store)
        if not store.modern:
            raise StoreError(
                f"These questions need ClickHouse 24.8 or later, not {store.version()}",
                where=store.address,
            )
        asked = contradictions(store, since_ms)
        found = list(progress.watched("Rules", asked, len(QUESTIONS)))
    cases = [case for each in found for case in each]
    if as_json:
        print_json(cases)
    elif cases:
        table = [{**case, "example": escape(case["example"])} for case in cases]
        print_rows("Contradictions", table, as_json=False)
    else:
        out.print(f"Nothing contradicts the {len(RULES)} rules.")
    if cases:
        raise typer.Exit(1)


def _tell(read: Read, faults: Sequence[Fault], made: Sequence[Change], *, check: bool) -> None:
    for name in read.passed_over:
        err.print(f"passed over, as it is none of YAML, CSV, Excel: {name}", markup=False)
    for fault in faults[:FAULTS_SHOWN]:
        out.print(str(fault), markup=False, soft_wrap=True)
    if len(faults) > FAULTS_SHOWN:
        out.print(f"and {len(faults) - FAULTS_SHOWN:,} more; --json has all")
    if faults:
        err.print(
            f"{counted(len(faults), 'fault')} in {counted(read.rows, 'row')}; nothing was loaded",
            style="bold red",
        )
        return
    rows: list[dict[str, Any]] = [
        {"table": change.table.name, **change.as_json()} for change in made
    ]
    print_rows("Without a fault; nothing was loaded" if check else "Loaded", rows, as_json=False)


def _columns(table: Table) -> list[dict[str, Any]]:
    return [
        {
            "column": column.name,
            "type": column.kind.clickhouse,
            "is": _standing(table, column),
            "meaning": f"{column.told} ({HOW[column.kind]})",
        }
        for column in table.columns
    ]


def _standing(table: Table, column: Column) -> str:
    if column.name in table.key:
        return "key"
    return "required" if column.required else "computed" if column.computed else ""


def _table(name: str) -> Table:
    table = DIMENSIONS.get(name)
    if table is None:
        raise UsageError(
            f"There is no dimension table {name}",
            where="TABLE",
            remedy="`pulse dims list` shows all tables.",
        )
    return table
