"""Moving a history to the present by whole weeks, decided once: weekdays and ids stay."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.errors import SettingsError

WEEK_MS = 7 * 86_400_000
MONDAY_MS = 4 * 86_400_000
"""The first Monday of the epoch, 1970-01-05."""


@dataclass(frozen=True)
class Shift:
    """A move of event times by whole weeks; it is part of every derived event id."""

    weeks: int = 0

    def apply(self, event_ms: int) -> int:
        """The moved time, in epoch ms; weekday and time of day (UTC) stay."""
        return event_ms + self.weeks * WEEK_MS


NO_SHIFT = Shift()

_WEEKS: TypeAdapter[dict[str, int]] = TypeAdapter(dict[str, int])


def shift_to(now_ms: int, last_ms: int) -> Shift:
    """The largest shift by which the ISO week (UTC) of the last event is over before now.

    The week counts, not the event: sources that end in the same week move together.
    """
    week_end = last_ms - (last_ms - MONDAY_MS) % WEEK_MS + WEEK_MS
    return Shift((now_ms - week_end) // WEEK_MS)


def fixed_shift(path: Path, source: str, *, last_ms: int, now_ms: int, keep: bool = True) -> Shift:
    """The shift of `source`: read from the file, or decided now and, with `keep`, written there.

    A later import reads what the first one decided and derives the same times and ids.
    """
    try:
        weeks = _WEEKS.validate_json(path.read_bytes()) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"The date shifts cannot be read: {error}",
            where=str(path),
            remedy="Delete the file to decide them anew; what is imported then is another history.",
        ) from error
    if source in weeks:
        return Shift(weeks[source])
    decided = shift_to(now_ms, last_ms)
    if not keep:
        return decided
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(weeks | {source: decided.weeks}, indent=1))
    fresh.replace(path)
    return decided
