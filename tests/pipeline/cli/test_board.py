"""`pulse board`: a page of a filled store and of an empty one, and what a wrong call is told."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.ports import free_ports
from grafana.library import BOARDS
from grafana.walk import panels, targets
from pipeline.cli.main import main
from tests.grafana.filled import GROUPS, fill
from tests.reference.stored import migrated_store

(OVERVIEW,) = (board.json() for board in BOARDS if board.uid == "community-overview")
PANELS = len(list(panels(OVERVIEW)))
SCRAPED = len({panel["id"] for panel, target in targets(OVERVIEW) if "expr" in target})


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("board") / "store"
    with migrated_store(place) as store:
        fill(store, int(time.time()))
    yield place


@pytest.fixture(autouse=True)
def _installation(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_STORE", f"chdb:{filled}")
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    with pytest.raises(SystemExit) as end:
        main(["board", *words])
    said = capsys.readouterr()
    assert end.value.code == code, said
    assert "Traceback" not in said.err
    return said.out, said.err


def charts(page: str) -> dict[str, Any]:
    (found,) = re.findall(r'id="charts">(.*?)</script>', page)
    options: dict[str, Any] = json.loads(found)
    return options


def test_the_list_has_every_board(capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(run(capsys, "--list", "--json")[0])
    assert [one["uid"] for one in listed] == [board.uid for board in BOARDS]
    assert "overview" in run(capsys, "--list")[0]


def test_a_page_of_the_store_alone(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = run(capsys, "overview", "--html", "o.html")
    assert out == f"o.html: {PANELS} panels\n"
    assert f"No Prometheus was asked for {SCRAPED} panels" in err
    page = Path("o.html").read_text()
    assert page.count("Reads Prometheus, and none was asked") == SCRAPED
    assert page.count('class="fault"') == 0
    assert "<title>Community / Overview</title>" in page
    assert all(name in page for name in ("readers", "it&#x27;s #2"))
    drawn = charts(page)
    assert len(drawn) == 4  # this week against last week
    for option in drawn.values():
        assert any(text is not None for series in option["series"] for text in series["texts"])


def test_one_group_in_chinese_and_what_it_tells(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("Overview", "--html", "zh.html", "--language", "zh", "--group", GROUPS[1], "--json")
    told = json.loads(run(capsys, *words)[0])
    page = Path("zh.html").read_text()
    assert told == {
        "board": "community-overview",
        "file": "zh.html",
        "bytes": len(page.encode()),
        "panels": PANELS,
        "offline": SCRAPED,
        "faults": [],
    }
    assert '<html lang="zh-CN">' in page
    assert "社群 / 总览" in page
    assert "消息数，近 30 分钟" in page
    titles = {series["title"] for option in charts(page).values() for series in option["series"]}
    assert {"本周", "上周", "加入，本周"} <= titles
    assert "readers" not in page


def test_the_page_can_be_piped(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "community-overview", "--html", "-")[0].startswith("<!DOCTYPE html>")


def test_a_prometheus_that_was_named_and_is_away_is_a_fault_of_its_panels(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    _, err = run(capsys, "overview", "--html", "o.html", "--prometheus", url, code=1)
    assert err.count("Prometheus does not answer") == SCRAPED
    page = Path("o.html").read_text()
    assert page.count('class="fault"') == SCRAPED
    assert len(charts(page)) == 4


def test_an_empty_store_has_nothing_to_show_and_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path / 'empty'}")
    with migrated_store(tmp_path / "empty"):
        pass
    run(capsys, "overview", "--html", "o.html")
    page = Path("o.html").read_text()
    assert "No closed day yet" in page


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("overvew", "--html", "x.html"), "no board overvew (NAME). Did you mean: overview"),
        (("zzz", "--html", "x.html"), "no board zzz (NAME). There are: "),
        (("--html", "x.html"), "Name a board"),
        (("overview",), "Say where to write the page (--html)"),
        (("overview", "--html", "no/folder/x.html"), "The page cannot be written"),
        (("overview", "--html", "x.html", "--from", "soon"), "soon is no moment (--from)"),
        (
            ("overview", "--html", "x.html", "--from", "now", "--to", "now-1h"),
            "range ends before",
        ),
        (("overview", "--html", "x.html", "--var", "group"), "is no NAME=VALUE"),
        (("overview", "--html", "x.html", "--var", "zone=UTC"), "They are group."),
        (("overview", "--html", "x.html", "--prometheus", "ht!tp:/\x00"), "Prometheus is no URL"),
    ],
)
def test_a_wrong_call(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert told in run(capsys, *words, code=2)[1]
    assert not Path("x.html").exists()
