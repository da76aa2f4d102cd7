"""Legal oddities of membership, which are counted and shown, and change no other number.

Two counts of them, for two purposes. The live view counts as seen: each event once, when it
arrives, against what is known then, and only events of its horizon (an import of history adds
none). The catalogue's SQL (`sql_quality`) counts exactly, over everything stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from pipeline.core.membership import Spell


class Anomaly(StrEnum):
    """What is odd."""

    JOIN_PRESENT = "join_present"
    LEAVE_ABSENT = "leave_absent"
    CHAT_WITHOUT_MEMBERSHIP = "chat_without_membership"
    ORDER_WITHOUT_MEMBERSHIP = "order_without_membership"


def outside(times: Iterable[int], memberships: Sequence[Spell]) -> int:
    """How many of `times` (ms) lie in no membership, both of whose ends count as within."""
    return sum(
        not any(spell.opened_ms <= time <= spell.closed_ms for spell in memberships)
        for time in times
    )
