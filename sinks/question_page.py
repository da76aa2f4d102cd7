"""The page of all named questions for analysts, `queries/README.md`; `render()` is committed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from sinks.question import Question
from sinks.question_library import example_answer, questions

PATH = "sinks/queries/README.md"
ROWS_SHOWN = 12

_HEADER = """\
<!-- Generated from sinks/queries by `python -m deploy.render`. DO NOT EDIT. -->

# Questions

Each is one file beside this page: a header that explains it, and one SELECT over views. Ask by
name,

```sh
pulse sql --list
pulse sql daily_active --param since=2026-10-05 --param until=2026-11-16 --out answer.xlsx
```

or take its SELECT as a start for your own. A rate is a fraction, 0 to 1; an empty cell is *no
data*, never 0. Weeks are ISO weeks; a span goes up to the start of `until`. Members are persons who
joined and did not leave, without staff and bots. Letters with digits (A01, C05) are ids of the
catalogue of metrics.

The answers below are those of a small community that was made up by hand for the tests
(`tests/sinks/queries/community.py`), in six weeks from 2026-10-05, zone Asia/Shanghai.
"""


def render() -> dict[str, str]:
    """The page by its path in the project."""
    asked = questions()
    index = [f"- [`{it.name}`](#{it.name}) {it.title}" for it in asked]
    sections = (line for it in asked for line in _section(it))
    return {PATH: "\n".join([_HEADER, *index, *sections]) + "\n"}


def _section(question: Question) -> Iterator[str]:
    yield f"\n## {question.name}\n\n**{question.title}.** {question.answers}\n"
    yield from _table(
        ("parameter", "kind", "default", "meaning"),
        [(f"`{p.name}`", p.kind, p.told_default, p.meaning) for p in question.parameters],
    )
    yield ""
    yield from _table(
        ("column", "meaning"),
        [(f"`{name}`", meaning) for name, meaning in question.columns.items()],
    )
    call = "".join(f" --param {name}={value}" for name, value in question.example.items())
    yield f"\n[SQL]({question.name}.sql) · `pulse sql {question.name}{call}`\n"
    yield from _answer(question)


def _answer(question: Question) -> Iterator[str]:
    head, *rows = csv.reader(example_answer(question.name).splitlines())
    yield from _table(head, rows[:ROWS_SHOWN])
    if len(rows) > ROWS_SHOWN:
        yield f"\n... {len(rows)} rows in all: [{question.name}.csv]({question.name}.csv)"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
