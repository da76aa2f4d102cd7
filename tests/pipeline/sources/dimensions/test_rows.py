from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pipeline.errors import SettingsError
from pipeline.pseudonym import Pseudonyms
from pipeline.sources.dimensions.persons import Persons
from pipeline.sources.dimensions.rows import Row, rows_of
from pipeline.sources.dimensions.sheet import Fault, Line, Place, Read, Sheet
from pipeline.sources.dimensions.yaml_file import read_yaml

ZONE = ZoneInfo("Asia/Shanghai")
PSEUDONYMS = Pseudonyms(b"a-key-of-the-tests")


def read(yaml: str) -> tuple[list[Row], list[Fault]]:
    persons = Persons(lambda: PSEUDONYMS, "community")
    return rows_of(read_yaml(yaml.encode(), "x.yaml", "dim_group"), ZONE, persons)


def told(yaml: str) -> list[tuple[int, str, str, str]]:
    return [(it.place.row, it.column, it.value, it.wrong) for it in read(yaml)[1]]


def test_a_row_holds_what_it_says_and_is_empty_else() -> None:
    (row,), faults = read("- {group_id: a, community_type: Content, created_ms: 2026-11-01}")
    assert faults == []
    assert row.key == ("a",)
    assert row.place == Place("x.yaml", 1)
    assert row.values == {
        "group_id": "a",
        "name": "",
        "community_type": "content",
        "side": "",
        "primary_purpose": "",
        "secondary_purpose": "",
        "is_project_driven": 0,
        "owner_staff_id": "",
        "created_ms": 1_793_462_400_000,
        "dissolved_ms": 0,
        "kpi_enabled": 0,
    }


def test_all_faults_of_all_rows_are_told_at_once() -> None:
    assert told(
        "dim_grup: [{a: b}]\n"
        "dim_group:\n"
        "- {group_id: a, comunity_type: content, kpi_enabled: perhaps}\n"
        "- {community_type: sales, comunity_type: x}\n"
        "- {group_id: b, community_type: forum, created_ms: 2026-11-02, dissolved_ms: 2026-11-01}\n"
        "dim_product:\n- {product_id: p, cost: -1, price: ten}\n"
    ) == [
        (1, "", "dim_grup", "is no dimension table"),
        (3, "comunity_type", "", "is no column of dim_group"),
        (3, "community_type", "", "is missing"),
        (3, "kpi_enabled", "perhaps", "is neither yes nor no"),
        (4, "group_id", "", "is missing"),
        (4, "community_type", "sales", "is none of the values it may have"),
        (5, "dissolved_ms", "2026-11-01", "is not after created_ms"),
        (7, "price", "ten", "is no amount of money"),
        (7, "cost", "-1", "is negative"),
    ]


def test_a_mistyped_name_suggests_what_is_meant() -> None:
    _, faults = read("dim_grup: []\ndim_group: [{group_idd: a}]")
    assert [fault.remedy.split("?")[0] for fault in faults[:2]] == [
        "Is dim_group meant",
        "Is group_id meant",
    ]


def test_what_a_header_lacks_or_has_twice_is_told_once() -> None:
    lines = [Line(row, {"name": "n", "extra": ""}) for row in (2, 3, 4)]
    sheet = Sheet(Place("x.csv", 1), "dim_group", lines, ("name", "name", "extra"))
    _, faults = rows_of(Read([sheet]), ZONE, Persons(lambda: PSEUDONYMS, "community"))
    assert [(it.place.row, it.column, it.wrong) for it in faults] == [
        (1, "name", "comes twice"),
        (1, "extra", "is no column of dim_group"),
        (1, "group_id", "is missing"),
        (1, "community_type", "is missing"),
    ]


def test_persons_become_pseudonyms_unless_they_are() -> None:
    carol = PSEUDONYMS.of("community", "carol")
    (raw, done), faults = read(
        f"dim_member_profile:\n- &r {{user_id: carol, attribute: career_need, value: v}}\n"
        f"- {{user_id: {carol}, attribute: career_need, value: v}}\n"
    )
    assert faults == []
    assert raw.values["user_id"] == done.values["user_id"] == carol
    assert raw.written is not None
    assert raw.written["user_id"] == "carol"


