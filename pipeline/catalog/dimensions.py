"""Every dimension table by its name, in the order in which people fill them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.catalog.dimension import Table
from pipeline.catalog.dimensions_community import GROUPS, PEOPLE, WORDS
from pipeline.catalog.dimensions_kpi import CALENDAR, KPI
from pipeline.catalog.dimensions_offer import CONTENT, REACH, SHOP
from pipeline.errors import CatalogError

TABLES: tuple[Table, ...] = (*GROUPS, *PEOPLE, *WORDS, *REACH, *CONTENT, *SHOP, *KPI, *CALENDAR)

DIMENSIONS: Mapping[str, Table] = MappingProxyType({table.name: table for table in TABLES})


def _check() -> None:
    """What an id refers to is a table of one key column."""
    for table in TABLES:
        for column in table.columns:
            target = DIMENSIONS.get(column.refers) if column.refers else table
            if target is None or (column.refers and len(target.key) != 1):
                raise CatalogError(
                    f"{column.name} refers to {column.refers}, which has no single key",
                    where=table.name,
                )


_check()
