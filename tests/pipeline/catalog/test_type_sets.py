"""The sets name what the catalogue has, for every type that a group may be of."""

from __future__ import annotations

import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.dimension_columns import COMMUNITY_TYPES
from pipeline.catalog.type_sets import COMMUNITY_SETS, QUALITY_SET, SETS, TYPE_SETS, TypeSet
from pipeline.errors import CatalogError

# The sets as the definition of the community types gives them, by id.
DEFINED = {
    "conversion": {"F15", "F11", "F07", "D06"},
    "content": {"C06", "D08", "D07"},
    "service": {"A19", "G08", "G10", "G02"},
    "forum": {"A22", "D02", "D03", "C05", "C06"},
    "learning": {"C37", "C10", "C25", *(f"E0{number}" for number in range(1, 9))},
    "acquisition_service": {"A06", "B25", "F21", "A18", "A19", "F17"},
    "project": {"D02", "E05"},
    "product": {"C33", "C32"},
    "business_side": {"A26", "F11", "D14", "F19", "C07"},
    "quality": {"C06", "C09", "F11", "C21", "F09", "F07"},
}


def test_every_type_of_a_group_has_its_set() -> None:
    assert {one.key for one in COMMUNITY_SETS} == set(COMMUNITY_TYPES)


def test_each_set_holds_what_its_definition_says() -> None:
    assert {key: set(ids) for key, ids in TYPE_SETS.items()} == DEFINED


@pytest.mark.parametrize("one", SETS, ids=lambda one: one.key)
def test_a_set_is_of_the_catalogues_metrics_and_told_in_both_languages(one: TypeSet) -> None:
    assert set(one.metrics) <= set(CATALOGUE)
    assert len(TYPE_SETS[one.key]) == len(set(TYPE_SETS[one.key]))
    assert one.title.isascii() and not one.zh.isascii()
    assert one.asks[-1] in "?."


@pytest.mark.parametrize("names", [("mood",), ("dau", "dau")])
def test_a_metric_that_is_not_there_or_twice_is_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(CatalogError, match="once"):
        TypeSet(key=QUALITY_SET.key, title="Q", zh="质量", asks="?", names=names)
