"""Says what does not move although it should: the process then leaves, and a restart is the cure.

Faust only logs a stream that stopped; a supervisor (systemd, compose, Kubernetes) restarts us.
"""

from __future__ import annotations

from collections.abc import Mapping

STUCK_S = 60.0


class Watchdog:
    """Told again and again how far each thing has come; knows for how long it has not moved.

    A thing that is not told of has an excuse, such as nothing to do: it begins anew when it comes
    back.
    """

    def __init__(self, stuck_s: float = STUCK_S) -> None:
        self._stuck_s = stuck_s
        self._still: dict[str, tuple[object, float]] = {}

    def look(self, moves: Mapping[str, object], seconds: float) -> list[str]:
        """What has not moved for too long, `seconds` after the look before.

        `moves` are things by name, each with a value that changes as long as it lives.
        """
        before, self._still = self._still, {}
        for name, value in moves.items():
            last, still = before.get(name, (value, -seconds))
            self._still[name] = (value, still + seconds if value == last else 0.0)
        return [name for name, (_, still) in self._still.items() if still > self._stuck_s]

    def standing(self) -> list[str]:
        """What has not moved for half that time or longer: one of it may be why the rest does not.

        What stood still first is told first.
        """
        found = [(still, name) for name, (_, still) in self._still.items()]
        return [name for still, name in sorted(found, reverse=True) if still > self._stuck_s / 2]

    def still_s(self, name: str) -> float:
        """Seconds for which this thing has not moved."""
        return self._still[name][1] if name in self._still else 0.0
