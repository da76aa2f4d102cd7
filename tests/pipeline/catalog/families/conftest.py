"""One store for each file of tables, emptied for each computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl
import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.core.calendar import CalendarWindow
from sinks.store import Store
from tests.reference.community import Community, computed, forget, store_community
from tests.reference.stored import migrated_store

Compute = Callable[..., pl.DataFrame]


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        yield store


def computing(store: Store) -> Compute:
    """Rows of the named metrics for a community in a window, as of then or much later."""

    def run(
        community: Community, names: set[str], window: CalendarWindow, asof_ms: int | None = None
    ) -> pl.DataFrame:
        forget(store)
        store_community(store, community)
        metrics = [metric for metric in CATALOGUE if metric.name in names and metric.value]
        assert {metric.name for metric in metrics} == names
        return computed(store, community, metrics, window, asof_ms)

    return run


@pytest.fixture(scope="module")
def compute(shared_store: Store) -> Compute:
    """The same, on the store of the file."""
    return computing(shared_store)
