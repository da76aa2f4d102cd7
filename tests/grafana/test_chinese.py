"""Every title, name and saying of every board has a Chinese one, and nothing else changes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from grafana.boards import Board
from grafana.cause_cells import CELLS
from grafana.chinese import PHRASES, chinese, in_chinese, names, texts
from grafana.library import BOARDS
from grafana.lint import lint
from grafana.walk import every, targets
from pipeline.catalog.catalogue import CATALOGUE

HAN = re.compile(r"[\u4e00-\u9fff]")
IDS = [board.uid for board in BOARDS]


@pytest.mark.parametrize("board", BOARDS, ids=IDS)
def test_every_text_has_a_chinese_one(board: Board) -> None:
    missing = sorted(text for text in texts(board.json()) if chinese(text) is None)
    assert missing == [], "add them to grafana/chinese_words.py"


@pytest.mark.parametrize("board", BOARDS, ids=IDS)
def test_only_words_change(board: Board) -> None:
    before, after = board.json(), in_chinese(board.json())
    assert before == board.json()
    assert [_english(t) for _, t in targets(after)] == [t for _, t in targets(before)]
    assert [p["gridPos"] for p in every(after)] == [p["gridPos"] for p in every(before)]
    assert after["uid"] == before["uid"]
    assert all(HAN.search(str(panel["title"])) for panel in every(after))
    assert {one["name"] for one in after["templating"]["list"]} == {
        one["name"] for one in before["templating"]["list"]
    }


def _english(target: Any) -> Any:
    """A query with the words that it makes of codes put back."""
    text = target.get("rawSql", "")
    for cell in CELLS:
        text = text.replace(cell.zh, cell.en)
    return {**target, "rawSql": text} if text else target


@pytest.mark.parametrize("board", BOARDS, ids=IDS)
def test_a_chinese_board_is_clean(board: Board) -> None:
    assert list(lint(in_chinese(board.json()), where=board.file)) == []


def test_a_column_keeps_its_name_and_is_shown_by_another() -> None:
    (board,) = (board for board in BOARDS if board.uid == "community-overview")
    panel = next(one for one in every(in_chinese(board.json())) if one["title"] == "加入与退出")
    assert "joins, last week" in set(names(panel))
    (override,) = (
        one
        for one in panel["fieldConfig"]["overrides"]
        if one["matcher"]["options"] == "joins, last week"
    )
    properties: dict[str, Any] = {one["id"]: one.get("value") for one in override["properties"]}
    assert properties["displayName"] == "加入，上周"
    assert properties["color"]["fixedColor"] == "#8e8e8e"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Daily active rate 社群日活跃率", "社群日活跃率"),
        ("Daily active rate 社群日活跃率 over time", "社群日活跃率走势"),
        ("change, points in group rate", "在群率变化（百分点）"),
        ("Messages, last 30 min", "消息数，近 30 分钟"),
        ("something new", None),
    ],
)
def test_composed_names(text: str, found: str | None) -> None:
    assert chinese(text) == found


def test_every_metric_of_the_catalogue_has_its_chinese_name() -> None:
    assert [metric.id for metric in CATALOGUE if chinese(metric.words) is None] == []


def test_every_phrase_is_used() -> None:
    """A phrase that no board says any more is a phrase too many."""
    said = json.dumps([board.json() for board in BOARDS], ensure_ascii=False)
    said = said.replace("\\n", " ").lower()
    assert [phrase for phrase in PHRASES if phrase.lower() not in said] == []
