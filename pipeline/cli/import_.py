"""`pulse import`: history from files. A line that is no event is told, kept and passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from pipeline.cli.moments import instant
from pipeline.cli.output import Json, err, out, print_json
from pipeline.cli.progress import Bar, bar
from pipeline.cli.rosters import print_differences, rosters_json
from pipeline.cli.writing import DryRun, open_sink
from pipeline.clock import SharedClock
from pipeline.counted import counted
from pipeline.errors import UsageError
from pipeline.pseudonym import Pseudonyms, load_pseudonyms
from pipeline.settings import Settings, load_settings
from pipeline.sources.buyers import make_up_buyers
from pipeline.sources.importing import FAULTS_SHOWN, ImportSummary, Item, run_import
from pipeline.sources.inputs import STDIN, count_lines, open_input, read_logs
from pipeline.sources.irc import PACKAGED_LOGS, irc_items
from pipeline.sources.irc_channel import SOURCE as IRC
from pipeline.sources.irc_channel import IrcOptions, last_ms, people
from pipeline.sources.jsonl import jsonl_items
from pipeline.sources.orders import CURRENCY, PACKAGED_SALES, order_items, read_ledger
from pipeline.sources.orders import SOURCE as ORDERS
from pipeline.sources.roster import roster_items
from pipeline.sources.shift import NO_SHIFT, Shift, fixed_shift
from pipeline.sources.slack import SlackImport, slack_items
from pipeline.sources.slack_export import open_export
from schemas.kinds import MAX_ID_BYTES

app = typer.Typer(no_args_is_help=True, help="Import history: irc, slack, orders, roster, jsonl.")

Recent = Annotated[
    bool,
    typer.Option(
        "--shift",
        help="Move dates by whole weeks so that history ends just before now. The number of weeks"
        " is decided by the first import and kept, so that importing again changes nothing.",
    ),
]


def _group_id(text: str) -> str:
    if not 1 <= len(text.encode("utf-8", "surrogatepass")) <= MAX_ID_BYTES:
        raise UsageError(f"A group id has 1 to {MAX_ID_BYTES} bytes", where="--group")
    return text


Group = Annotated[str, typer.Option("--group", callback=_group_id, help="Group id of the channel.")]
Platform = Annotated[
    str,
    typer.Option(
        "--platform",
        help="Where the persons are known by these ids; the same id on two platforms is two"
        " persons. Members of imported IRC channels are on the platform `irc`.",
    ),
]


@dataclass(frozen=True)
class _Session:
    """What every import needs, and its progress bar."""

    settings: Settings
    pseudonyms: Pseudonyms
    bar: Bar
    dry_run: bool

    def now_ms(self) -> int:
        return SharedClock(self.settings.clock_file).now_ms()

    def shift(self, source: str, *, last_ms: int, wanted: bool) -> Shift:
        if not wanted:
            return NO_SHIFT
        file = self.settings.state_dir / "shift.json"
        return fixed_shift(
            file, source, last_ms=last_ms, now_ms=self.now_ms(), keep=not self.dry_run
        )

    def run(self, items: Iterable[Item]) -> ImportSummary:
        with open_sink(self.settings, self.pseudonyms.key_id, dry_run=self.dry_run) as sink:
            return run_import(items, sink)


@contextmanager
def _session(*, dry_run: bool) -> Iterator[_Session]:
    settings = load_settings()
    with bar() as shown:
        yield _Session(settings, load_pseudonyms(settings), shown, dry_run)


@app.command()
def irc(
    path: Annotated[
        Path | None,
        typer.Argument(help="Folder, .tar.gz, .zip or one log; default: the packaged logs."),
    ] = None,
    *,
    group: Group = IrcOptions.group_id,
    bot: Annotated[
        list[str] | None, typer.Option("--bot", help="Nick of a bot; may be repeated.")
    ] = None,
    zone: Annotated[str, typer.Option("--zone", help="Zone of the log's clock.")] = "Europe/London",
    shift: Recent = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import IRC logs of PircBot's log bot, such as DuraSpace's: joins, leaves, messages.

    Without a path: 18 weeks of "DuraSpace IRC logs, irclogs.duraspace.org" (CC BY 4.0).
    """
    with _session(dry_run=dry_run) as session:
        logs = read_logs(path or PACKAGED_LOGS)
        options = IrcOptions(
            group_id=group,
            zone=_zone(zone),
            bots=frozenset(bot) if bot else IrcOptions.bots,
            shift=session.shift(IRC, last_ms=last_ms(logs), wanted=shift),
            keep_text=session.settings.keep_text,
        )
        items = irc_items(logs, session.pseudonyms, options)
        total = sum(len(log.lines) for log in logs)
        summary = session.run(session.bar.watched("Lines", items, total))
    _tell(summary, as_json=as_json, weeks=options.shift.weeks)


