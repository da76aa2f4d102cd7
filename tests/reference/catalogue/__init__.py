"""The catalogue a second time, in plain Python, written from METRICS.md and not from the SQL.

Slow and obvious on purpose; nothing is shared with the program but the shape of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.reference.catalogue.base import Reference


def _gathered(modules: list[ModuleType]) -> dict[str, Reference]:
    found: dict[str, Reference] = {}
    for module in modules:
        mine: Mapping[str, Reference] = getattr(module, "REFERENCE", {})
        assert not found.keys() & mine.keys(), f"{module.__name__} says a metric once more"
        found.update(mine)
    return found


REFERENCES: Mapping[str, Reference] = _gathered(
    [
        import_module(f"{__name__}.{path.stem}")
        for path in sorted(Path(__file__).parent.glob("[a-z]*.py"))
    ]
)
"""Metric name -> its reference, of all the modules here."""
