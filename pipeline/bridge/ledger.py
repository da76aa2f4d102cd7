"""What each channel has been told: so that nothing is told twice, and no end without a beginning.

Kept in a file, so that a restart neither repeats nor forgets. Without a file it is memory alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from pipeline.alerting.messages.message import Message
from pipeline.alerting.messages.notification import AlertState, Bout

FORGET_MS = 90 * 86_400_000
"""A bout of which nothing was heard for so long is forgotten."""

log = structlog.get_logger("pulse.bridge")


@dataclass(frozen=True)
class Told:
    """What a channel was told last of one bout, and when (epoch ms)."""

    firing: bool
    at_ms: int


class Ledger:
    """By channel and bout: what was told last. One event loop uses it."""

    def __init__(self, file: Path | None, *, repeat_ms: int) -> None:
        self._file = file
        self._repeat_ms = repeat_ms
        self._told: dict[str, dict[Bout, Told]] = _read(file) if file else {}

    def news(self, channel: str, alerts: Iterable[AlertState], now_ms: int) -> frozenset[Bout]:
        """The bouts of which the channel has not heard what they are now.

        What fires is news again after the time of repetition; what ended only where it was told
        as firing, and an end is the last of a bout.
        """
        told = self._told.get(channel, {})
        return frozenset(
            alert.bout for alert in alerts if self._is_news(told.get(alert.bout), alert, now_ms)
        )

    def tell(self, channel: str, message: Message, now_ms: int) -> None:
        """Note that the channel took the message."""
        told = self._told.setdefault(channel, {})
        for item in message.items:
            told[item.bout] = Told(item.firing, now_ms)
        for bout in [bout for bout, one in told.items() if one.at_ms < now_ms - FORGET_MS]:
            del told[bout]
        self._write()

    def firing_since(self, fingerprint: str) -> int | None:
        """When the bout of this alert began that some channel was told of last, if it fires."""
        return max(
            (
                started_ms
                for bouts in self._told.values()
                for (known, started_ms), told in bouts.items()
                if known == fingerprint and told.firing
            ),
            default=None,
        )

    def _is_news(self, told: Told | None, alert: AlertState, now_ms: int) -> bool:
        if told is None:
            return alert.firing
        if not told.firing:
            return False
        return not alert.firing or now_ms - told.at_ms >= self._repeat_ms

    def _write(self) -> None:
        if self._file is None:
            return
        rows = [
            {"channel": channel, "fingerprint": fingerprint, "started_ms": started_ms,
             "firing": told.firing, "at_ms": told.at_ms}
            for channel, bouts in self._told.items()
            for (fingerprint, started_ms), told in bouts.items()
        ]  # fmt: skip
        fresh = self._file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(rows), encoding="utf-8")
            fresh.replace(self._file)
        except OSError as error:
            log.warning(
                "what was told cannot be noted; a restart may tell it twice",
                file=str(self._file),
                error=str(error),
            )


def _read(file: Path) -> dict[str, dict[Bout, Told]]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        told: dict[str, dict[Bout, Told]] = {}
        for row in rows:
            bout = (str(row["fingerprint"]), int(row["started_ms"]))
            told.setdefault(str(row["channel"]), {})[bout] = Told(
                bool(row["firing"]), int(row["at_ms"])
            )
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("the note of what was told is unreadable; begun anew", error=str(error))
        return {}
    return told
