"""The verdict: the store against the journal, row by row, and the offsets against the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sinks.group_offsets import Offsets
from sinks.store import Store
from tests.chaos.truth import Copy, Identity, Minute, Truth

TYPES = ("chat", "join", "leave", "order", "refund")
MONEY = ("gmv", "refund_amount")
COLUMNS = (
    *("join_events", "leave_events", "messages", "member_messages", "chatters"),
    *("orders_created", "paid_orders", "payers", "gmv", "refunds", "refund_amount"),
)

K = TypeVar("K")
V = TypeVar("V")


@dataclass
class Verdict:
    """What was compared, and every row that is not as it has to be."""

    facts: int = 0
    copies: int = 0
    windows: int = 0
    letters: int = 0
    mismatches: list[str] = field(default_factory=list)


def judge(truth: Truth, store: Store, committed: Offsets, ends: Offsets) -> Verdict:
    """Compare everything; `committed` and `ends` are the group's and the log's."""
    verdict = Verdict(len(truth.facts), truth.copies, len(truth.windows), truth.letters.total())
    verdict.mismatches += _differences("fact", truth.facts, stored_facts(store))
    verdict.mismatches += _differences("window", truth.windows, stored_windows(store))
    verdict.mismatches += _differences("letters", truth.letters, stored_letters(store))
    verdict.mismatches += _holes(_ranges(store), committed, ends)
    return verdict


def stored_facts(store: Store) -> dict[Identity, Copy]:
    """The first copies as readers see them."""
    facts = {}
    for name in TYPES:
        rows = store.query(
            "SELECT group_id, owner, event_ms, event_id, partition, source_seq, user_id, actor_role"
            f" FROM v_{name}"
        )
        for group_id, owner, event_ms, event_id, *copy in rows.iter_rows():
            facts[name, group_id, owner, event_ms, event_id] = tuple(copy)
    return facts


def stored_windows(store: Store) -> dict[Minute, Counter[str]]:
    """The windows as readers see them; money in cents."""
    rows = store.query(
        f"SELECT group_id, toInt64(intDiv(toUInt32(minute), 60)) AS m, {', '.join(COLUMNS)}"
        " FROM v_group_minute"
    )
    windows = {}
    for group_id, minute, *values in rows.iter_rows():
        found = dict(zip(COLUMNS, values, strict=True))
        found |= {name: found[name] * 100 for name in MONEY}
        counter = Counter({name: int(value) for name, value in found.items() if value})
        if counter:
            windows[group_id, minute] = counter
    return windows


def stored_letters(store: Store) -> Counter[tuple[str, int, str]]:
    """How many letters there are of each place and reason."""
    rows = store.query(
        "SELECT topic, partition, reason, toInt64(count()) AS n FROM v_dead_letter"
        " GROUP BY topic, partition, reason"
    )
    return Counter({tuple(place): count for *place, count in rows.iter_rows()})


def _ranges(store: Store) -> dict[tuple[str, int], list[tuple[int, int]]]:
    rows = store.query("SELECT topic, partition, first, last FROM offsets ORDER BY first, last")
    ranges: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for topic, partition, first, last in rows.iter_rows():
        ranges.setdefault((topic, partition), []).append((first, last))
    return ranges


def _holes(
    ranges: Mapping[tuple[str, int], list[tuple[int, int]]], committed: Offsets, ends: Offsets
) -> Iterator[str]:
    """Offsets that no stored range covers, and commits beyond what is stored."""
    for place, end in sorted(ends.items()):
        upto = 0
        for first, last in ranges.get(place, []):
            if first > upto:
                yield f"offsets {place}: {upto} to {first - 1} are in no stored range"
            upto = max(upto, last + 1)
        if upto != end:
            yield f"offsets {place}: stored up to {upto}, the log ends at {end}"
        if committed.get(place, 0) > upto:
            yield f"offsets {place}: {committed[place]} is committed, only {upto} is stored"


def _differences(what: str, expected: Mapping[K, V], found: Mapping[K, V]) -> Iterator[str]:
    for key in sorted(expected.keys() | found.keys(), key=repr):
        wanted: Any = expected.get(key)
        got: Any = found.get(key)
        if wanted != got:
            yield f"{what} {key}: the journal says {wanted}, the store {got}"
