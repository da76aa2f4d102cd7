"""Dead letters, read: counted, the newest ones, one by its place, and all in the log's order.

Plain SQL that also an 18.16 server takes. Every function raises Retryable or Fatal.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

import polars as pl

from pipeline.operations.places import Place
from sinks.store import Store

GROUPS_SHOWN = 30
"""Pairs of reason and source that a summary names; a source's name is whatever it says it is."""

PAGE = 5_000
"""Letters read at once, without their payloads."""

_KEY = "topic, partition, epoch, offset"
_FROM = f"""
FROM dead_letter FINAL
ANY LEFT JOIN (
    SELECT {_KEY}, max(replayed_ms) AS last_ms, argMax(to_topic, replayed_ms) AS last_topic
    FROM dead_letter_replay GROUP BY {_KEY}
) AS marks USING ({_KEY})
"""
# A line of another file of the same name may be refused at a place that was replayed before.
_REPLAYED = "last_ms >= ingest_ms"
_TOTALS = f"""
SELECT reason, toUInt64(count()) AS letters, max(ingest_ms) AS newest_ms {_FROM}
WHERE {{where}} GROUP BY reason ORDER BY letters DESC, reason
"""
_GROUPS = f"""
SELECT reason, source, toUInt64(count()) AS letters, max(ingest_ms) AS newest_ms {_FROM}
WHERE {{where}} GROUP BY reason, source ORDER BY letters DESC, reason, source LIMIT %(most)s
"""
_LETTERS = f"""
SELECT {_KEY}, reason, detail, event_type, source, payload_bytes, ingest_ms,
    if({_REPLAYED}, last_ms, 0) AS replayed_ms, if({_REPLAYED}, last_topic, '') AS to_topic {_FROM}
WHERE {{where}} ORDER BY {{order}} LIMIT %(most)s
"""
_PAYLOADS = f"""
SELECT {_KEY}, payload FROM dead_letter FINAL WHERE topic IN %(topics)s AND ({_KEY}) IN %(places)s
"""


class State(StrEnum):
    """Whether a letter was sent again."""

    OPEN = "open"
    REPLAYED = "replayed"
    ALL = "all"


@dataclass(frozen=True)
class Filter:
    """Which letters; an empty field asks for nothing. `since_ms` <= appended < `until_ms`."""

    reasons: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    since_ms: int | None = None
    until_ms: int | None = None
    state: State = State.OPEN

    def as_json(self) -> dict[str, Any]:
        """Plain values, as an operation's arguments are."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What `as_json` gave, before or after JSON."""
        lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
        places = tuple(Place(*place) for place in told.get("places", ()))
        return cls(**{**told, **lists, "places": places, "state": State(told["state"])})


@dataclass(frozen=True)
class Letter:
    """One dead letter without its payload; `replayed_ms` (0 = open) is that of its last replay."""

    place: Place
    reason: str
    detail: str
    event_type: str
    source: str
    payload_bytes: int
    ingest_ms: int
    replayed_ms: int = 0
    to_topic: str = ""


@dataclass(frozen=True)
class Group:
    """Letters of one reason from one source (empty in a sum over all sources)."""

    reason: str
    source: str
    letters: int
    newest_ms: int


@dataclass(frozen=True)
class Found:
    """What a filter finds: sums by reason, the largest groups, and the newest letters."""

    reasons: tuple[Group, ...]
    groups: tuple[Group, ...]
    letters: tuple[Letter, ...]

    @property
    def total(self) -> int:
        """All letters that the filter finds."""
        return sum(group.letters for group in self.reasons)


def find(store: Store, chosen: Filter, limit: int) -> Found:
    """Counts of all the letters chosen, and the newest `limit` of them, newest first."""
    where, params = _where(chosen)
    groups = store.query(_GROUPS.format(where=where), {**params, "most": GROUPS_SHOWN})
    newest = _LETTERS.format(where=where, order="ingest_ms DESC, " + _KEY)
    return Found(
        tuple(totals(store, chosen)),
        tuple(Group(**row) for row in groups.iter_rows(named=True)),
        tuple(_letters(store.query(newest, {**params, "most": limit}))),
    )


def totals(store: Store, chosen: Filter) -> list[Group]:
    """How many letters of each reason are chosen, the most frequent first."""
    where, params = _where(chosen)
    rows = store.query(_TOTALS.format(where=where), params)
    return [Group(source="", **row) for row in rows.iter_rows(named=True)]


def letter_at(store: Store, place: Place) -> Letter | None:
    """The letter at `place`, None if there is none."""
    chosen = Filter(places=(place,), state=State.ALL)
    where, params = _where(chosen)
    rows = store.query(_LETTERS.format(where=where, order=_KEY), {**params, "most": 1})
    return next(_letters(rows), None)


def batches(store: Store, chosen: Filter, size: int) -> Iterator[list[Letter]]:
    """All letters chosen, in order of topic, partition, epoch and offset, at most `size` at a time.

    They are read by the page, as each page costs a look at all of them.
    """
    where, params = _where(chosen)
    after: Place | None = None
    while True:
        further = f"{where} AND ({_KEY}) > %(after)s" if after else where
        sql = _LETTERS.format(where=further, order=_KEY)
        rows = store.query(sql, {**params, "after": after, "most": PAGE})
        if rows.is_empty():
            return
        letters = list(_letters(rows))
        after = letters[-1].place
        yield from (letters[start : start + size] for start in range(0, len(letters), size))


def payloads(store: Store, places: Sequence[Place]) -> dict[Place, bytes]:
    """The first 64 KiB of the letters' records."""
    if not places:
        return {}
    topics = {place.topic for place in places}
    rows = store.query(_PAYLOADS, {"topics": topics, "places": places})
    return {Place(*key): _bytes(payload) for *key, payload in rows.iter_rows()}


def _where(chosen: Filter) -> tuple[str, dict[str, object]]:
    listed = {
        "reason": chosen.reasons,
        "source": chosen.sources,
        "topic": chosen.topics or {place.topic for place in chosen.places},
        "event_type": chosen.types,
        f"({_KEY})": chosen.places,
    }
    params: dict[str, object] = {}
    terms = ["1"]
    for number, (what, wanted) in enumerate(listed.items()):
        if wanted:
            params[f"list{number}"] = wanted
            terms.append(f"{what} IN %(list{number})s")
    if chosen.since_ms is not None:
        params["since_ms"] = chosen.since_ms
        terms.append("ingest_ms >= %(since_ms)s")
    if chosen.until_ms is not None:
        params["until_ms"] = chosen.until_ms
        terms.append("ingest_ms < %(until_ms)s")
    if chosen.state is not State.ALL:
        terms.append(_REPLAYED if chosen.state is State.REPLAYED else f"NOT ({_REPLAYED})")
    return " AND ".join(terms), params


def _letters(rows: pl.DataFrame) -> Iterator[Letter]:
    for row in rows.iter_rows():
        yield Letter(Place(*row[:4]), *row[4:])


def _bytes(payload: str) -> bytes:
    """What the base64 stands for; text that is none, of a foreign writer, as it is."""
    try:
        return b64decode(payload, validate=True)
    except ValueError:
        return payload.encode()
