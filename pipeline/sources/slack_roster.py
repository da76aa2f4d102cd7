"""PURE: who the joins and leaves of an export leave in each channel, beside its own rosters.

Where they differ, the export lacks a join or a leave: a channel's creator, members of before the
first day that was exported, accounts that were closed, or joins that the workspace keeps to itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.sources.slack_export import Channel
from pipeline.sources.slack_record import Archived, Came, Record, Went


@dataclass(frozen=True)
class Comparison:
    """One channel: `listed` has the export's roster, `replayed` who joined and did not leave.

    `unseen` are listed without a join that holds, `unlisted` joined and are listed no more; all
    persons by their raw ids.
    """

    channel: Channel
    listed: frozenset[str]
    replayed: frozenset[str]

    @property
    def unseen(self) -> frozenset[str]:
        """Listed, but not replayed."""
        return self.listed - self.replayed

    @property
    def unlisted(self) -> frozenset[str]:
        """Replayed, but not listed."""
        return self.replayed - self.listed

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return self.listed == self.replayed


@dataclass
class Rosters:
    """The last move of each person in each channel; records come in any order."""

    _moves: dict[str, dict[str, tuple[int, int, bool]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def follow(self, channel_id: str, record: Record) -> None:
        """Take in one record."""
        match record.what:
            case Came(person):
                self._move(channel_id, record, (person,), inside=True)
            case Went(person):
                self._move(channel_id, record, (person,), inside=False)
            case Archived(members):
                self._move(channel_id, record, members, inside=False)

    def compare(self, channels: Iterable[Channel]) -> list[Comparison]:
        """Each channel's roster beside what was replayed."""
        return [
            Comparison(channel, frozenset(channel.members), self._inside(channel.id))
            for channel in channels
        ]

    def _inside(self, channel_id: str) -> frozenset[str]:
        moves = self._moves.get(channel_id, {})
        return frozenset(person for person, (_, _, inside) in moves.items() if inside)

    def _move(
        self, channel_id: str, record: Record, persons: Iterable[str], *, inside: bool
    ) -> None:
        moves = self._moves[channel_id]
        for person in persons:
            last = moves.get(person)
            if last is None or last[:2] <= (record.ms, record.seq):
                moves[person] = (record.ms, record.seq, inside)
