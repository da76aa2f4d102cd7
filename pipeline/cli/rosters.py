"""How `pulse import slack` tells which channels' rosters are not what joins and leaves make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.cli.output import out, print_rows
from pipeline.pseudonym import Pseudonyms
from pipeline.sources.slack import SOURCE
from pipeline.sources.slack_roster import Comparison

MEANING = "unseen: listed, but no join of theirs holds; unlisted: joined, but listed no more"


def rosters_json(
    rosters: Sequence[Comparison], pseudonyms: Pseudonyms, *, each: bool
) -> dict[str, Any]:
    """How many agree; with `each` also the channels that do not, with persons as pseudonyms."""
    told: dict[str, Any] = {
        "channels": len(rosters),
        "agree": sum(roster.agrees for roster in rosters),
    }
    if each:
        told["differences"] = [
            _counts(roster)
            | {
                "unseen": sorted(pseudonyms.of(SOURCE, person) for person in roster.unseen),
                "unlisted": sorted(pseudonyms.of(SOURCE, person) for person in roster.unlisted),
            }
            for roster in rosters
            if not roster.agrees
        ]
    return told


def print_differences(rosters: Sequence[Comparison]) -> None:
    """A table of the channels that differ; nothing where there is none."""
    rows = [
        _counts(roster) | {"unseen": len(roster.unseen), "unlisted": len(roster.unlisted)}
        for roster in rosters
        if not roster.agrees
    ]
    if rows:
        print_rows("", rows, as_json=False)
        out.print(MEANING, soft_wrap=True)


def _counts(roster: Comparison) -> dict[str, object]:
    return {
        "group_id": roster.channel.id,
        "name": roster.channel.name,
        "listed": len(roster.listed),
        "replayed": len(roster.replayed),
    }