def test_all_raw_makes_a_pseudonym_of_what_looks_like_one() -> None:
    person = "0" * 32
    assert Persons(lambda: PSEUDONYMS, "p").pseudonym(person) == person
    assert Persons(lambda: PSEUDONYMS, "p", all_raw=True).pseudonym(person) != person


def test_the_key_is_asked_for_only_when_a_raw_person_turns_up() -> None:
    def no_key() -> Pseudonyms:
        raise SettingsError("no key")

    persons = Persons(no_key, "community")
    assert persons.pseudonym("f" * 32) == "f" * 32
    assert persons.key_id == ""
    with pytest.raises(SettingsError):
        persons.pseudonym("carol")


def target(**cells: str) -> str:
    row = {
        "target_id": "t", "metric": "gmv", "grain": "G", "scope_id": "a", "period": "2026-11",
        "target": "0.03", "direction": "higher", "kind": "result", "status": "agreed", **cells,
    }  # fmt: skip
    return f"kpi_target: [{{{', '.join(f'{name}: {value}' for name, value in row.items())}}}]"


def test_a_period_gives_its_window_and_ends() -> None:
    (row,), faults = read(target())
    assert faults == []
    assert (row.values["window"], row.values["target"]) == ("M", Decimal("0.03"))
    assert row.values["start_ms"] == 1_793_462_400_000
    assert row.values["end_ms"] == 1_793_462_400_000 + 30 * 86_400_000


@pytest.mark.parametrize(
    ("cells", "column", "wrong"),
    [
        ({"target": "0"}, "target", "is not above 0"),
        ({"metric": "gvm"}, "metric", "is no metric of the catalogue"),
        ({"target": "-1", "direction": "lower"}, "target", "is not above 0"),
        ({"grain": "O"}, "scope_id", "does not fit its grain"),
        ({"scope_id": ""}, "scope_id", "does not fit its grain"),
        ({"grain": "T", "scope_id": "sales"}, "scope_id", "is no type of community"),
        ({"parent_id": "t"}, "parent_id", "is the target itself"),
        ({"window": "Q"}, "window", "contradicts the other columns"),
        ({"weight": "1.5"}, "weight", "is no share between 0 and 1"),
    ],
)
def test_rules_within_a_row(cells: dict[str, str], column: str, wrong: str) -> None:
    assert [(it.column, it.wrong) for it in read(target(**cells))[1]] == [(column, wrong)]


@pytest.mark.parametrize(
    "cells",
    [{"target": "0", "direction": "lower"}, {"grain": "O", "scope_id": ""}, {"window": "M"}],
)
def test_what_rules_allow(cells: dict[str, str]) -> None:
    assert read(target(**cells))[1] == []


def test_a_scope_that_is_a_person_is_a_pseudonym() -> None:
    (row,), _ = read(target(grain="S", scope_id="alice"))
    assert row.values["scope_id"] == PSEUDONYMS.of("community", "alice")
    (row,), _ = read(target(scope_id="alice"))
    assert row.values["scope_id"] == "alice"


def test_the_calendar_of_a_day_follows_from_it() -> None:
    (day, wrong), faults = read(
        "dim_date: [{date: 2027-01-01, name: x}, {date: 2027-01-02, month: 2}]"
    )
    names = ("iso_year", "iso_week", "month", "quarter", "weekday")
    assert day.of(names) == (2026, 53, 1, 1, 5)
    assert [(it.column, it.value) for it in faults] == [("month", "2")]
    assert wrong.values["iso_week"] == 53


def test_a_transaction_party_is_one_of_four() -> None:
    profile = "dim_member_profile: [{{user_id: c, attribute: transaction_party, value: {}}}]"
    assert read(profile.format("end_user"))[1] == []
    assert told(profile.format("friend")) == [(1, "value", "friend", "is no transaction party")]
