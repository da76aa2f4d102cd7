"""Dead letters as text for the one on call: at 80 columns, names escaped, places unbroken."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from rich.cells import set_cell_size
from rich.table import Table
from rich.text import Text

from pipeline.cli.moments import shown
from pipeline.cli.output import out
from pipeline.counted import counted
from pipeline.operations.judge import Obstacle
from pipeline.operations.letters import Filter, Found, Letter, State
from pipeline.operations.masking import masked, visible
from pipeline.operations.places import Place
from pipeline.operations.remedies import Replay, meaning_of, remedy_for
from pipeline.operations.replay import UNSENT_TOLD
from pipeline.settings import Settings

SOURCE_WIDTH = 15
REASON_WIDTH = 18
LABEL_WIDTH = 10
UNSENT_SHOWN = 10

_STATES = {State.OPEN: "open ", State.REPLAYED: "replayed ", State.ALL: ""}


def say(text: str = "", style: str = "") -> None:
    """One line as it stands: never wrapped, nothing in it taken for markup."""
    out.print(Text(text, style), soft_wrap=True)


def tell_found(found: Found, chosen: Filter, settings: Settings, *, replayed: int) -> None:
    """What `pulse dlq list` found: by reason and source, the newest, and what to do next.

    `replayed` more letters would be found but were sent again.
    """
    also = f"; {replayed:,} more were replayed (--replayed)" if replayed else ""
    if not found.total:
        say(f"No {_STATES[chosen.state]}dead letters{also}.")
        return
    say(counted(found.total, f"{_STATES[chosen.state]}dead letter") + f"{also}.")
    say(f"Times in {settings.zone}.", "dim")
    head = f"{'reason':<{REASON_WIDTH}} {'source':<{SOURCE_WIDTH}}"
    say(f"{'letters':>9}  {head} {'newest':<19}  replay", "bold")
    for group in found.groups:
        say(
            f"{group.letters:>9,}  {group.reason:<{REASON_WIDTH}} {_source(group.source)}"
            f" {shown(group.newest_ms, settings.zone)}  {remedy_for(group.reason).replay}"
        )
    rest = found.total - sum(group.letters for group in found.groups)
    if rest:
        say(f"{rest:>9,}  of other reasons and sources")
    say()
    say(f"{'appended':<19}  {head} place", "bold")
    for letter in found.letters:
        say(
            f"{shown(letter.ingest_ms, settings.zone)}  {letter.reason:<{REASON_WIDTH}}"
            f" {_source(letter.source)} {_place(letter.place, settings)}"
        )
    if len(found.letters) < found.total:
        say(f"… and {found.total - len(found.letters):,} older (--limit)")
    say()
    for number, (command, purpose) in enumerate(next_steps(found, settings)):
        say(f"{'' if number else 'Next:':<6}{command}")
        say(f"{'':<8}{purpose}", "dim")


def next_steps(found: Found, settings: Settings) -> list[tuple[str, str]]:
    """The exact commands to call next, each with its purpose."""
    steps = []
    if found.letters:
        place = shlex.quote(_place(found.letters[0].place, settings))
        steps.append((f"pulse dlq show {place}", "the newest one: what is in it, and what helps"))
    for wanted in (Replay.NOW, Replay.ONCE_MENDED):
        for group in found.reasons:
            if remedy_for(group.reason).replay is wanted:
                letters = counted(group.letters, "letter")
                purpose = f"what a replay would do about {letters}; sends nothing"
                steps.append((f"pulse dlq replay --reason {group.reason} --dry-run", purpose))
                return steps
    return steps


def tell_letter(letter: Letter, payload: bytes, settings: Settings) -> None:
    """What `pulse dlq show` shows: the letter, its payload masked, and what helps."""
    remedy = remedy_for(letter.reason)
    cut = letter.payload_bytes - len(payload)
    size = f"{letter.payload_bytes:,} bytes"
    again = (
        f"{shown(letter.replayed_ms, settings.zone)}, to {visible(letter.to_topic)}"
        if letter.replayed_ms
        else "no"
    )
    place = _place(letter.place, settings)
    say(place, "bold")
    _tell_lines(
        {
            "reason": f"{letter.reason}: {meaning_of(letter.reason)}",
            "detail": visible(letter.detail),
            "type": visible(letter.event_type) or "not known",
            "source": visible(letter.source) or "not known",
            "appended": f"{shown(letter.ingest_ms, settings.zone)} ({settings.zone})",
            "size": f"{size}; only the first {len(payload):,} are kept" if cut > 0 else size,
            "replayed": again,
            "helps": remedy.advice,
            "replay": str(remedy.replay),
        }.items()
    )
    if remedy.replay is not Replay.NEVER:
        say(f"{'':<{LABEL_WIDTH}}pulse dlq replay {shlex.quote(place)}")
    say()
    say("Payload, masked (--raw shows it to those who may see it):", "dim")
    say(masked(payload) or "(empty)")


def tell_outcome(result: Mapping[str, Any]) -> None:
    """What became of the letters of a replay."""
    dry = result["dry_run"]
    sent: Mapping[str, int] = result["sent"]
    topics = ", ".join(f"{n:,} to {topic}" for topic, n in sent.items())
    verb = "would be sent again" if dry else "sent again"
    count = f"{sum(sent.values()):,} of {counted(result['matched'], 'dead letter')}"
    say(f"{count} {verb}" + (f": {topics}" if topics else ""))
    rest = [
        (n, f"still refused: {reason}. {meaning_of(reason)}")
        for reason, n in result["refused"].items()
    ]
    rest += [
        (n, f"not replayable: {Obstacle(code).meaning}")
        for code, n in result["not_replayable"].items()
    ]
    rest += [
        (result["already_replayed"], "replayed already, skipped (--again sends them too)"),
        (result["left"], "left for another run (--limit)"),
    ]
    _tell_lines([(f"{n:>9,}", what) for n, what in rest if n])
    unsent = result["unsent"][:UNSENT_SHOWN]
    for letter in unsent:
        say(f"  {visible(letter['place'])}  {letter['reason']}  {visible(letter['why'])[:200]}")
    untold = sum(result["refused"].values()) + sum(result["not_replayable"].values()) - len(unsent)
    if untold:
        say(f"  … and {untold:,} more that were not sent (--json tells the first {UNSENT_TOLD})")
    if sent and not dry:
        say("Each counts once: the worker takes what it already has for a duplicate.", "dim")


def _tell_lines(lines: Iterable[tuple[str, str]]) -> None:
    """Labels, and beside each its text, wrapped."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for label, text in lines:
        grid.add_row(Text(label, "bold"), Text(text))
    out.print(grid)


def _source(source: str) -> str:
    return set_cell_size(visible(source) or "-", SOURCE_WIDTH)


def _place(place: Place, settings: Settings) -> str:
    return visible(place.text(settings.epoch))
