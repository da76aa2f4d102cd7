"""The reference's facts as rows of the fact tables, and a store to put them in."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import polars as pl

from schemas.event_type import EventType
from schemas.facts import FACTS
from sinks import migrate
from sinks.embedded import EmbeddedStore
from sinks.store import Store
from tests.reference.signals import Fact

LIVE = (EventType.JOIN, EventType.LEAVE, EventType.CHAT, EventType.ORDER)
DETAIL = {"join": "join_method", "chat": "msg_type", "order": "status"}


def fact_frame(event_type: EventType, facts: Iterable[Fact], *, first_id: int = 0) -> pl.DataFrame:
    """Rows of `FACTS`: what a `Fact` says, and empty values."""
    rows = [
        {
            "event_ms": fact.event_ms,
            "event_id": f"e{number}",
            "group_id": fact.group_id,
            "user_id": fact.user_id,
            "owner": "" if fact.group_id else fact.user_id,
            "actor_role": fact.actor_role,
            "source": fact.source,
            "source_seq": fact.source_seq,
            DETAIL.get(event_type, "campaign_id"): fact.detail,
        }
        for number, fact in enumerate(facts, first_id)
    ]
    given = pl.DataFrame(
        rows,
        schema={
            column.name: column.dtype
            for column in FACTS[event_type]
            if not rows or column.name in rows[0]
        },
    )
    time = pl.from_epoch("event_ms", time_unit="ms")
    derived = {
        "event_date": time.dt.date(),
        "event_time": time.dt.truncate("1s").dt.replace_time_zone("UTC"),
    }
    return given.select(
        derived.get(
            column.name,
            pl.col(column.name)
            if column.name in given.columns
            else pl.lit(_empty(column.dtype), column.dtype),
        ).alias(column.name)
        for column in FACTS[event_type]
    )


def store_facts(store: Store, facts: Iterable[Fact], *, first_id: int = 0) -> None:
    """Insert facts into their tables."""
    facts = list(facts)
    for event_type in LIVE:
        of_type = [fact for fact in facts if fact.event_type == event_type]
        if of_type:
            frame = fact_frame(event_type, of_type, first_id=first_id)
            store.insert(f"fact_{event_type.value}", frame)


@contextmanager
def migrated_store(folder: Path) -> Iterator[EmbeddedStore]:
    """An embedded store with all tables and nothing in them, closed afterwards."""
    make_migrated(folder)
    with closing(EmbeddedStore(folder)) as store:
        yield store


def make_migrated(folder: Path) -> None:
    """Make the folder of such a store: a copy, for to migrate takes longer."""
    shutil.copytree(_migrated(), folder, symlinks=True, dirs_exist_ok=True)


@cache
def _migrated() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pulse-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with closing(EmbeddedStore(folder)) as store:
        migrate.up(store)
    return folder


def _empty(dtype: pl.DataType) -> object:
    if isinstance(dtype, pl.List):
        return []
    return "" if isinstance(dtype, pl.String) else 0
