"""`pulse sql` by name: the list, an answer, an Excel file, and what a wrong call is told."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from pipeline.cli.main import main
from sinks.question_library import example_answer, names, question
from tests.reference.stored import migrated_store
from tests.sinks.queries.community import ZONE
from tests.sinks.queries.stored import store_community


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("sql") / "store"
    with migrated_store(place) as store:
        store_community(store)
    yield place


@pytest.fixture(autouse=True)
def _installation(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_STORE", f"chdb:{folder}")
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as end:
        main(["sql", *words])
    said = capsys.readouterr()
    assert end.value.code == code, said
    assert "Traceback" not in said.err
    return said.err if code else said.out


TOPICS = ("top_topics", "--param", "since=2026-10-05", "--param", "until=2026-11-16")


def test_the_list_has_every_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert [it["name"] for it in json.loads(told(capsys, "--list", "--json"))] == list(names())
    text = told(capsys, "--list")
    assert "daily_active" in text
    assert "Daily active members" in text


def test_one_question_tells_its_parameters_and_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = told(capsys, "top_topics", "--list")
    assert all(word in text for word in ("participants", "PULSE_ZONE", "28d", "so many topics"))
    assert json.loads(told(capsys, "top_topics", "--list", "--json"))["parameters"][-1] == {
        "name": "top",
        "kind": "count",
        "default": "20",
        "meaning": "so many topics of a group at most",
    }


def test_a_named_question_is_answered_in_every_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, *TOPICS, "--format", "csv") == example_answer("top_topics")
    assert len(json.loads(told(capsys, *TOPICS, "--json", "-p", "top=1"))) == 2
    assert "oolong" in told(capsys, *TOPICS)


@pytest.mark.parametrize("name", names())
def test_every_question_passes_the_gate(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_ZONE", ZONE)
    example = [f"--param={key}={value}" for key, value in question(name).example.items()]
    assert told(capsys, name, *example, "--format", "csv") == example_answer(name)


def test_an_excel_file_has_the_answer_and_its_definitions(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told(capsys, *TOPICS, "--out", "answer.xlsx")
    book = openpyxl.load_workbook(tmp_path / "answer.xlsx")
    assert book.sheetnames == ["Answer", "Definitions"]
    header, *_ = csv.reader(example_answer("top_topics").splitlines())
    assert [cell.value for cell in book["Answer"][1]] == header
    said = {row[0]: row[1] for row in book["Definitions"].values}
    assert said["Question"] == "Topics that are talked about most"
    assert str(said["Parameter since"])[:10] == "2026-10-05"
    assert "oolong" in [cell.value for cell in book["Answer"]["C"]]


def test_excel_of_plain_sql_and_by_format(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told(capsys, "SELECT '=1+1' AS text", "--format", "excel", "--out", "x")
    with (tmp_path / "x").open("rb") as file:
        assert openpyxl.load_workbook(file)["Answer"]["A2"].data_type == "s"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("daily_activ",), "did you mean daily_active?"),
        (("nonsense_at_all",), "pulse sql --list"),
        (("nonsense_at_all", "--list"), "There is no question"),
        ((*TOPICS, "-p", "tp=1"), "no parameter tp, did you mean top?"),
        (("member_timeline",), "user is missing: the person's pseudonym"),
        (("top_topics", "-p", "since=soon"), "since=soon is not a day like 2026-01-31"),
        (("top_topics", "-p", "top"), "--param top is not NAME=VALUE"),
        (("top_topics", "-p", "top=1", "-p", "top=2"), "--param top=2 is given twice"),
        (("SELECT 1", "-p", "top=1"), "--param is for a question with a name"),
    ],
)
def test_a_wrong_call_says_what_and_what_to_do(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in " ".join(told(capsys, *words, code=2).split())


def test_a_store_without_the_views_says_what_makes_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with a store that no migration has seen."""
    monkeypatch.setenv("PULSE_STORE", "chdb:fresh")
    assert "pulse migrate up" in told(capsys, *TOPICS, code=2)
