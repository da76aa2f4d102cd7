"""The questions that come with the program: `queries/NAME.sql`, and what each answers beside it.

`queries/NAME.csv` is the answer on the example community of the tests, which hold it to be so.
"""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path

from pipeline.errors import UsageError
from sinks.question import Question, read_question

FOLDER = Path(__file__).parent / "queries"


def names() -> tuple[str, ...]:
    """The names of all questions, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.sql")))


@cache
def question(name: str) -> Question:
    """The question of that name; UsageError suggests a close one."""
    if name not in names():
        near = [known for known in names() if name in known]
        near += difflib.get_close_matches(name, names(), n=1)
        raise UsageError(
            f"There is no question {name}" + (f", did you mean {near[0]}?" if near else ""),
            where="SQL",
            remedy="`pulse sql --list` tells all of them; SQL of your own has more than one word.",
        )
    return read_question(name, (FOLDER / f"{name}.sql").read_text(encoding="utf-8"))


def questions() -> tuple[Question, ...]:
    """All questions, by name."""
    return tuple(map(question, names()))


def example_answer(name: str) -> str:
    """The answer on the example community as CSV; UsageError when it was never written."""
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        raise UsageError(
            "The question has no example answer",
            where=str(path),
            remedy="Run `python -m tests.sinks.queries.write`.",
        )
    return path.read_text(encoding="utf-8")