@app.command()
def slack(
    path: Annotated[Path, typer.Argument(help="The export's zip, or the folder it unpacks to.")],
    *,
    check_rosters: Annotated[
        bool,
        typer.Option(
            "--check-rosters",
            help="Tell each channel whose joins and leaves, replayed, leave other members than"
            " the export lists, and exit with 1 if there is one.",
        ),
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import the export of a Slack workspace: messages, joins, leaves and reactions.

    A group is a channel, by its id; persons are on the platform `slack`. The export tells no time
    of a reaction: it is dated by its message.
    """
    with _session(dry_run=dry_run) as session, open_export(path) as export:
        reading = SlackImport(export, session.pseudonyms, keep_text=session.settings.keep_text)
        days = session.bar.watched("Files", export.days, len(export.days))
        summary = session.run(slack_items(reading, days))
        rosters = reading.rosters.compare(export.channels)
    found = rosters_json(rosters, session.pseudonyms, each=check_rosters)
    _tell(summary, as_json=as_json, unit="record", rosters=found)
    if check_rosters and not as_json:
        print_differences(rosters)
    if check_rosters and not all(roster.agrees for roster in rosters):
        raise typer.Exit(1)


@app.command()
def orders(
    path: Annotated[
        Path | None,
        typer.Argument(help="CSV, also .gz or .xz; default: all sales of the packaged data."),
    ] = None,
    *,
    mapped: Annotated[
        bool,
        typer.Option(
            "--made-up-mapping/--no-mapping",
            help="Declare one customer for each member of the group to be that member. This is"
            " MADE UP: the shop and the group have nothing to do with each other. Such orders"
            " carry the source `online_retail(made-up mapping)`; all others are in no group.",
        ),
    ] = True,
    members: Annotated[
        Path | None,
        typer.Option("--members", help="IRC logs whose people are the members."),
    ] = None,
    group: Group = IrcOptions.group_id,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the made-up mapping.")] = 7,
    shift: Recent = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import orders from the CSV of Online Retail (UCI; Chen et al. 2012, doi:10.1057/dbm.2012.17).

    Which customer is which member is made up; see --made-up-mapping.
    """
    source = path or PACKAGED_SALES
    with _session(dry_run=dry_run) as session:
        if session.settings.currency != CURRENCY:
            raise UsageError(
                f"These orders are in {CURRENCY}, the reporting currency is"
                f" {session.settings.currency}",
                where="PULSE_CURRENCY",
                remedy=f"Set it to {CURRENCY}; other money would be refused.",
            )
        total = count_lines(source)
        with open_input(source) as stream:
            ledger = read_ledger(session.bar.watched("Lines", stream, total), source.name)
        customers = {invoice.customer for invoice in ledger.invoices.values()}
        options = IrcOptions(group_id=group)
        nicks = people(read_logs(members or PACKAGED_LOGS), options) if mapped else []
        buyers = make_up_buyers(customers, nicks, platform=IRC, group_id=group, seed=seed)
        moved = session.shift(ORDERS, last_ms=ledger.last_ms, wanted=shift)
        items = order_items(ledger, session.pseudonyms, buyers=buyers, shift=moved)
        sending = session.bar.watched("Orders", items, len(ledger.invoices) + len(ledger.others))
        summary = session.run(sending)
    note = (
        f"MADE UP: {len(buyers)} of {counted(len(customers), 'customer')} declared members"
        f" of {group} (seed {seed}); the others buy outside any group."
    )
    _tell(summary, as_json=as_json, weeks=moved.weeks, note=note if mapped else "")


@app.command()
def roster(
    path: Annotated[Path, typer.Argument(help="CSV, also .gz or .xz; `-` = standard input.")],
    *,
    at: Annotated[
        str, typer.Option("--at", help="Moment of joining where a row has none; default: now.")
    ] = "",
    platform: Platform = "community",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import who is in which group already: group_id,user_id[,joined_at][,actor_role].

    Each row opens a membership and counts as no join (join_method=import).
    """
    with _session(dry_run=dry_run) as session:
        at_ms = instant(at, where="--at") if at else session.now_ms()
        total = count_lines(path)
        with open_input(path) as stream:
            lines = session.bar.watched("Lines", stream, total)
            people_there = roster_items(
                lines, _name(path), session.pseudonyms, platform=platform, at_ms=at_ms
            )
            summary = session.run(people_there)
    _tell(summary, as_json=as_json)


@app.command()
def jsonl(
    path: Annotated[
        Path, typer.Argument(help="JSON lines, also .gz or .xz; `-` = standard input.")
    ],
    platform: Platform = "community",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import events of our own schema, one JSON object a line (`pulse schema export`).

    Persons are raw ids unless an event carries our key_id; raw ones become pseudonyms.
    """
    with _session(dry_run=dry_run) as session:
        total = count_lines(path)
        with open_input(path) as stream:
            lines = session.bar.watched("Lines", stream, total)
            items = jsonl_items(
                lines,
                _name(path),
                session.pseudonyms,
                platform=platform,
                keep_text=session.settings.keep_text,
            )
            summary = session.run(items)
    _tell(summary, as_json=as_json)


def _tell(
    summary: ImportSummary,
    *,
    as_json: bool,
    unit: str = "line",
    weeks: int = 0,
    note: str = "",
    rosters: Mapping[str, Any] | None = None,
) -> None:
    for fault in summary.faults:
        err.print(str(fault), markup=False, soft_wrap=True)
    unshown = summary.rejected.total() - len(summary.faults)
    if unshown:
        err.print(f"and {counted(unshown, f'more rejected {unit}')} after the first {FAULTS_SHOWN}")
    if as_json:
        more = {"rosters": rosters} if rosters else {}
        print_json(summary.as_json() | {"shift_weeks": weeks, "note": note} | more)
        return
    out.print(f"{counted(summary.read, unit)} read")
    for title, counts in (
        ("sent", summary.sent),
        ("skipped", summary.skipped),
        ("rejected", summary.rejected),
    ):
        told = ", ".join(f"{n:,} {name}" for name, n in sorted(counts.items()))
        out.print(f"{title + ':':<10}{told or 'none'}", soft_wrap=True)
    if rosters:
        channels = counted(rosters["channels"], "channel")
        out.print(f"rosters:  {rosters['agree']} of {channels} as joins and leaves say")
    if weeks:
        out.print(f"dates moved by {counted(weeks, 'week')}")
    if note:
        out.print(note, style="yellow", soft_wrap=True)


def _name(path: Path) -> str:
    return "stdin" if path == STDIN else path.name


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"There is no time zone {name}", where="--zone", remedy="Write it like Europe/London."
        ) from error
