"""A board of a set shows each of its metrics, of its own communities where they are told apart."""

from __future__ import annotations

import pytest

from grafana.type_boards import PURPOSES, TYPE_BOARDS, type_board
from grafana.whose import CHOSEN_GROUPS, of_type
from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.type_sets import COMMUNITY_SETS, PURPOSE_SETS, QUALITY_SET, TypeSet
from pipeline.errors import CatalogError

METRICS = {metric.name: metric for metric in CATALOGUE}


@pytest.mark.parametrize("one", COMMUNITY_SETS, ids=lambda one: one.key)
def test_every_metric_of_a_set_is_on_its_board(one: TypeSet) -> None:
    text = type_board(one).text()
    missing = [name for name in (*one.names, *QUALITY_SET.names) if f"'{name}'" not in text]
    assert missing == []


@pytest.mark.parametrize("one", PURPOSE_SETS, ids=lambda one: one.key)
def test_every_metric_of_a_purpose_is_on_the_board_of_purposes(one: TypeSet) -> None:
    assert [name for name in one.names if f"'{name}'" not in PURPOSES.text()] == []


def test_a_board_for_each_set_that_groups_have() -> None:
    uids = [board.uid for board in TYPE_BOARDS]
    assert uids == [*(f"community-type-{one.key}" for one in COMMUNITY_SETS), "community-purposes"]


@pytest.mark.parametrize(
    ("name", "rows", "words"),
    [
        ("conversion_rate", "grain = 'T' AND scope_id = 'service'", "type service together"),
        ("checkin_count", "SELECT group_id FROM v_dim_group", "added up"),
        ("platform_registration_count", "grain = 'O'", "all communities"),
    ],
)
def test_whose_value_a_type_board_shows(name: str, rows: str, words: str) -> None:
    whose = of_type("service")
    assert rows in whose.rows(METRICS[name])
    assert words in whose.words(METRICS[name])


def test_what_no_type_has_is_refused() -> None:
    staff = METRICS["staff_workload"]
    assert not of_type("service").knows(staff)
    assert not CHOSEN_GROUPS.knows(staff)
    with pytest.raises(CatalogError, match="staff_workload"):
        of_type("service").rows(staff)
