from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from pipeline.catalog.dimensions import DIMENSIONS
from pipeline.pseudonym import Pseudonyms
from pipeline.sources.dimensions.persons import Persons
from pipeline.sources.dimensions.rows import Row, rows_of
from pipeline.sources.dimensions.sheet import Fault
from pipeline.sources.dimensions.whole import State, faults_between, needed, state_after
from pipeline.sources.dimensions.yaml_file import read_yaml

DAY = "2026-11-0"


def rows(yaml: str) -> list[Row]:
    persons = Persons(lambda: Pseudonyms(b"a-key-of-the-tests"), "community")
    found, faults = rows_of(read_yaml(yaml.encode(), "x.yaml", "x"), ZoneInfo("UTC"), persons)
    assert faults == []
    return found


def store(yaml: str) -> State:
    """What a store holds after loading it."""
    state: dict[str, dict[tuple[object, ...], Row]] = {name: {} for name in DIMENSIONS}
    for row in rows(yaml):
        state[row.table.name][row.key or ()] = Row(row.table, row.values)
    return state


def faults(yaml: str, stored: str = "", *, prune: bool = False) -> list[Fault]:
    held, loaded = store(stored), rows(yaml)
    names = list(dict.fromkeys(row.table.name for row in loaded))
    return faults_between(loaded, state_after(loaded, held, names, prune=prune), held)


def told(yaml: str, stored: str = "", *, prune: bool = False) -> list[tuple[str, str, str]]:
    return [(str(it.place), it.column, it.wrong) for it in faults(yaml, stored, prune=prune)]


GROUP = "dim_group: [{group_id: a, community_type: content}]\n"


def phases(*spans: str) -> str:
    """Phases of group a: `1-2` begins on the first and ends with the second of November."""
    lines = []
    for span in spans:
        begins, _, ends = span.partition("-")
        since = f"{DAY}{begins}" if begins else ""
        until = f"{DAY}{ends}" if ends else ""
        lines.append(
            f"- {{group_id: a, phase: seed, valid_from_ms: {since}, valid_to_ms: {until}}}\n"
        )
    return "dim_group_phase:\n" + "".join(lines)


def test_a_key_that_comes_twice() -> None:
    yaml = "dim_tag:\n- {tag_id: a}\n- {tag_id: b}\n- {tag_id: a, name: other}\n"
    assert told(yaml) == [("x.yaml:4", "tag_id", "has the key of x.yaml:2")]
    assert told("dim_tag: [{tag_id: a, name: other}]", "dim_tag: [{tag_id: a}]") == []


@pytest.mark.parametrize("spans", [("1-2", "2-3"), ("-2", "2-"), ("3-4", "1-2"), ("1-",), ("-",)])
def test_phases_one_after_the_other(spans: tuple[str, ...]) -> None:
    assert told(GROUP + phases(*spans)) == []


@pytest.mark.parametrize(
    ("spans", "places"),
    [
        (("1-3", "2-4"), ["x.yaml:4"]),
        (("2-4", "1-3"), ["x.yaml:3"]),
        (("1-", "3-4"), ["x.yaml:4"]),
        (("-", "3-4"), ["x.yaml:4"]),
        (("1-9", "2-3", "5-6"), ["x.yaml:4", "x.yaml:5"]),
    ],
)
def test_phases_that_overlap(spans: tuple[str, ...], places: list[str]) -> None:
    found = faults(GROUP + phases(*spans))
    assert [str(it.place) for it in found] == places
    assert all("overlaps with x.yaml:" in it.wrong for it in found)


def test_a_history_goes_on_from_what_is_stored() -> None:
    held = GROUP + phases("1-")
    assert told(phases("1-3", "3-"), held) == []
    assert told(phases("3-"), held) == [
        ("x.yaml:2", "valid_from_ms", "overlaps with a row of the store")
    ]
    assert told(phases("3-"), held, prune=True) == []


