"""PURE: a named question in SQL: one file `queries/NAME.sql`, a header of comments and one SELECT.

The header says what the question answers, with which parameters, and what each column means; a
line that goes on is indented:

    -- title: Daily active members
    -- answers: How many members wrote ...
    -- param since: date = 28d; first day
    -- example: since=2026-10-05 until=2026-11-16
    -- column day: the day

A parameter without ` = ` must be given. `%(name)s` stands for its value, and `%%` for a plain %.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from pipeline.errors import QuestionError
from schemas.event_type import EventType


class Kind(StrEnum):
    """What a parameter's value is."""

    DATE = "date"
    COUNT = "count"
    TEXT = "text"
    ZONE = "zone"


@dataclass(frozen=True)
class Parameter:
    """What may be asked for; `default` as it would be written, None where there must be a value."""

    name: str
    kind: Kind
    default: str | None
    meaning: str

    @property
    def told_default(self) -> str:
        """The default for people."""
        return "must be given" if self.default is None else self.default or "(empty)"


@dataclass(frozen=True)
class Question:
    """A question of the library. `columns` and `example` (parameter -> value) in their order."""

    name: str
    title: str
    answers: str
    parameters: tuple[Parameter, ...]
    columns: Mapping[str, str]
    example: Mapping[str, str]
    sql: str

    def as_json(self) -> dict[str, object]:
        """What the header says, for programs."""
        return {
            "name": self.name,
            "title": self.title,
            "answers": self.answers,
            "parameters": [asdict(parameter) for parameter in self.parameters],
            "columns": dict(self.columns),
        }


_ENTRY = re.compile(r"(title|answers|example|param \w+|column \w+): (.+)")
_PARAMETER = re.compile(r"(?P<kind>\w+)(?: = (?P<default>[^;]*?))? ?; (?P<meaning>.+)")
_USED = re.compile(r"%\((\w+)\)s")
_READ = re.compile(r"(?<!ARRAY )\b(?:FROM|JOIN)\s+(\w+)")
_MADE = re.compile(r"(\w+) AS \(")
_BY_DAY = (
    *(f"v_{event_type}" for event_type in EventType if event_type is not EventType.HEARTBEAT),
    "v_member_interaction",
    "v_member_order",
)
"""Views of what happened day by day: whoever reads one names event_date, or reads all of it."""

_READ_BY_DAY = re.compile(rf"\b(?:FROM|JOIN)\s+({'|'.join(_BY_DAY)})\b")
_KINDS = ", ".join(Kind)


def read_question(name: str, text: str) -> Question:
    """The question in a file's text; QuestionError with every fault of it."""
    header, sql = _parts(text)
    faults: list[str] = []
    entries = list(_entries(header, faults))
    told = {key: value for key, value in entries if key in ("title", "answers")}
    parameters = tuple(_parameters(entries, faults))
    question = Question(
        name=name,
        title=told.get("title", ""),
        answers=told.get("answers", ""),
        parameters=parameters,
        columns={key.split()[1]: value for key, value in entries if key.startswith("column ")},
        example=dict(_pairs(entries)),
        sql=sql,
    )
    faults += _faults(question)
    if faults:
        raise QuestionError(
            f"The question is not as it must be: {'; '.join(faults)}", where=f"{name}.sql"
        )
    return question


def _parts(text: str) -> tuple[list[str], str]:
    """The lines of the header without their dashes, and the SQL below it."""
    lines = text.splitlines()
    length = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return [line[2:] for line in lines[:length]], "\n".join(lines[length:]).strip()


def _entries(header: list[str], faults: list[str]) -> Iterator[tuple[str, str]]:
    entries: list[str] = []
    for line in header:
        if line.startswith("     ") and entries:
            entries[-1] += f" {line.strip()}"
        elif line.strip():
            entries.append(line.strip())
    seen = set()
    for entry in entries:
        found = _ENTRY.fullmatch(entry)
        if found is None:
            faults.append(f"no entry of the header: {entry!r}")
        elif found[1] in seen:
            faults.append(f"{found[1]} is there twice")
        else:
            seen.add(found[1])
            yield found[1], found[2]


def _parameters(entries: list[tuple[str, str]], faults: list[str]) -> Iterator[Parameter]:
    for key, value in entries:
        if key.startswith("param "):
            found = _PARAMETER.fullmatch(value)
            if found is None or found["kind"] not in list(Kind):
                faults.append(f"{key} is not `KIND = DEFAULT; MEANING` with a kind of {_KINDS}")
            else:
                kind = Kind(found["kind"])
                yield Parameter(key.split()[1], kind, found["default"], found["meaning"])


def _pairs(entries: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for key, value in entries:
        if key == "example":
            for pair in value.split():
                name, _, given = pair.partition("=")
                yield name, given


def _faults(question: Question) -> Iterator[str]:
    declared = {parameter.name for parameter in question.parameters}
    used = set(_USED.findall(question.sql))
    made = set(_MADE.findall(question.sql)) | {"numbers"}
    read = set(_READ.findall(question.sql))
    _, *by_day = _READ_BY_DAY.split(question.sql)
    whole = {
        view
        for view, rest in zip(by_day[::2], by_day[1::2], strict=True)
        if "event_date" not in rest
    }
    for wrong, fault in (
        (not question.title, "it has no title"),
        (not question.answers, "it does not say what it answers"),
        (not question.columns, "it explains no column"),
        (used - declared, f"used, but not declared: {_listed(used - declared)}"),
        (declared - used, f"declared, but not used: {_listed(declared - used)}"),
        (set(question.example) - declared, "its example gives a parameter that it does not have"),
        (not question.sql.startswith(("SELECT", "WITH")), "its SQL is no SELECT"),
        (";" in question.sql, "its SQL has a semicolon: it is one statement"),
        (not read, "it reads nothing"),
    ):
        if wrong:
            yield fault
    if others := {name for name in read - made if not name.startswith("v_")}:
        yield f"it reads other things than views: {_listed(others)}"
    if whole:
        yield f"it does not name event_date where it reads {_listed(whole)}"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
