from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafana.page.units import written
from grafana.signals import Unit

TABLE = [
    (0, "short", None, "0"),
    (7, "short", None, "7"),
    (1_234, "short", None, "1,234"),
    (12_345, "short", None, "12,345"),
    (123_456, "short", None, "123 K"),
    (1_234_567, "short", None, "1.23 M"),
    (-2.5e9, "short", None, "-2.5 B"),
    (0.5, "short", None, "0.5"),
    (0.000123, "short", None, "0.0001"),
    (12_345, "short", 2, "12.35 K"),
    (0.1234, "percentunit", None, "12.3%"),
    (0.1234, "percentunit", 1, "12.3%"),
    (-0.5, "percentunit", 0, "-50%"),
    (-0.0001, "percentunit", 1, "0.0%"),
    (1, "percentunit", None, "100%"),
    (42, "percent", None, "42%"),
    (0.02, "s", None, "20 ms"),
    (0, "s", None, "0 s"),
    (1.5, "s", None, "1.5 s"),
    (90, "s", None, "1.5 min"),
    (7_200, "s", None, "2 h"),
    (2, "d", None, "2 d"),
    (250, "ms", None, "250 ms"),
    (3, "cps", None, "3/s"),
    (25_000, "cps", None, "25,000/s"),
    (288, "suffix:x", None, "288x"),
    (12, "prefix:#", None, "#12"),
    (1_234_567.5, "locale", None, "1,234,568"),
    (1_234.5, "locale", 2, "1,234.50"),
    (1536, "bytes", None, "1.5 KiB"),
    (0, "dateTimeAsIso", None, "1970-01-01 08:00:00"),
    (1_700_000_000_000, "dateTimeAsIso", None, "2023-11-15 06:13:20"),
    (3, "parsecs", None, "3 parsecs"),
]


@pytest.mark.parametrize(("value", "unit", "decimals", "text"), TABLE)
def test_written(value: float, unit: str, decimals: int | None, text: str) -> None:
    assert written(value, unit, decimals, ZoneInfo("Asia/Shanghai")) == text


def test_every_unit_of_the_boards_is_known() -> None:
    assert [unit for unit in Unit if written(2_000, unit.value) == f"2,000 {unit.value}"] == []


@given(st.floats(-1e15, 1e15), st.sampled_from(["short", "percentunit", "s", "cps", "locale"]))
def test_any_number_has_a_text_of_a_few_signs(value: float, unit: str) -> None:
    text = written(value, unit)
    assert text.strip()
    assert not text.startswith("-0") or text.startswith("-0.")
    assert len(text) < 28
