"""The command `pulse`: its groups, and what becomes of an error.

Only the group that is called is imported, so that `pulse --help` stays quick. Exit codes: 0 done,
1 failed, 2 called wrongly.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence

import typer

from pipeline.cli.output import err
from pipeline.errors import PulseError

GROUPS: dict[str, tuple[str, str]] = {
    "up": ("pipeline.cli.up", "Worker, rollup and exporter in one process."),
    "worker": ("pipeline.cli.worker", "Read Kafka, keep the windows, write the store."),
    "rollup": ("pipeline.cli.rollup", "Compute baselines and metric values on a schedule."),
    "topics": ("pipeline.cli.topics", "Create, list and check the Kafka topics."),
    "migrate": ("pipeline.cli.migrate", "Bring the store's tables up to date."),
    "import": ("pipeline.cli.import_", "Import history: irc, orders, roster, jsonl."),
    "simulate": ("pipeline.cli.simulate", "Write a made-up community, live or as history."),
    "schema": ("pipeline.cli.schema", "Export the JSON Schemas, validate a file of events."),
    "config": ("pipeline.cli.config", "Show the settings."),
}


def build(called: str) -> typer.Typer:
    """The command tree, with only the group `called` filled in."""
    cli = typer.Typer(
        name="pulse",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Live, exact community funnels: Kafka, Faust, ClickHouse, Prometheus.",
    )
    cli.callback()(_nothing)
    for name, (module_name, meaning) in GROUPS.items():
        if name != called:
            cli.command(name, help=meaning)(_nothing)
            continue
        module = importlib.import_module(module_name)
        if hasattr(module, "app"):
            cli.add_typer(module.app, name=name, help=meaning)
        else:
            command: Callable[..., None] = module.command
            cli.command(name, help=command.__doc__)(command)
    return cli


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `pulse`; a PulseError is told without a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    called = next((word for word in words if not word.startswith("-")), "")
    try:
        build(called)(args=words, prog_name="pulse")
    except PulseError as error:
        err.print(f"[bold red]Error:[/] {error}", markup=True, soft_wrap=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _nothing() -> None:
    pass
