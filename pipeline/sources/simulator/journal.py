"""What a simulation keeps in a file: its plan, its scenario, and how far it is written.

A restart reads it and goes on with the same community. It may write a little again; the ids are
the same, so nothing counts twice.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipeline.errors import SettingsError, UsageError
from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.scenario import CALM, Drop, Scenario


@dataclass(frozen=True)
class Journal:
    """The state of one simulation; all events before `written_ms` are durable."""

    plan: Plan
    written_ms: int
    scenario: Scenario = CALM

    def goes_on_as(self, wanted: Plan) -> None:
        """UsageError if `wanted` differs from the plan under way in more than its origin."""
        if replace(wanted, origin_ms=self.plan.origin_ms) != self.plan:
            raise UsageError(
                "A simulation with other numbers is under way"
                f" (seed {self.plan.seed}, {self.plan.groups} groups)",
                remedy="Go on with those, or start clean with an empty store and no journal.",
            )


def read_journal(path: Path) -> Journal | None:
    """The simulation under way, None if there is none."""
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text())
        drops = [Drop(**drop | {"groups": tuple(drop["groups"])}) for drop in told["drops"]]
        return Journal(Plan(**told["plan"]), int(told["written_ms"]), Scenario(tuple(drops)))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SettingsError(
            f"The simulation's journal cannot be read: {error}",
            where=str(path),
            remedy="Delete it to begin another simulation.",
        ) from error


def write_journal(path: Path, journal: Journal) -> None:
    """Replace the file at once, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "plan": asdict(journal.plan),
        "written_ms": journal.written_ms,
        "drops": [asdict(drop) for drop in journal.scenario.drops],
    }
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(told, indent=1))
    fresh.replace(path)
