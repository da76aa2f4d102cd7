"""One statement for all measures of a relation, whatever the metric and the grain."""

from __future__ import annotations

from pipeline.catalog.relation import Relation, scope
from pipeline.catalog.statements import statements
from pipeline.catalog.value import Measure, Script, count, per, ratio, shares, statistic
from pipeline.catalog.vocabulary import Grain, Zero
from schemas.event_type import EventType

ROWS = Relation("rows", "SELECT 1", (EventType.CHAT,))
OTHER = Relation("other", "SELECT 2", (EventType.CHAT,), {Grain.OBJECT: "product_id"})
GROUP, OVERALL, OBJECT = (Grain.GROUP,), (Grain.OVERALL,), (Grain.OBJECT,)


def test_measures_of_one_relation_share_a_statement() -> None:
    (found,) = statements([(count(ROWS), GROUP), (ratio(ROWS, "sum(a)", "count()"), OVERALL)])
    assert found.of == (Measure(ROWS, "count()"), Measure(ROWS, "sum(a)"))
    assert found.grains == (Grain.GROUP, Grain.OVERALL)
    assert "toFloat64(count()) AS m0" in found.sql
    assert "toFloat64(sum(a)) AS m1" in found.sql


def test_another_relation_or_slice_is_another_statement() -> None:
    ways = [
        (count(ROWS), GROUP),
        (shares(ROWS, "hour"), GROUP),
        (per(count(ROWS, "sum(a)"), count(OTHER)), GROUP),
        (statistic(OTHER, "median(a)"), OBJECT),
    ]
    assert [one.sql.count(" AS m") for one in statements(ways)] == [2, 1, 2]


def test_a_script_is_run_once_for_all_its_grains() -> None:
    script = Script("SELECT {scope}, 1 AS numerator, 1 AS denominator", Zero.COUNT)
    (found,) = statements([(script, OVERALL), (script, GROUP)])
    assert found.of == (script,)
    assert "('G', group_id), ('O', '')" in found.sql
    assert "{scope}" not in found.sql


def test_scripts_that_differ_in_the_names_of_columns_are_run_once() -> None:
    one = Script("SELECT {scope}, 1 AS a, 2 AS b, 3 AS c", Zero.RATIO, numerator="a")
    other = Script(one.sql, Zero.STATISTIC, numerator="b", denominator="c")
    elsewhere = Script(one.sql, Zero.RATIO, {Grain.GROUP: "own_group_id"})
    shared, alone = statements([(one, GROUP), (other, OVERALL), (elsewhere, GROUP)])
    assert (shared.of, shared.grains) == ((one, other), (Grain.GROUP, Grain.OVERALL))
    assert alone.of == (elsewhere,)


def test_a_relation_has_scopes_of_its_own() -> None:
    assert "('P', product_id)" in scope(OBJECT, OTHER.scopes)
