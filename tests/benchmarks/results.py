"""The results: a section per command, kept as JSON and rendered together to RESULTS.md.

A command replaces its own section and leaves the others, so each says when and on what it was
measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
RESULTS = Path(__file__).with_name("RESULTS.md")
ORDER = (
    "contestants", "profile", "growth", "workers", "latency", "live", "memory", "kill", "metrics",
    "rollup", "boards",
)  # fmt: skip

HEAD = """# Benchmarks: results

Every figure here was written by the command that stands above it; `make bench` writes the first
section anew. How it is measured stands at the top of `stopwatch.py` and of each command's file.
"""


@dataclass(frozen=True)
class Table:
    """Rows of text under a heading."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""


@dataclass(frozen=True)
class Section:
    """What one command measured. `figures` are for programs, the rest is for people."""

    name: str
    title: str
    command: str
    measured_on: Mapping[str, str]
    tables: Sequence[Table]
    notes: Sequence[str] = ()
    picture: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> Section:
        stored = json.loads(text)
        return cls(**{**stored, "tables": [Table(**each) for each in stored["tables"]]})

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def keep(section: Section, folder: Path = FOLDER, results: Path = RESULTS) -> None:
    """Replace this section, and render all."""
    folder.mkdir(exist_ok=True)
    (folder / f"{section.name}.json").write_text(section.to_json())
    sections = [Section.from_json(path.read_text()) for path in folder.glob("*.json")]
    results.write_text(render(sections))


def render(sections: Iterable[Section]) -> str:
    """All sections as Markdown, in their order."""
    ordered = sorted(sections, key=lambda one: (ORDER.index(one.name), one.name))
    return "\n".join([HEAD, *map(markdown, ordered)])


def markdown(section: Section) -> str:
    """One section as Markdown."""
    lines = [f"## {section.title}", "", f"`{section.command}`", ""]
    lines += [f"- {subject}: {text}" for subject, text in section.measured_on.items()]
    lines.append("")
    if section.picture:
        lines += [f"![{section.title}]({section.picture})", ""]
    for table in filter(lambda one: one.rows, section.tables):
        lines += [*_rows(table), ""]
    for note in section.notes:
        lines += [note, ""]
    return "\n".join(lines)


def _rows(table: Table) -> list[str]:
    lines = [f"**{table.title}**", ""] if table.title else []
    lines.append("| " + " | ".join(table.columns) + " |")
    lines.append("|" + "---|" * len(table.columns))
    lines += ["| " + " | ".join(row) + " |" for row in table.rows]
    return lines
