from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.render import ROOT
from grafana.library import BOARDS, render
from pipeline.cli.main import main
from tests.grafana.fake_grafana import TOKEN, Grafana, serving


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["dashboards", *words])
    return int(ended.value.code or 0)


@pytest.fixture
def grafana(monkeypatch: pytest.MonkeyPatch) -> Iterator[Grafana]:
    with serving(Grafana()) as server:
        monkeypatch.setenv("PULSE_GRAFANA__URL", server.url)
        monkeypatch.setenv("PULSE_GRAFANA__TOKEN", TOKEN)
        yield server


def test_build_writes_the_committed_boards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("build", "--out", str(tmp_path / "new"), "--json") == 0
    written = [Path(path) for path in json.loads(capsys.readouterr().out)]
    assert {path.name for path in written} == {Path(path).name for path in render()}
    for path in written:
        assert path.read_text() == (ROOT / "grafana" / "boards" / path.name).read_text()


def test_build_prints_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("build") == 0
    assert json.loads(capsys.readouterr().out)["overview.json"]["uid"] == "community-overview"


def test_build_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("build", "--out", str(tmp_path), "--language", "zh") == 0
    board = json.loads((tmp_path / "overview.json").read_text(encoding="utf-8"))
    assert (board["uid"], board["title"]) == ("community-overview", "社群 / 总览")
    assert run("lint", str(tmp_path / "overview.json")) == 0


def test_pushed_in_chinese_it_is_the_same_board(
    grafana: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("push") == 0
    assert run("push", "--language", "zh", "--json") == 0
    assert run("diff", "--language", "zh") == 0
    assert "社群 / 总览" in capsys.readouterr().out
    assert len(grafana.dashboards) == len(BOARDS)


def test_build_where_a_file_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert run("build", "--out", str(tmp_path / "file")) == 2
    assert "Cannot write there" in capsys.readouterr().err


def test_our_boards_are_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lint") == 0
    assert capsys.readouterr().out == "No findings.\n"
    assert run("lint", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_lint_names_file_panel_rule_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = tmp_path / "mine.json"
    panel = {"type": "stat", "title": "Sum [all]", "targets": [{"expr": "x_total"}]}
    board.write_text(json.dumps({"panels": [panel]}))
    assert run("lint", str(board)) == 1
    line = f"{board}: Sum [all]: target-counter-agg-rule: A counter (_total) is shown raw"
    assert line in capsys.readouterr().out
    assert run("lint", str(board), "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert {"file", "panel", "rule", "says"} == set(found[0])


BAD_FILES: list[tuple[bytes | None, str]] = [
    (None, "No such file"),
    (b"", "no JSON"),
    (b"{", "no JSON"),
    (b"\xff\xfe{\x00", "UTF-8"),
    (b"[]", "not a Grafana dashboard"),
    (b'{"dashboard": {}}', "not a Grafana dashboard"),
]


@pytest.mark.parametrize(("content", "says"), BAD_FILES)
def test_a_file_that_is_no_board_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, says: str
) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    assert run("lint", str(path)) == 2
    told = capsys.readouterr().err
    assert says in told
    assert str(path) in told.replace("\n", "")


def test_a_folder_is_no_board(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lint", str(tmp_path)) == 2
    assert "Is a directory" in capsys.readouterr().err


def test_diff_then_push_then_nothing(grafana: Grafana, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("diff") == 0
    assert "new" in capsys.readouterr().out
    assert run("push", "--json") == 0
    pushed = json.loads(capsys.readouterr().out)
    assert {one["uid"]: one["state"] for one in pushed} == {board.uid: "new" for board in BOARDS}
    assert run("push", "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert {one["state"] for one in again} == {"unchanged"}
    grafana.dashboards["community-overview"]["json"]["refresh"] = "5s"
    assert run("diff") == 0
    assert 'community-overview: refresh: "5s" -> "30s"' in capsys.readouterr().out


def test_a_wrong_token_fails_with_what_to_do(
    grafana: Grafana, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULSE_GRAFANA__TOKEN", "another")
    assert run("push") == 2
    assert "service account" in capsys.readouterr().err


def test_no_token_is_a_wrong_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PULSE_GRAFANA__TOKEN", raising=False)
    assert run("diff") == 2
    assert "PULSE_GRAFANA__TOKEN" in capsys.readouterr().err
