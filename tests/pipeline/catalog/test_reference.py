"""Every metric's SQL against its reference in plain Python, over communities by chance."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.core.calendar import CalendarWindow, Period, closed_windows
from sinks.store import Store
from tests.reference import chance
from tests.reference.agreement import differences
from tests.reference.catalogue import REFERENCES
from tests.reference.community import DAY, ZoneInfo, forget, rollup_of, store_community
from tests.reference.stored import migrated_store

FAMILIES = sorted({metric.id[0] for metric in CATALOGUE})
SEEDS = range(int(os.environ.get("CATALOGUE_SEEDS", "2")))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        yield store


def windows(period: Period) -> list[CalendarWindow]:
    """A few windows of a period, the ones that begin and end within the events among them."""
    end = chance.START + chance.SPAN_DAYS * DAY
    found = list(closed_windows(period, chance.START, end + 400 * DAY, ZoneInfo("Asia/Shanghai")))
    return found[5:7] if period is Period.DAY else found[1:3] if len(found) > 2 else found[:1]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_sql_says_what_the_reference_says(store: Store, family: str, seed: int) -> None:
    forget(store)
    community = chance.community(seed)
    store_community(store, community)
    metrics = [one for one in CATALOGUE if one.id[0] == family and one.name in REFERENCES]
    rollup = rollup_of(store, community, metrics)
    rollup.stage.build()
    wrong: list[tuple[object, ...]] = []
    for period in Period:
        mine = [metric for metric in metrics if period in metric.periods]
        for window in windows(period) if mine else ():
            wrong += differences(rollup, community, mine, window)
    assert not rollup.failed, rollup.failed
    assert not wrong, "\n".join(map(str, wrong[:5]))


UNREFERENCED = frozenset(
    {
        # Each is another metric's own value, which a test holds them to.
        "community_best_state_content",
        "community_best_state_forwards",
        "community_best_state_questions",
    }
)


def test_every_metric_has_a_reference() -> None:
    assert {metric.name for metric in CATALOGUE} - REFERENCES.keys() == UNREFERENCED