def test_a_member_may_have_several_roles_but_each_once_at_a_time() -> None:
    role = "- {{user_id: c, group_id: a, role: {}, valid_from_ms: 2026-11-0{}}}\n"
    several = GROUP + "dim_member_role:\n" + role.format("kol", 1) + role.format("koc", 2)
    assert told(several) == []
    assert len(told(several + role.format("kol", 3))) == 1


def test_ids_that_nothing_declares() -> None:
    yaml = (
        "dim_campaign:\n- {campaign_id: k, group_ids: [a, b]}\n"
        "dim_task:\n- {task_id: t, course_id: c}\n"
        "kpi_target:\n"
        "- {target_id: t, metric: gmv, grain: C, scope_id: ch, period: 2026, target: 1,"
        " direction: higher, kind: result, status: agreed}\n"
    )
    assert told(yaml, GROUP) == [
        ("x.yaml:2", "group_ids", "is not in dim_group"),
        ("x.yaml:4", "course_id", "is not in dim_course"),
        ("x.yaml:6", "scope_id", "is not in dim_channel"),
    ]
    declared = "dim_channel: [{channel_id: ch, kind: search}]\ndim_course: [{course_id: c}]\n"
    assert told(yaml + declared + GROUP.replace("a,", "b,"), GROUP) == []


def test_a_row_that_is_referred_to_is_not_pruned() -> None:
    held = "dim_course: [{course_id: c}, {course_id: d}]\ndim_task: [{task_id: t, course_id: c}]"
    assert told("dim_course: [{course_id: d}]", held) == []
    assert told("dim_course: [{course_id: d}]", held, prune=True) == [
        ("the store", "course_id", "is not in dim_course")
    ]


def test_rows_that_agree_where_they_must_not() -> None:
    stage = (
        "- {{stage_id: {}, chain: c, grain: O, position: {},"
        " metric_in: join_count, metric_out: order_count}}\n"
    )
    held = "kpi_stage:\n" + stage.format("s", 1)
    assert told("kpi_stage:\n" + stage.format("t", 2), held) == []
    assert told("kpi_stage:\n" + stage.format("t", 1), held) == [
        (
            "x.yaml:2",
            "stage_id",
            "agrees in chain, grain, scope_id, position with a row of the store",
        )
    ]


METRICS = ("join_count", "leave_count", "gmv")


def card(*weights: str, first: int = 0) -> str:
    return "kpi_target:\n" + "".join(
        f"- {{target_id: t{number}, metric: {METRICS[number]}, grain: O, period: 2026-11,"
        f" target: 1, direction: higher, kind: result, status: agreed, weight: {weight}}}\n"
        for number, weight in enumerate(weights, first)
    )


@pytest.mark.parametrize("weights", [("1",), ("0.7", "0.3"), ("0", "0"), ("0.5", "0.5", "0")])
def test_weights_of_a_card_are_1_together(weights: tuple[str, ...]) -> None:
    assert told(card(*weights)) == []


def test_weights_that_are_not_1_are_told_once_a_card() -> None:
    wrong = "makes the weights of its card 0.9, not 1"
    assert told(card("0.7", "0.2")) == [("x.yaml:3", "weight", wrong)]
    assert told(card("0.3", first=1), card("0.7")) == []
    assert told(card("0.2", first=1), card("0.7")) == [("x.yaml:2", "weight", wrong)]


def test_what_the_checks_of_a_table_ask_for() -> None:
    assert set(needed(["dim_tag"], prune=True)) == {"dim_tag"}
    assert set(needed(["dim_course"], prune=False)) == {"dim_course", "dim_campaign"}
    assert set(needed(["dim_course"], prune=True)) == {"dim_course", "dim_campaign", "dim_task"}
    asked = needed(["kpi_target"], prune=False)
    assert {"dim_group", "dim_channel", "dim_campaign", "dim_staff", "dim_product"} <= set(asked)
