"""A board's queries as the data sources send them: variables filled in, macros expanded.

SQL as the ClickHouse plugin's 4.x does it (its macros and `$__conditionalAll`), PromQL as Grafana's
Prometheus source does it. A `$` that is left over is an error: no store is asked half a question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.errors import NotABoard

ALL = "$__all"
"""The value of a variable that leaves the choice open."""


@dataclass(frozen=True)
class View:
    """What the board is looked at with: a range in epoch seconds, its bucket, chosen groups.

    `variables`: the values of the other variables, by name; `every`: what a variable stands for in
    PromQL where all is chosen (its `allValue`), `.*` if it says nothing.
    """

    from_s: int
    to_s: int
    interval_s: int = 60
    groups: Sequence[str] = (ALL,)
    scrape_s: int = 1
    variables: Mapping[str, Sequence[str]] = field(default_factory=dict)
    every: Mapping[str, str] = field(default_factory=dict)

    def values(self, name: str) -> Sequence[str]:
        """Chosen values of a variable; NotABoard for one that nothing declares."""
        chosen = {"group": self.groups, **self.variables}
        if name not in chosen:
            raise NotABoard(f"No variable of the board is called {name}", where=f"${name}")
        return chosen[name]

    def is_open(self, name: str) -> bool:
        """Whether all is chosen."""
        return list(self.values(name)) == [ALL]


def expand_sql(text: str, view: View) -> str:
    """The statement that the store gets."""
    text = _conditional_all(text, view)
    first, last = f"toDateTime({view.from_s})", f"toDateTime({view.to_s})"
    days = f"toDate({first})", f"toDate({last})"
    step = view.interval_s
    macros: Mapping[str, Callable[[str], str]] = {
        "timeFilter": lambda c: f"{c} >= {first} AND {c} <= {last}",
        "dateFilter": lambda c: f"{c} >= {days[0]} AND {c} <= {days[1]}",
        "timeInterval": lambda c: f"toStartOfInterval(toDateTime({c}), INTERVAL {step} second)",
    }
    for name, expand in macros.items():
        while (start := text.find(f"$__{name}(")) >= 0:
            argument, end = _argument(text, start + len(name) + 3)
            text = text[:start] + expand(argument) + text[end:]
    plain = {
        "$__fromTime": first,
        "$__toTime": last,
        "$__interval_ms": str(step * 1000),
        "$__interval_s": str(step),
    }
    for name, value in plain.items():
        text = text.replace(name, value)
    return _filled(text, view, _sql_value)


def expand_promql(text: str, view: View) -> str:
    """The expression that Prometheus gets."""
    rate_s = max(view.interval_s + view.scrape_s, 4 * view.scrape_s)
    span_s = view.to_s - view.from_s
    for name, value in {
        "$__rate_interval": f"{rate_s}s",
        "$__range_s": str(span_s),
        "$__range": f"{span_s}s",
        "$__interval": f"{view.interval_s}s",
    }.items():
        text = text.replace(name, value)
    return _filled(text, view, _promql_value)


def expand_text(text: str, view: View) -> str:
    """A title or a text of the board, its variables as words; an unknown `$` stays as it is."""

    def words(name: str, form: str, _: View) -> str:
        return "*" if view.is_open(name) else ", ".join(view.values(name))

    try:
        return _replaced(text, view, words)
    except NotABoard:
        return text


_VARIABLE = re.compile(r"\$\{([A-Za-z]\w*)(?::(\w+))?\}|\$([A-Za-z]\w*)", re.ASCII)
_CAPTURED = re.compile(r"\$\d", re.ASCII)
"""What label_replace puts in: no variable."""

Write = Callable[[str, str, View], str]


def _replaced(text: str, view: View, write: Write) -> str:
    return _VARIABLE.sub(lambda it: write(it[1] or it[3], it[2] or "", view), text)


def _filled(text: str, view: View, write: Write) -> str:
    """Variables put in, once: a value that looks like a variable stays what it is."""
    pieces, at = [], 0
    for found in _VARIABLE.finditer(text):
        pieces += [_finished(text[at : found.start()])]
        pieces += [write(found[1] or found[3], found[2] or "", view)]
        at = found.end()
    return "".join([*pieces, _finished(text[at:])])


def _sql_value(name: str, form: str, view: View) -> str:
    values = view.values(name)
    if form in ("singlequote", "sqlstring"):
        return ",".join(map(_quoted, values))
    return ",".join(values)


def _promql_value(name: str, form: str, view: View) -> str:
    if view.is_open(name):
        return view.every.get(name, ".*")
    if form not in ("regex", ""):
        return ",".join(view.values(name))
    escaped = [re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", value) for value in view.values(name)]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _conditional_all(text: str, view: View) -> str:
    name = "$__conditionalAll"
    while (start := text.rfind(f"{name}(")) >= 0:
        inside, end = _argument(text, start + len(name))
        condition, _, variable = inside.rpartition(",")
        phrase = "1=1" if view.is_open(variable.strip().removeprefix("$")) else condition
        text = text[:start] + phrase + text[end:]
    return text


def _argument(text: str, opened: int) -> tuple[str, int]:
    """What stands between the bracket at `opened` and its partner, and the place after that."""
    depth = 0
    for place in range(opened, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return text[opened + 1 : place], place + 1
    raise NotABoard("A bracket of a macro is never closed", where=text[opened - 20 : opened + 40])


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _finished(text: str) -> str:
    if "$" in (rest := _CAPTURED.sub("", text)):
        left = rest[rest.index("$") :][:40]
        raise NotABoard("Nothing expands this part of a query", where=left)
    return text
