"""Legal oddities of membership, which are counted and shown, and change no other number.

Two counts of them, for two purposes. The live view counts as seen: each event once, when it
arrives, against what is known then, and only events of its horizon (an import of history adds
none). The catalogue's SQL (`sql_quality`) counts exactly, over everything stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pipeline.core.membership import Spell


class Anomaly(StrEnum):
    """What is odd."""

    JOIN_PRESENT = "join_present"
    LEAVE_ABSENT = "leave_absent"
    CHAT_WITHOUT_MEMBERSHIP = "chat_without_membership"
    ORDER_WITHOUT_MEMBERSHIP = "order_without_membership"


def outside(times: Sequence[int], memberships: Sequence[Spell]) -> int:
    """How many of ascending `times` (ms) lie in no membership; both ends of one are within."""
    if any(spell.opened_ms <= times[0] and times[-1] <= spell.closed_ms for spell in memberships):
        return 0
    return sum(
        not any(spell.opened_ms <= time <= spell.closed_ms for spell in memberships)
        for time in times
    )
