"""The page in a real browser: nothing fails, everything is drawn."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from deploy.local.browser import look, picture
from grafana.page.document import Made, page
from grafana.page.drawn import Answered
from grafana.page.kinds import drawn
from tests.grafana.page.small import ANSWERS, HOSTILE, SCENE, VIEW, board, every_panel

CHARTS = 4


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("page") / "small.html"
    inside = {
        one["id"]: drawn(one, Answered(VIEW, ANSWERS[one["type"]]), SCENE) for one in every_panel()
    }
    made = Made(at="now", range="an hour")
    place.write_text(page(board(), inside, SCENE, made), encoding="utf-8")
    return place


def svgs(dom: str) -> list[str]:
    return re.findall(r'<div class="chart".*?<svg.*?</svg>', dom, re.DOTALL)


def test_every_chart_is_drawn_and_no_script_fails(small: Path) -> None:
    looked = look(small, every_row=True)
    assert looked.console == []
    assert f'data-drawn="{CHARTS}"' in looked.dom
    drawn = svgs(looked.dom)
    assert len(drawn) == CHARTS
    assert all(svg.count("<path") >= 3 for svg in drawn)
    assert "NaN" not in "".join(drawn)
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;").split("'")[0] in looked.dom


def test_a_script_that_slipped_in_would_not_run(small: Path, tmp_path: Path) -> None:
    """What the page's policy is for: an unescaped text would be told, and do nothing."""
    taken = "document.body.id='taken'"
    evil = f'<script>{taken}</script><img src=x onerror="{taken}">'
    broken = tmp_path / "broken.html"
    broken.write_text(small.read_text().replace("<main>", f"<main>{evil}"))
    looked = look(broken)
    assert 'id="taken"' not in looked.dom
    assert any("Content Security Policy" in line for line in looked.console)


@pytest.mark.parametrize("dark", [False, True])
def test_a_picture_has_the_size_of_its_window(small: Path, tmp_path: Path, dark: bool) -> None:
    to = tmp_path / "small.png"
    picture(small, to, width=800, height=600, dark=dark)
    assert struct.unpack(">II", to.read_bytes()[16:24]) == (800, 600)
