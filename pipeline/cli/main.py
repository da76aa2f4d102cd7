"""The command `pulse`: its groups, and what becomes of an error.

Only the group that is called is imported, so that `pulse --help` stays quick. Exit codes: 0 done,
1 a check found something, 2 an error of ours (`pipeline.errors`), 130 interrupted.
"""

from __future__ import annotations

import errno
import gc
import importlib
import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import NoReturn

import typer

from pipeline.cli.examples import epilog
from pipeline.cli.output import err
from pipeline.errors import PulseError


@dataclass(frozen=True)
class Group:
    """One word after `pulse`: where it is defined, what it is for, and its part of the tour."""

    module: str
    meaning: str
    part: str


BEGIN = "Begin"
RUN = "Run"
FILL = "Fill"
ASK = "Ask"
TEND = "Tend"

GROUPS: dict[str, Group] = {
    "config": Group("pipeline.cli.config", "Show the settings, check them all at once.", BEGIN),
    "topics": Group("pipeline.cli.topics", "Create, list and check the Kafka topics.", BEGIN),
    "migrate": Group("pipeline.cli.migrate", "Bring the store's tables up to date.", BEGIN),
    "doctor": Group("pipeline.cli.doctor", "Look at every part: OK, or what to do.", BEGIN),
    "up": Group("pipeline.cli.up", "All in one process, on the embedded store.", RUN),
    "worker": Group("pipeline.cli.worker", "Read Kafka, keep the windows, write the store.", RUN),
    "rollup": Group("pipeline.cli.rollup", "Compute baselines and metric values.", RUN),
    "bridge": Group("pipeline.cli.bridge", "Tell alerts: chat bots, e-mail, webhook.", RUN),
    "import": Group("pipeline.cli.import_", "Import history: irc, slack, orders, ...", FILL),
    "dims": Group("pipeline.cli.dims", "Reference data: load, list, check.", FILL),
    "simulate": Group("pipeline.cli.simulate", "Write a made-up community.", FILL),
    "schema": Group("pipeline.cli.schema", "Export the event contract, check a file.", FILL),
    "pseudonym": Group("pipeline.cli.pseudonym", "The pseudonym of a person's id.", FILL),
    "sql": Group("pipeline.cli.sql", "Ask the store: SQL, or one of its questions.", ASK),
    "metrics": Group("pipeline.cli.metrics", "The catalogue: list, show, explain.", ASK),
    "incidents": Group("pipeline.cli.incidents", "What got worse, why, and what to do.", ASK),
    "board": Group("pipeline.cli.board", "A board as one HTML page, without Grafana.", ASK),
    "alerts": Group("pipeline.cli.alerts", "The rules that alert: thresholds, and history.", ASK),
    "dashboards": Group("pipeline.cli.dashboards", "Grafana boards: build, lint, push.", ASK),
    "dlq": Group("pipeline.cli.dlq", "Dead letters: list, show, send again.", TEND),
    "audit": Group("pipeline.cli.audit", "Hold what is stored to the log and itself.", TEND),
    "rebuild": Group("pipeline.cli.rebuild", "Compute windows anew from the facts.", TEND),
    "replay": Group("pipeline.cli.replay", "Read the log again; it changes nothing.", TEND),
    "retention": Group("pipeline.cli.retention", "Drop months that are old enough.", TEND),
}

TOUR = """Live, exact community funnels: Kafka, Faust, ClickHouse, Prometheus.

Settings are environment variables, PULSE_*: begin with `pulse config check`, then create topics
and tables, run `pulse up`, fill it with events, and ask.
"""


def build(called: str) -> typer.Typer:
    """The command tree, with only the group `called` filled in."""
    cli = typer.Typer(
        name="pulse",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        help=_flowing(TOUR),
        epilog=epilog(""),
    )
    cli.callback()(_nothing)
    for name, group in GROUPS.items():
        if name != called:
            cli.command(name, help=group.meaning, rich_help_panel=group.part)(_nothing)
            continue
        module = _imported(group.module)
        if hasattr(module, "app"):
            app: typer.Typer = module.app
            for command in app.registered_commands:
                word = command.name or getattr(command.callback, "__name__", "")
                command.help = _flowing(command.help or inspect.getdoc(command.callback))
                command.epilog = epilog(f"{name} {word}")
            cli.add_typer(app, name=name, help=group.meaning, rich_help_panel=group.part)
        else:
            function: Callable[..., None] = module.command
            told = _flowing(inspect.getdoc(function))
            cli.command(name, help=told, rich_help_panel=group.part, epilog=epilog(name))(function)
    return cli


def _imported(name: str) -> ModuleType:
    """A module with all that it needs: more than a thousand, and no garbage to look for in them.

    Neither now nor later, as all of it stays.
    """
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `pulse`; a PulseError is told without a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    called = next((word for word in words if not word.startswith("-")), "")
    try:
        build(called)(args=words, prog_name="pulse")
    except PulseError as error:
        _leave(error)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _leave(PulseError("The disk is full that this was written to"))
    except KeyboardInterrupt:
        sys.exit(130)


def _leave(error: PulseError) -> NoReturn:
    err.print("[bold red]Error:[/] ", end="")
    err.print(str(error), markup=False, soft_wrap=True)
    sys.exit(error.exit_code)


def _flowing(text: str | None) -> str:
    """Paragraphs without line ends of their own, which the terminal then breaks where it must."""
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))


def _nothing() -> None:
    pass
