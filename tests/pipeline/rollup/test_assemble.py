"""The zero rules, on answers made up by hand."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation
from pipeline.catalog.statements import Statement, statements
from pipeline.catalog.value import Script, Value, count, ratio, shares, statistic
from pipeline.catalog.vocabulary import Grain, Zero
from pipeline.core.calendar import CalendarWindow, Period
from pipeline.core.signals import DAY_MS
from pipeline.rollup.assemble import Answers, rows
from schemas.event_type import EventType

ROWS = Relation("rows", "SELECT 1", (EventType.CHAT,))
GRAINS = (Grain.GROUP, Grain.OVERALL)
DAY = CalendarWindow(Period.DAY, 0, DAY_MS)
ANY = next(metric for metric in CATALOGUE if metric.name == "join_count")
Told = list[tuple[str, str, str, tuple[float | None, ...]]]
"""Grain, scope, slice, the measures."""


def metric(value: Value, **fields: object) -> Metric:
    return replace(ANY, name="it", zero=value.zero, value=value, grains=GRAINS, **fields)  # type: ignore[arg-type]


def answers(value: Value, told: Told) -> Answers:
    (statement,) = statements([(value, GRAINS)])
    names = (
        ("numerator", "denominator")
        if isinstance(value, Script)
        else tuple(f"m{number}" for number in range(len(statement.of)))
    )
    schema = {"grain": pl.String, "scope_id": pl.String, "slice": pl.String}
    frame = pl.DataFrame(
        [(grain, scope, slice_, *numbers) for grain, scope, slice_, numbers in told],
        schema={**schema, **dict.fromkeys(names, pl.Float64)},
        orient="row",
    )
    return Answers([(Statement(statement.sql, statement.of, GRAINS), frame)])


def values(value: Value, told: Told, asof_ms: int = DAY_MS, **fields: object) -> dict[str, object]:
    found = rows([metric(value, **fields)], DAY, asof_ms, answers(value, told))
    return {
        f"{grain} {scope}{slice_}": number
        for grain, scope, slice_, number in found.sort("grain", "scope_id", "slice")
        .select("grain", "scope_id", "slice", "value")
        .iter_rows()
    }


def test_a_count_of_nothing_is_zero_for_all_that_is_there() -> None:
    assert values(count(ROWS), [("G", "a", "", (3.0,))]) == {"G a": 3, "O ": 0}


def test_slices_of_a_count_are_not_filled_up() -> None:
    assert values(count(ROWS, slice="hour"), [("G", "a", "9", (3.0,))]) == {"G a9": 3}


@pytest.mark.parametrize(
    ("numbers", "expected"), [((1.0, 4.0), 0.25), ((0.0, 4.0), 0.0), ((3.0, 0.0), None)]
)
def test_a_ratio(numbers: tuple[float, float], expected: float | None) -> None:
    value = ratio(ROWS, "sum(a)", "sum(b)")
    assert values(value, [("G", "a", "", numbers)]) == {"G a": expected}


def test_shares_are_of_the_whole_scope() -> None:
    told: Told = [
        ("G", "a", "x", (1.0,)),
        ("G", "a", "y", (3.0,)),
        ("G", "b", "x", (5.0,)),
        ("O", "", "x", (0.0,)),
    ]
    assert values(shares(ROWS, "kind"), told) == {
        "G ax": 0.25,
        "G ay": 0.75,
        "G bx": 1.0,
        "O x": None,
    }


def test_a_statistic_of_nothing_has_no_value() -> None:
    told: Told = [("G", "a", "", (7.0, 2.0)), ("G", "b", "", (float("nan"), 0.0))]
    assert values(statistic(ROWS, "median(x)"), told) == {"G a": 7, "G b": None}


def test_a_script_is_read_by_its_zero_rule() -> None:
    script = Script("SELECT {scope}, 1 AS numerator, 2 AS denominator", Zero.RATIO)
    assert values(script, [("G", "a", "", (1.0, 2.0))]) == {"G a": 0.5}


def test_of_several_scripts_in_one_each_reads_its_own_rows() -> None:
    rate, lift = (
        Script("SELECT {scope}", Zero.RATIO, numerator=above, denominator=below)
        for above, below in (("bought", "n"), ("rate", "other_rate"))
    )
    (statement,) = statements([(rate, GRAINS), (lift, GRAINS)])
    frame = pl.DataFrame(
        {
            "grain": ["G", "G"],
            "scope_id": ["a", "a"],
            "slice": ["x", "y"],
            "bought": [1, 2],
            "n": [4, 2],
            "rate": [0.25, None],
            "other_rate": [1.0, None],
        }
    )
    found = Answers([(statement, frame)])
    assert found.of(rate)["numerator"].to_list() == [1, 2]
    assert found.of(lift)["slice"].to_list() == ["x"]


@pytest.mark.parametrize(
    ("days", "early", "expected"), [(0, False, None), (0, True, 3), (2, False, 3)]
)
def test_a_value_waits_until_it_is_final(days: int, early: bool, expected: float | None) -> None:
    told: Told = [("G", "a", "", (3.0,))]
    found = values(count(ROWS), told, asof_ms=DAY_MS + days * DAY_MS, matures_days=2, early=early)
    assert found["G a"] == expected
