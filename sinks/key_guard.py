"""A store holds persons pseudonymised with one key: under another they would count as new."""

from __future__ import annotations

from collections.abc import Set

import polars as pl

from pipeline.clock import wall_ms
from pipeline.errors import ForeignKey
from sinks.store import Store

META_KEY = "pseudonym_key_id"


def claimed_keys(store: Store) -> set[str]:
    """Ids of the keys that the store's persons have; none in a fresh store."""
    found = store.query("SELECT DISTINCT value FROM meta WHERE key = %(key)s", {"key": META_KEY})
    return set(found["value"])


def check_key(store: Store, key_id: str) -> None:
    """Raise ForeignKey if the store's persons have another key than `key_id`."""
    if claimed_keys(store) - {key_id}:
        _refuse(store, key_id)


def claim_key(store: Store, key_id: str) -> None:
    """Note `key_id` as the store's key, or raise ForeignKey if it has another.

    Of programs that claim different keys at once, each sees them all or comes first, and at least
    one stops; those that claim the same key all go on.
    """
    if not claimed_keys(store):
        row = {"key": META_KEY, "value": key_id, "set_ms": wall_ms()}
        store.insert("meta", pl.DataFrame([row]))
    if claimed_keys(store) != {key_id}:
        _refuse(store, key_id)


def check_sender(claimed: Set[str], key_id: str, *, address: str) -> None:
    """Raise ForeignKey if a store of the `claimed` keys refuses what is sent under `key_id`."""
    others = ", ".join(sorted(claimed - {key_id}))
    if others:
        raise ForeignKey(
            f"The store's persons have pseudonym key {others}, but this would be sent under"
            f" {key_id}, and the worker would refuse each record as foreign_key",
            where=f"PULSE_PSEUDONYM_KEY; {address}",
            remedy="Set it to the key that the store was filled with. Nothing was sent.",
        )


def _refuse(store: Store, key_id: str) -> None:
    others = ", ".join(sorted(claimed_keys(store) - {key_id}))
    raise ForeignKey(
        f"The store's persons are pseudonymised with key {others}, not {key_id}",
        where=store.address,
        remedy="Set PULSE_PSEUDONYM_KEY to the key it was filled with, or use an empty store.",
    )
