from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pipeline.catalog.dimension import Column, Kind
from pipeline.sources.dimensions.sheet import Cell
from pipeline.sources.dimensions.values import Wrong, value_of

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = int(datetime(2026, 11, 1, 0, 0, tzinfo=UTC).timestamp()) * 1000


def value(kind: Kind, cell: Cell) -> object:
    choices = ("kol", "B") if kind is Kind.CHOICE else ()
    return value_of(Column(name="x", kind=kind, comment="c", values=choices), cell, ZONE)


@pytest.mark.parametrize(
    ("kind", "cell", "stored"),
    [
        (Kind.ID, "007", "007"),
        (Kind.ID, "群" * 42, "群" * 42),
        (Kind.TEXT, "a; b", "a; b"),
        (Kind.CHOICE, "KOL", "kol"),
        (Kind.CHOICE, "b", "B"),
        (Kind.FLAG, "Yes", 1),
        (Kind.FLAG, "false", 0),
        (Kind.FLAG, "1", 1),
        (Kind.COUNT, "4294967295", 2**32 - 1),
        (Kind.MOMENT, "2026-11-01T08:00:00", MORNING),
        (Kind.MOMENT, "2026-11-01 08:00", MORNING),
        (Kind.MOMENT, "2026-11-01T00:00:00Z", MORNING),
        (Kind.MOMENT, "2026-11-01T01:00:00.250+01:00", MORNING + 250),
        (Kind.MOMENT, "2026-11-01", MORNING - 8 * 3_600_000),
        (Kind.MOMENT, str(MORNING), MORNING),
        (Kind.MOMENT, "0", 0),
        (Kind.DAY, "2026-11-01", date(2026, 11, 1)),
        (Kind.DAY, "2026-11-01T00:00:00", date(2026, 11, 1)),
        (Kind.PERIOD, "2026-Q4", "2026-Q4"),
        (Kind.METRIC, "join_count", "join_count"),
        (Kind.MONEY, "19.9", Decimal("19.90")),
        (Kind.MONEY, "19.9000", Decimal("19.90")),
        (Kind.MONEY, "-0", Decimal("0.00")),
        (Kind.NUMBER, "-0.005", Decimal("-0.005000")),
        (Kind.SHARE, "1", Decimal("1.000000")),
        (Kind.IDS, "a; b ;;c", ("a", "b", "c")),
        (Kind.IDS, ("a;b", "c"), ("a;b", "c")),
    ],
)
def test_what_is_written_and_what_is_stored(kind: Kind, cell: Cell, stored: object) -> None:
    found = value(kind, cell)
    assert found == stored
    assert str(found) == str(stored)


@pytest.mark.parametrize(
    ("kind", "cell", "wrong"),
    [
        (Kind.ID, "x" * 129, "129 bytes"),
        (Kind.ID, "a\0", "NUL"),
        (Kind.ID, ("a", "b"), "holds a list"),
        (Kind.TEXT, "x" * 20_000, "20,000 bytes"),
        (Kind.CHOICE, "sales", "none of the values"),
        (Kind.FLAG, "maybe", "neither yes nor no"),
        (Kind.COUNT, "-1", "no whole number"),
        (Kind.COUNT, "1.5", "no whole number"),
        (Kind.COUNT, "4294967296", "no whole number"),
        (Kind.MOMENT, "1764547200", "1973"),
        (Kind.MOMENT, "-5", "1973"),
        (Kind.MOMENT, "tomorrow", "no moment"),
        (Kind.MOMENT, "2026-02-30", "no moment"),
        (Kind.MOMENT, "1960-01-01", "1970"),
        (Kind.MOMENT, "9999-12-31", "2200"),
        (Kind.DAY, "01.11.2026", "no day"),
        (Kind.DAY, "2026-11-01T08:00:00", "no day"),
        (Kind.DAY, "1969-12-31", "no day from 1970"),
        (Kind.PERIOD, "November", "no period"),
        (Kind.METRIC, "Join_Count", "no metric of the catalogue"),
        (Kind.MONEY, "-1", "is negative"),
        (Kind.MONEY, "1,000", "no amount"),
        (Kind.MONEY, "¥5", "no amount"),
        (Kind.MONEY, "0.123", "more than 2 decimals"),
        (Kind.NUMBER, "3 %", "no number"),
        (Kind.NUMBER, "0.1234567", "more than 6 decimals"),
        (Kind.SHARE, "30", "no share"),
        (Kind.SHARE, "-0.1", "no share"),
    ],
)
def test_what_cannot_be_stored_says_why_and_what_to_write(
    kind: Kind, cell: Cell, wrong: str
) -> None:
    with pytest.raises(Wrong, match=wrong) as caught:
        value(kind, cell)
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("conversion_rte", "Is conversion_rate meant? "),
        ("Join_Count", "Is join_count meant? "),
        ("A06", "Is new_member_count meant? "),
        ("xyzzy", ""),
    ],
)
def test_a_name_that_is_no_metric_brings_the_one_that_is_meant(cell: str, meant: str) -> None:
    with pytest.raises(Wrong) as caught:
        value(Kind.METRIC, cell)
    assert caught.value.remedy == f"{meant}`pulse metrics list` shows all names."
