"""`pulse doctor`: a line for each part of the installation: OK, or what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict

import typer
from rich.text import Text

from pipeline.cli.output import Json, err, out, print_json
from pipeline.operations.checkup import Finding, State
from pipeline.operations.config_check import look
from pipeline.operations.doctor import examine

STYLE = {State.OK: "green", State.FAIL: "bold red", State.ABSENT: "yellow"}


def command(as_json: Json = False) -> None:
    """Look at every part: settings, Kafka, topics, store, tables, key, clock, worker, monitoring.

    A line each: OK, absent (not there, and not asked for), or FAIL with what to do. Exit code 1 if
    something fails. It changes nothing.
    """
    faults, settings = look(os.environ)
    findings: list[Finding] = []
    with err.status("") as status:
        for finding in examine(
            settings, faults, lambda part: status.update(f"Looking at {part} …")
        ):
            findings.append(finding)
            if not as_json:
                for line in _lines(finding):
                    out.print(line, soft_wrap=True)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    if any(finding.state is State.FAIL for finding in findings):
        raise typer.Exit(1)


def _lines(finding: Finding) -> Iterator[Text]:
    state = (f"{finding.state:<7}", STYLE[finding.state])
    yield Text.assemble(state, f"{finding.part:<13}", finding.told)
    if finding.remedy and finding.state is not State.OK:
        yield Text(" " * 20 + finding.remedy, style="dim")
