"""`pulse metrics` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.passages import ELSEWHERE, PASSAGES
from pipeline.catalog.terms import Terms
from pipeline.cli.main import main
from pipeline.rollup.staged import Stage
from tests.reference.community import GRACE_MS, ZONE, Community, event, store_community
from tests.reference.stored import migrated_store

HISTORY = Community(
    [
        event("join", "2025-03-03 10:00", "g", "ann", join_method="qr"),
        event("join", "2025-03-03 11:00", "g", "bob", join_method="qr"),
        event("leave", "2025-03-03 12:00", "g", "bob", leave_kind="self"),
    ]
)


@pytest.fixture
def community(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with migrated_store(tmp_path / "store") as store:
        store_community(store, HISTORY)
        Stage(store, {**Terms().model_dump(), "zone": ZONE, "grace_ms": GRACE_MS}).build()
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path / 'store'}")
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))


def run(*arguments: str) -> int:
    """Its exit code."""
    with pytest.raises(SystemExit) as left:
        main(["metrics", *arguments])
    return int(left.value.code or 0)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(*arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_every_metric_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert {one["name"] for one in told(capsys, "list")} == {one.name for one in CATALOGUE}


def test_a_metric_is_shown_by_id_or_name_with_its_sql(capsys: pytest.CaptureFixture[str]) -> None:
    by_id, by_name = told(capsys, "show", "a11"), told(capsys, "show", "in_group_rate")
    assert by_id == by_name
    assert "v_membership" in by_id[0]["sql"][0]


def test_a_wrong_name_is_answered_with_a_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "in_group_rat") == 2
    assert "in_group_rate" in capsys.readouterr().err


@pytest.mark.usefixtures("community")
def test_a_number_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = told(capsys, "explain", "A11", "--group", "g", "--day", "2025-03-03")
    assert found["numbers"] == [
        {"slice": "", "numerator": 1, "denominator": 2, "value": 0.5, "note": ""}
    ]
    assert "uniqExact" in found["sql"][0]


@pytest.mark.usefixtures("community")
def test_the_rows_behind_a_number_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = told(capsys, "explain", "join_count", "--group", "g", "--day", "2025-03-03")
    assert found["numbers"][0]["value"] == 2
    assert {row["user_id"] for row in found["samples"][0]} == {"ann", "bob"}


@pytest.mark.usefixtures("community")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("A11", "--day", "2025-03-03"), "--group"),
        (("A11", "--day", "monday", "--group", "g"), "no moment"),
        (("A11", "--day", "2025-03-03", "--group", "g", "--period", "Y"), "It has D"),
        (("A11", "--day", "2025-03-03", "--grain", "S", "--scope", "s"), "not computed at grain S"),
        (("A11", "--day", "2025-03-03", "--grain", "C", "--group", "g"), "--group is a scope"),
    ],
)
def test_a_question_that_has_no_answer(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert run("explain", *arguments) == 2
    assert says in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("community")
def test_coverage_tells_what_has_no_source(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "coverage")
    states = {one["name"]: one for one in found["metrics"]}
    assert states["join_count"]["state"] == "computed"
    assert states["gmv"] | {"id": ""} == {
        "id": "",
        "name": "gmv",
        "state": "no source",
        "missing": ["no order event"],
    }
    assert len(found["passages"]) == len(PASSAGES)


def test_every_row_of_the_families_a_to_h_is_answered() -> None:
    rows = {"A": 30, "B": 26, "C": 37, "D": 16, "E": 8, "F": 30, "G": 18, "H": 15}
    wanted = {f"{family}{number:02}" for family, n in rows.items() for number in range(1, n + 1)}
    assert {one.id for one in CATALOGUE} | ELSEWHERE.keys() == wanted
    assert not {metric.id for metric in CATALOGUE} & ELSEWHERE.keys()


def test_every_id_of_a_passage_is_well_formed() -> None:
    ids = {one for passage in PASSAGES for one in passage.ids}
    assert all(len(one) == 3 and one[0] in "ABCDEFGHIJ" and one[1:].isdigit() for one in ids)
    assert len(PASSAGES) == 70
