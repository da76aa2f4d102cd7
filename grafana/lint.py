"""Lint of a board's JSON: a table of rule name -> function, each yielding what it finds.

Names that end in -rule are those of Grafana's dashboard-linter and mean the same; the others are
ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grafana.lint_linter import LINTER
from grafana.lint_ours import OURS
from grafana.walk import Found, Json, every
from pipeline.errors import NotABoard

RULES: Mapping[str, Callable[[Json], Found]] = {**LINTER, **OURS}


@dataclass(frozen=True)
class Finding:
    """One fault: the rule, the panel (or variable, or annotation), and what to do."""

    panel: str
    rule: str
    says: str


def lint(board: object, *, where: str = "") -> list[Finding]:
    """Every fault of a board's JSON. Raises NotABoard, naming `where`, for any other JSON."""
    if not isinstance(board, Mapping) or not isinstance(board.get("panels"), list):
        raise NotABoard(
            "This JSON is not a Grafana dashboard: it has no list `panels`",
            where=where,
            remedy="Export the dashboard's JSON model, not a panel or an answer of the API.",
        )
    try:
        list(every(board))
        return [
            Finding(panel, name, says)
            for name, rule in RULES.items()
            for panel, says in rule(board)
        ]
    except (AttributeError, TypeError) as error:
        raise NotABoard(
            f"This JSON is not a Grafana dashboard: something in it has another shape ({error})",
            where=where,
            remedy="Export the dashboard's JSON model from Grafana again.",
        ) from error
