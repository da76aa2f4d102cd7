"""The demo's reference data has no fault, and describes all that the simulator makes."""

from __future__ import annotations

from collections import defaultdict
from zoneinfo import ZoneInfo

import pytest

from pipeline.catalog.dimension import Values
from pipeline.pseudonym import Pseudonyms
from pipeline.sources.dimensions.files import PACKAGED_REFERENCE, read_all
from pipeline.sources.dimensions.persons import Persons
from pipeline.sources.dimensions.rows import rows_of
from pipeline.sources.dimensions.whole import faults_between, state_after
from pipeline.sources.simulator.caring import COUPONS
from pipeline.sources.simulator.groups import PLATFORM, Plan
from pipeline.sources.simulator.inviting import SCRIPTS
from pipeline.sources.simulator.membership import stays_until
from pipeline.sources.simulator.pushing import SCRIPTS as PUSHED
from pipeline.sources.simulator.shopping import GOODS, _item, product_id
from pipeline.sources.simulator.tagging import AUTO_TAGS, MANUAL_TAGS
from schemas.envelope import ActorRole

KEY = Pseudonyms(b"a-key-of-the-tests")
PLAN = Plan(seed=1, origin_ms=0)


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[object, Values]]:
    """Rows of each table by their first key column."""
    persons = Persons(lambda: KEY, PLATFORM)
    found, faults = rows_of(read_all([PACKAGED_REFERENCE]), ZoneInfo("UTC"), persons)
    faults += faults_between(found, state_after(found, {}, (), prune=False), {})
    assert [str(fault) for fault in faults] == []
    by_key: dict[str, dict[object, Values]] = defaultdict(dict)
    for row in found:
        by_key[row.table.name][row.values[row.table.key[0]]] = row.values
    return by_key


def test_it_describes_what_the_simulator_makes(rows: dict[str, dict[object, Values]]) -> None:
    assert {PLAN.group_id(group) for group in range(PLAN.groups)} <= set(rows["dim_group"])
    assert {product_id(good) for good in range(GOODS)} == set(rows["dim_product"])
    assert set(COUPONS) == set(rows["dim_coupon"])
    assert {*SCRIPTS, *PUSHED.values()} == set(rows["dim_script"])
    assert {*AUTO_TAGS, *MANUAL_TAGS} == set(rows["dim_tag"])


def test_its_prices_and_categories_are_the_simulators(
    rows: dict[str, dict[object, Values]],
) -> None:
    for good in range(GOODS):
        item, declared = _item(good, 1), rows["dim_product"][product_id(good)]
        assert declared["price"] == item.unit_price
        assert declared["category_id"] == item.category_id


def test_its_staff_are_the_simulators(rows: dict[str, dict[object, Values]]) -> None:
    staff = {
        KEY.of(PLATFORM, stay.person)
        for group in range(PLAN.groups)
        for stay in stays_until(PLAN, group, 1)
        if stay.role is ActorRole.STAFF
    }
    assert set(rows["dim_staff"]) == staff
