from __future__ import annotations

import polars as pl
import pytest

from pipeline.errors import ForeignKey
from sinks import key_guard
from sinks.key_guard import claim_key
from sinks.store import Store


def test_the_first_key_is_kept_and_found_again(migrated: Store) -> None:
    claim_key(migrated, "aaaa1111")
    claim_key(migrated, "aaaa1111")
    assert migrated.query("SELECT count() AS n FROM meta FINAL").item() == 1


def test_another_key_stops_with_what_to_do(migrated: Store) -> None:
    claim_key(migrated, "aaaa1111")
    with pytest.raises(ForeignKey, match="aaaa1111, not bbbb2222") as caught:
        claim_key(migrated, "bbbb2222")
    assert "PULSE_PSEUDONYM_KEY" in caught.value.remedy
    claim_key(migrated, "aaaa1111")


def test_of_two_keys_claimed_at_once_neither_goes_on(migrated: Store) -> None:
    claim_key(migrated, "aaaa1111")
    migrated.insert("meta", migrated.query("SELECT key, 'bbbb2222' AS value, set_ms FROM meta"))
    with pytest.raises(ForeignKey):
        claim_key(migrated, "aaaa1111")


def test_workers_that_start_at_once_all_go_on(
    migrated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def insert_after_another(table: str, frame: pl.DataFrame) -> None:
        monkeypatch.undo()
        claim_key(migrated, "aaaa1111")
        migrated.insert(table, frame)

    monkeypatch.setattr(migrated, "insert", insert_after_another)
    claim_key(migrated, "aaaa1111")
    read = key_guard.claimed_keys
    answers = iter([set[str](), read(migrated), read(migrated)])
    monkeypatch.setattr(key_guard, "claimed_keys", lambda _: next(answers))
    claim_key(migrated, "aaaa1111")
