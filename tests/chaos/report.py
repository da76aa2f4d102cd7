"""The report of one or more runs, as Markdown: RESULTS.md is written by the command itself.

A run replaces the sections of the classes it ran, each with its day and machine.
"""

from __future__ import annotations

import os
import platform
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipeline import __version__
from tests.chaos.run import Outcome

RESULTS = Path(__file__).with_name("RESULTS.md")
LIBRARIES = ("faust-streaming", "aiokafka", "kafka-python", "clickhouse-driver", "chdb", "polars")

HEAD = """# Chaos: results

Written by `python -m tests.chaos`, a section by each class that it runs; `make chaos` writes them
all anew. A mismatch is a row of facts, of
windows or of dead letters that is not what the journal says, or a hole in the stored offsets.
Recovery is the time from the fault (of a broker: from its restart) to the first new row.
"""


@dataclass(frozen=True)
class Report:
    """One class of run: its name, what it ran on, and its outcome."""

    name: str
    store: str
    outcome: Outcome


def write(reports: Sequence[Report], path: Path = RESULTS) -> None:
    """Replace the results of these classes."""
    sections = _sections(path.read_text()) if path.exists() else {}
    sections |= {one.name: _section(one) for one in reports}
    path.write_text("\n".join([HEAD, *(sections[name] for name in sorted(sections))]))


def _sections(text: str) -> dict[str, str]:
    """The sections of a report, by name."""
    _, *sections = text.split("\n## ")
    return {section.partition("\n")[0]: f"## {section.rstrip()}\n" for section in sections}


def _machine() -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, community-pulse {__version__}",
        f"- {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"
        f" {platform.release()}, Python {platform.python_version()}; one machine for everything",
        f"- {libraries}",
    ]


def _section(report: Report) -> str:
    outcome, verdict = report.outcome, report.outcome.verdict
    lines = [
        f"## {report.name}",
        "",
        *_machine(),
        "",
        f"{report.store}. {outcome.seconds / 60:.1f} minutes of faults, seed {outcome.seed}.",
        "",
        "| what | count |",
        "|---|---|",
        f"| records sent | {outcome.events:,} |",
        f"| events, each once | {verdict.facts:,} |",
        f"| copies among them | {verdict.copies:,} |",
        f"| malformed | {verdict.letters:,} |",
        f"| windows compared | {verdict.windows:,} |",
        f"| faults | {outcome.faults.total():,} |",
        f"| **mismatches** | **{len(verdict.mismatches):,}** |",
        "",
        "| fault | times |",
        "|---|---|",
        *(f"| {name} | {times} |" for name, times in sorted(outcome.faults.items())),
        "",
        "| recovery | measured | p50 | p99 | longest |",
        "|---|---|---|---|---|",
        _recovery("worker kill -9 to its first new row", outcome.worker_recoveries_s),
        _recovery("broker restart to the first new row", outcome.broker_recoveries_s),
        "",
        _exits(outcome.exits),
        "",
    ]
    return "\n".join(lines)


def _recovery(name: str, seconds: Sequence[float]) -> str:
    if not seconds:
        return f"| {name} | 0 | | | |"
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return (
        f"| {name} | {len(ordered)} | {statistics.median(ordered):.1f} s | {p99:.1f} s"
        f" | {ordered[-1]:.1f} s |"
    )


def _exits(exits: Counter[int]) -> str:
    if not exits:
        return "No worker ended but when it was killed or asked to."
    told = ", ".join(f"{times} with code {code}" for code, times in sorted(exits.items()))
    return f"Workers that ended unasked and were started again: {told}."
