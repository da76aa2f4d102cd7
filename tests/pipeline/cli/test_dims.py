"""`pulse dims` as people call it: faults, loading, pruning, templates, contradictions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.pseudonym import Pseudonyms
from sinks.embedded import EmbeddedStore
from tests.reference.stored import make_migrated
from tests.sinks.conftest import chat_facts

KEY = "a-key-of-the-tests"


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["dims", *words])
    return int(end.value.code or 0)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with an empty store, and a folder for files, which is the current one."""
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path / 'store'}")
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", KEY)
    make_migrated(tmp_path / "store")
    files = tmp_path / "files"
    files.mkdir()
    monkeypatch.chdir(files)
    return files


def query(folder: Path, sql: str) -> list[tuple[object, ...]]:
    store = EmbeddedStore(folder.parent / "store")
    try:
        return store.query(sql).rows()
    finally:
        store.close()


def test_a_template_loads_and_loading_again_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("template", "reference", "--json") == 0
    written = json.loads(capsys.readouterr().out)["written"]
    assert "reference/dim_group.yaml" in written
    assert run("load", "reference", "--check", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["loaded"], told["faults"]) == (False, [])
    assert query(folder, "SELECT count() FROM v_dim_group") == [(0,)]

    assert run("load", "reference", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["loaded"]
    assert told["tables"]["dim_group"] == {"added": 1, "changed": 0, "removed": 0, "unchanged": 0}
    staff = Pseudonyms(KEY.encode()).of("community", "alice")
    assert query(folder, "SELECT group_id, owner_staff_id FROM v_dim_group") == [
        ("readers-7", staff)
    ]
    assert query(folder, "SELECT staff_id FROM v_dim_staff") == [(staff,)]

    assert run("load", "reference") == 0
    shown = capsys.readouterr().out
    assert "dim_group" in shown
    assert query(folder, "SELECT count() FROM dim_group") == [(1,)]


def test_all_faults_are_told_and_nothing_is_loaded(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "dim_group.csv").write_text(
        "group_id,community_type,owner_staff_id\na,content,\nb,sales,\na,content,bob\n"
    )
    (folder / "more.yaml").write_text("dim_tag: [{tag_id: t}]\ndim_thing: []\n")
    (folder / "README.md").touch()
    assert run("load", ".") == 1
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "dim_group.csv:3:", "dim_group.csv:4:", "dim_group.csv:4:", "more.yaml:2:"
    ]  # fmt: skip
    assert "community_type 'sales' is none of the values it may have. Write one of" in lines[0]
    assert "4 faults in 4 rows; nothing was loaded" in told.err
    assert "passed over" in told.err
    assert "README.md" in told.err
    assert query(folder, "SELECT count() FROM v_dim_tag") == [(0,)]

    assert run("load", "dim_group.csv", "--json") == 1
    fault = json.loads(capsys.readouterr().out)["faults"][0]
    assert fault == {
        "file": "dim_group.csv",
        "row": 3,
        "column": "community_type",
        "value": "sales",
        "wrong": "is none of the values it may have",
        "remedy": "Write one of conversion, content, service, learning, forum.",
    }


def test_prune(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "dim_tag.csv").write_text("tag_id\na\nb\n")
    assert run("load", "dim_tag.csv") == 0
    (folder / "dim_tag.csv").write_text("tag_id\nb\n")
    capsys.readouterr()
    assert run("load", "dim_tag.csv", "--prune", "--check", "--json") == 0
    assert json.loads(capsys.readouterr().out)["tables"]["dim_tag"]["removed"] == 1
    assert query(folder, "SELECT tag_id FROM v_dim_tag ORDER BY tag_id") == [("a",), ("b",)]
    assert run("load", "dim_tag.csv", "--prune") == 0
    assert query(folder, "SELECT tag_id FROM v_dim_tag") == [("b",)]


def test_list_shows_tables_with_rows_and_the_columns_of_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "dim_tag.csv").write_text("tag_id\na\nb\n")
    assert run("load", "dim_tag.csv", "--json") == 0
    capsys.readouterr()
    assert run("list", "--json") == 0
    found = {row["table"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["dim_tag"]["rows"] == 2
    assert found["dim_tag"]["loaded"] > 0
    assert found["dim_group"]["rows"] == found["dim_group"]["loaded"] == 0
    assert run("list", "dim_group", "--json") == 0
    columns = json.loads(capsys.readouterr().out)
    assert (columns[0]["column"], columns[0]["is"]) == ("group_id", "key")
    assert run("list") == 0
    assert "dim_tag" in capsys.readouterr().out


def test_check_tells_contradictions(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check") == 0
    assert "Nothing contradicts" in capsys.readouterr().out
    store = EmbeddedStore(folder.parent / "store")
    store.insert("fact_chat", chat_facts(3, group_id=["g", "h", "h"]))
    store.close()
    (folder / "dim_group.yaml").write_text("- {group_id: g, community_type: forum}\n")
    assert run("load", "dim_group.yaml") == 0
    capsys.readouterr()
    assert run("check", "--json") == 1
    assert json.loads(capsys.readouterr().out) == [
        {
            "rule": "unknown_group",
            "kind": "chat",
            "n": 2,
            "example": "h",
            "broken": "Every group that an event names is in dim_group.",
        }
    ]
    assert run("check") == 1
    assert "unknown_group" in capsys.readouterr().out
    assert run("check", "--since", "2026-01-01", "--json") == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("load", "none.csv"), "no such file"),
        (("load",), "PATH"),
        (("list", "dim_moon"), "There is no dimension table dim_moon"),
        (("template", ".", "dim_moon"), "There is no dimension table dim_moon"),
        (("template", "taken"), "such a file already"),
        (("template", "x", "--format", "ods"), "ods"),
        (("check", "--since", "yesterday"), "no moment"),
    ],
)
def test_a_wrong_call_exits_2(
    words: tuple[str, ...], told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "taken").touch()
    assert run(*words) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "Traceback" not in said


def test_a_template_overwrites_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("template", "x", "dim_tag", "--format", "csv") == 0
    (folder / "x" / "dim_tag.csv").write_text("mine")
    assert run("template", "x", "dim_tag", "--format", "csv") == 2
    assert (folder / "x" / "dim_tag.csv").read_text() == "mine"


def test_a_raw_person_needs_the_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PULSE_PSEUDONYM_KEY")
    (folder / "dim_staff.csv").write_text("staff_id,role\nalice,sales\n")
    assert run("load", "dim_staff.csv") == 2
    assert "openssl rand" in capsys.readouterr().err
    (folder / "dim_staff.csv").write_text(f"staff_id,role\n{'0' * 32},sales\n")
    assert run("load", "dim_staff.csv") == 0


def test_a_check_tells_another_key_as_the_load_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "dim_staff.csv").write_text("staff_id,role\nalice,sales\n")
    assert run("load", "dim_staff.csv") == 0
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", "another-key-of-the-tests")
    for words in (("--check",), ()):
        assert run("load", "dim_staff.csv", *words) == 2
        assert "PULSE_PSEUDONYM_KEY to the key it was filled with" in capsys.readouterr().err
