"""How other groups stand: as the alert saw them, while its hour is the last that was read."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest

from pipeline.catalog.catalogue import STORED_MILESTONES
from pipeline.catalog.series import EVERY_GROUP
from pipeline.catalog.vocabulary import Against, Signal
from pipeline.operations.incident import drop_of
from pipeline.rollup.standing import Standing, standings
from sinks.store import Store
from tests.reference.community import DAY, GRACE_MS, HOUR, at
from tests.reference.stored import migrated_store

READ = at("2025-03-31 10:00")


LEAVING = next(one for one in STORED_MILESTONES if one.name == "leave_rate")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    """Days that say one thing, and a reading of the hour that says another."""
    for table in ("milestone_now", "metric_value"):
        opened.execute(f"TRUNCATE TABLE {table}")
    days = [
        {"metric": LEAVING.name, "grain": "G", "scope_id": group, "slice": "", "window": "D"}
        | {"window_start": (end - DAY) // 1000, "window_end_ms": end, "denominator": 1_000.0}
        | {"numerator": 1_000 * rate, "value": rate, "note": "", "computed_ms": 1}
        for group, rate in (("g", 0.05), ("h", 0.3))
        for end in (READ - 10 * HOUR - week * 7 * DAY for week in range(5))
    ]
    opened.insert(
        "metric_value",
        pl.DataFrame(days).with_columns(pl.from_epoch("window_start").dt.replace_time_zone("UTC")),
    )
    read(
        opened,
        LEAVING.name,
        g=(300, 0.02),
        h=(300, 0.3),
        i=(300, None),
        **{EVERY_GROUP: (900, 0.1)},
    )
    return opened


def read(store: Store, measure: str, **groups: tuple[float, float | None]) -> None:
    """What stood at `READ`: of each group the numerator, of 1,000, and what is usual."""
    rows = [
        {"measure": measure, "signal": "slow", "group_id": group, "against": "4w_mean"}
        | {"numerator": float(numerator), "denominator": 1_000.0, "baseline": baseline}
        | {"windows": 4, "window_end_ms": READ, "t_ms": READ, "computed_ms": 1}
        for group, (numerator, baseline) in groups.items()
    ]
    store.insert("milestone_now", pl.DataFrame(rows, schema_overrides={"windows": pl.UInt16()}))


def standing(store: Store, t_ms: int, measure: str = "") -> set[Standing]:
    asked = (LEAVING, str(Signal.SLOW), str(Against.WEEKDAY_MEAN), t_ms)
    return set(standings(store, *asked, group_id="g", grace_ms=GRACE_MS, measure=measure))


@pytest.mark.parametrize("later_ms", [0, HOUR - 1])
def test_within_the_hour_it_is_what_the_alert_goes_by(store: Store, later_ms: int) -> None:
    found = standing(store, READ + later_ms)
    assert found == {
        Standing("g", 300, 1_000, 0.02),
        Standing("h", 300, 1_000, 0.3),
        Standing("i", 300, 1_000, None),
        Standing(EVERY_GROUP, 900, 1_000, 0.1),
    }
    drop = drop_of(LEAVING, str(Signal.SLOW), str(Against.WEEKDAY_MEAN))
    assert drop is not None
    fired = {
        one.group_id for one in found if drop.fires(one.numerator, one.denominator, one.baseline)
    }
    assert fired == {"g", EVERY_GROUP}, "by its stored days g has not changed"


@pytest.mark.parametrize("t_ms", [READ - 1, READ + HOUR])
def test_of_another_hour_it_is_the_last_stored_day_against_its_past(
    store: Store, t_ms: int
) -> None:
    assert standing(store, t_ms) == {
        Standing("g", 50, 1_000, 0.05),
        Standing("h", 300, 1_000, 0.3),
    }


def test_a_split_milestone_is_that_of_the_alerts_measure(store: Store) -> None:
    read(store, f"{LEAVING.name}:shop", g=(7, 0.01))
    assert standing(store, READ, f"{LEAVING.name}:shop") == {Standing("g", 7, 1_000, 0.01)}
