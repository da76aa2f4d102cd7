"""Which dead letters a command is about: its options, and the filter that they make."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated

import typer

from pipeline.cli.moments import moment
from pipeline.clock import wall_ms
from pipeline.errors import UsageError
from pipeline.operations.letters import Filter, State
from pipeline.operations.places import read_place
from pipeline.settings import Settings
from schemas.event_type import EventType
from schemas.rejection import Reason

Words = list[str] | None

Reasons = Annotated[
    Words, typer.Option("--reason", help="Why it was refused, like misrouted; may be repeated.")
]
Sources = Annotated[Words, typer.Option("--source", help="The source it names; may be repeated.")]
Topics = Annotated[
    Words, typer.Option("--topic", help="Its topic, like community.chat; may be repeated.")
]
Types = Annotated[
    Words, typer.Option("--type", help="The event type it says it is; may be repeated.")
]
Since = Annotated[
    str,
    typer.Option("--since", help="Appended at or after this: 2h, 7d, 2026-01-31, or RFC 3339."),
]
Until = Annotated[str, typer.Option("--until", help="Appended before this; written alike.")]


def choose(
    settings: Settings,
    *,
    reasons: Words,
    sources: Words,
    topics: Words,
    types: Words,
    since: str,
    until: str,
    places: Words = None,
    state: State = State.OPEN,
) -> Filter:
    """The filter; UsageError for a reason, type, time or place that cannot be."""
    now_ms = wall_ms()
    since_ms, until_ms = (
        moment(text, where=where, now_ms=now_ms, zone=settings.zone) if text else None
        for text, where in ((since, "--since"), (until, "--until"))
    )
    if since_ms is not None and until_ms is not None and since_ms >= until_ms:
        raise UsageError(
            f"--since {since} is not before --until {until}",
            remedy="Exchange them, or leave one out.",
        )
    return Filter(
        reasons=_known(reasons, list(Reason), where="--reason"),
        sources=tuple(sources or ()),
        topics=tuple(topics or ()),
        types=_known(types, list(EventType), where="--type"),
        places=tuple(read_place(place, settings.epoch) for place in places or ()),
        since_ms=since_ms,
        until_ms=until_ms,
        state=state,
    )


def _known(words: Words, names: Sequence[str], *, where: str) -> tuple[str, ...]:
    for word in words or ():
        if word not in names:
            near = get_close_matches(word, names, 1, 0.5)
            guess = f"Did you mean {near[0]}? " if near else ""
            raise UsageError(
                f"There is no {where.strip('-')} {word!r}",
                where=where,
                remedy=f"{guess}There are {', '.join(names)}.",
            )
    return tuple(words or ())
