"""Seeded events: chats, joins, leaves and orders of groups whose sizes follow a Pareto law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

START_MS = 1_700_000_000_000
STEP_MS = 10
MINUTE_MS = 60_000
CHUNK = 50_000

KINDS = ("chat", "join", "leave", "order")
SHARES = (0.90, 0.04, 0.02, 0.04)

_EXTRA = {
    "chat": '"message_id":"m{i}","msg_type":"text","text_len":{n}',
    "join": '"join_method":"qr"',
    "leave": '"leave_kind":"self"',
    "order": '"order_id":"o{i}","status":"paid","currency":"CNY","amount_paid":"12.50"',
}
Numbers = npt.NDArray[np.int64]


class Event(NamedTuple):
    """One event as its record: the type, the group's number, and canonical JSON."""

    kind: str
    group: int
    value: bytes


class Crowd(Protocol):
    """Who takes part: draws `count` pairs of group and member, as numbers."""

    def draw(self, rng: np.random.Generator, count: int) -> tuple[Numbers, Numbers]: ...


@dataclass(frozen=True)
class Busy:
    """Groups whose activity follows the law: one has half of all events. 200 members each."""

    groups: int = 500

    def draw(self, rng: np.random.Generator, count: int) -> tuple[Numbers, Numbers]:
        groups = (rng.pareto(1.1, count) + 1).astype(np.int64) % self.groups
        return groups, rng.integers(0, 200, count) + groups * 1000


@dataclass(frozen=True)
class Even:
    """Groups all alike, 200 members each: every partition has its share of the events."""

    groups: int = 500

    def draw(self, rng: np.random.Generator, count: int) -> tuple[Numbers, Numbers]:
        groups = rng.integers(0, self.groups, count)
        return groups, rng.integers(0, 200, count) + groups * 1000


@dataclass(frozen=True)
class Sized:
    """Groups whose size follows the law, at least one member each; members equally active."""

    groups: int
    members: int

    def ends(self) -> Numbers:
        """The number after each group's last member; members are numbered group by group."""
        weights = (np.random.default_rng(1).pareto(1.1, self.groups) + 1).cumsum()
        spare = weights / weights[-1] * (self.members - self.groups)
        return np.arange(1, self.groups + 1) + spare.astype(np.int64)

    def draw(self, rng: np.random.Generator, count: int) -> tuple[Numbers, Numbers]:
        members = rng.integers(0, self.members, count)
        return np.searchsorted(self.ends(), members, side="right"), members


def events(
    count: int, key_id: str, *, crowd: Crowd | None = None, start_ms: int = START_MS, seed: int = 7
) -> Iterator[Event]:
    """`count` events, 10 ms apart, the same for the same arguments."""
    for chunk, first in enumerate(range(0, count, CHUNK)):
        size = min(CHUNK, count - first)
        rng = np.random.default_rng([seed, chunk])
        groups, members = (crowd or Busy()).draw(rng, size)
        kinds = rng.choice(len(KINDS), size, p=SHARES)
        lengths = rng.integers(0, 200, size)
        drawn = zip(
            kinds.tolist(), groups.tolist(), members.tolist(), lengths.tolist(), strict=True
        )
        for i, (kind, group, member, length) in enumerate(drawn, first):
            yield Event(
                KINDS[kind],
                group,
                value_of(
                    KINDS[kind],
                    i,
                    event_ms=start_ms + i * STEP_MS,
                    group=f"g{group}",
                    member=member,
                    length=length,
                    key_id=key_id,
                ),
            )


def value_of(
    kind: str, number: int, *, event_ms: int, group: str, member: int, key_id: str, length: int = 5
) -> bytes:
    """An event in canonical JSON; `number` tells it from all others."""
    extra = _EXTRA[kind].format(i=number, n=length)
    return (
        f'{{"event_type":"{kind}","event_time":{event_ms},"event_id":"{number:032x}",'
        f'"group_id":"{group}","user_id":"{member:032x}","source":"bench","key_id":"{key_id}",'
        f"{extra}}}"
    ).encode()
