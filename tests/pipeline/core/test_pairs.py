"""The hash table of pairs does what a dictionary does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.pairs import ABSENT, Hashes, Owners, Pairs

Pair = tuple[int, int]

hashes = st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1))
owners = st.one_of(st.integers(0, 3), st.integers(0, 2**32 - 1))
batches = st.lists(st.lists(st.tuples(hashes, owners), max_size=120), max_size=6)


def columns(pairs: list[Pair]) -> tuple[Hashes, Owners]:
    return (
        np.array([each for each, _ in pairs], np.uint64),
        np.array([each for _, each in pairs], np.uint32),
    )


def admit_all(pairs: Pairs, known: dict[Pair, int], batch: list[Pair]) -> None:
    """Both take a batch in, and say the same."""
    is_new = []
    for pair in batch:
        is_new.append(pair not in known)
        known.setdefault(pair, len(known))
    numbers, found_new = pairs.admit(*columns(batch))
    assert numbers.tolist() == [known[pair] for pair in batch]
    assert found_new.tolist() == is_new


@given(batches, st.lists(st.tuples(hashes, owners)))
def test_pairs_are_numbered_as_they_come(of: list[list[Pair]], others: list[Pair]) -> None:
    pairs, known = Pairs(), dict[Pair, int]()
    for batch in of:
        admit_all(pairs, known, batch)
    assert list(zip(pairs.hashes.tolist(), pairs.owners.tolist(), strict=True)) == list(known)
    asked = [*known, *others]
    expected = [known.get(pair, ABSENT) for pair in asked]
    assert pairs.find(*columns(asked)).tolist() == expected


@given(batches, st.integers(1, 4))
def test_what_is_kept_is_numbered_anew(of: list[list[Pair]], every: int) -> None:
    pairs, known = Pairs(), dict[Pair, int]()
    for batch in of:
        admit_all(pairs, known, batch)
        kept = np.arange(len(pairs)) % every == 0
        pairs.keep(kept, pairs.owners[kept])
        known = {pair: at for at, pair in enumerate(list(known)[::every])}
        assert pairs.find(*columns(list(known))).tolist() == list(known.values())


def test_many_pairs_of_one_hash_and_neighbouring_owners() -> None:
    """The worst that can come: they are spread by their owners alone."""
    pairs, count = Pairs(), 50_000
    owner = np.arange(count, dtype=np.uint32)
    numbers, is_new = pairs.admit(np.zeros(count, np.uint64), owner)
    assert numbers.tolist() == owner.tolist()
    assert is_new.all()
