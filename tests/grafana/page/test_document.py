"""The page as a whole: golden, without the library; closed to the network; harmless."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from grafana.page.document import ECHARTS_SHA256, Made, library, page
from tests.grafana.page.small import HOSTILE, SCENE, board, inside
from tests.grafana.page.test_kinds import Read

GOLDEN = Path(__file__).with_name("small.html")
MADE = Made(at="2027-01-15 09:00", range="2027-01-15 08:00 – 09:00 (UTC)", by="community-pulse")


def small() -> str:
    return page(board(), inside(), SCENE, MADE, script="/* the library */")


def ours(html: str) -> str:
    """The page without style sheet, scripts and licences, which have files of their own."""
    others = r"<style>.*?</style>|<script>.*?</script>|<!--.*?-->|'sha256-[^']*'"
    return re.sub(others, "", html, flags=re.S)


def embedded(html: str) -> Any:
    (found,) = re.findall(r'<script type="application/json" id="charts">(.*?)</script>', html)
    return json.loads(found)


def test_the_small_board_is_the_golden_page() -> None:
    """Written anew by `GOLDEN.write_text(ours(small()))`, and then read by a person."""
    assert ours(small()) == GOLDEN.read_text(encoding="utf-8")


def test_only_the_two_scripts_of_the_page_may_run() -> None:
    html = small()
    assert Read(html).tags.count("script") == 3  # the data, which is none, and two
    assert HOSTILE not in html
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "script-src 'unsafe" not in policy
    assert policy.count("'sha256-") == 2


def test_nothing_in_the_page_is_fetched() -> None:
    html = re.sub(r"<!--.*?-->", "", small(), flags=re.S)
    assert not re.search(r"""(?:src|srcset)=|@import|url\(|<link""", html)


def test_every_chart_of_the_page_has_its_options() -> None:
    html = small()
    assert html.count('<div class="chart"></div>') == len(embedded(html)) == 4


def test_a_text_cannot_end_the_data() -> None:
    evil = "</script><script>alert(1)</script>"
    drawn = inside()
    first = next(number for number, one in drawn.items() if one.chart)
    chart = {"title": evil}
    html = page(board(), {**drawn, first: type(drawn[first])("", chart)}, SCENE, MADE, script="")
    assert evil not in html
    assert embedded(html)[str(first)] == chart


def test_a_collapsed_row_is_closed_at_first() -> None:
    html = small()
    assert html.count("<details open>") == 1
    assert html.count("<details>") == 1


def test_the_library_is_the_one_that_was_published() -> None:
    assert hashlib.sha256(library().encode()).hexdigest() == ECHARTS_SHA256
    assert "Licensed to the Apache Software Foundation" in library()[:1_000]
    assert "</script" not in library()
    assert "\r" not in library()


def test_the_page_names_the_owners_of_what_it_holds() -> None:
    html = small()
    assert "The Apache Software Foundation" in html
    assert "Mike Bostock" in html
