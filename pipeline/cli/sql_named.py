"""Named questions of `pulse sql`: what there is, and the SQL of one with its parameters bound."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.cli.output import out, print_json, print_rows
from pipeline.clock import SharedClock
from pipeline.errors import UsageError
from pipeline.settings import Settings
from sinks.question import Question
from sinks.question_library import question, questions
from sinks.question_values import values
from sinks.sql import bind

_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """What is asked of the store; with the question and its values if it is a named one."""

    sql: str
    question: Question | None = None
    values: Mapping[str, object] = field(default_factory=dict)


def is_name(text: str) -> bool:
    """Whether it is one word, as a question's name is and no SQL."""
    return _NAME.fullmatch(text) is not None


def named(name: str, pairs: Sequence[str], settings: Settings) -> Asked:
    """The question of that name with its parameters; UsageError says what is wrong with it."""
    found = question(name)
    now_ms = SharedClock(settings.clock_file).now_ms()
    bound = values(found, _given(pairs, name), now_ms=now_ms, zone=settings.zone)
    return Asked(bind(found.sql, bound), found, bound)


def print_questions(*, as_json: bool) -> None:
    """Name and title of every question."""
    if as_json:
        print_json([found.as_json() for found in questions()])
    else:
        print_rows(
            "", [{"name": it.name, "question": it.title} for it in questions()], as_json=False
        )


def print_question(name: str, *, as_json: bool) -> None:
    """Everything the header of one question says."""
    found = question(name)
    if as_json:
        print_json(found.as_json())
        return
    out.print(f"{found.title}. {found.answers}", markup=False, soft_wrap=True)
    if found.parameters:
        rows = [
            {
                "parameter": parameter.name,
                "kind": parameter.kind,
                "default": parameter.told_default,
                "meaning": parameter.meaning,
            }
            for parameter in found.parameters
        ]
        print_rows("", rows, as_json=False)
    columns = [{"column": name, "meaning": meaning} for name, meaning in found.columns.items()]
    print_rows("", columns, as_json=False)


def _given(pairs: Sequence[str], name: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (equals and key) or key in given:
            fault = "is given twice" if key in given else "is not NAME=VALUE"
            raise UsageError(
                f"--param {pair} {fault}",
                where=name,
                remedy="Write it like --param since=2026-01-31.",
            )
        given[key] = value
    return given
