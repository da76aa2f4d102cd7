"""Each kind of panel: drawn from values, from nothing, and from values that mean harm."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from grafana.library import BOARDS
from grafana.page.drawn import Answered, moments, ticks
from grafana.page.frame import Column, Frame
from grafana.page.kinds import KINDS, drawn
from grafana.walk import every
from tests.grafana.page.small import ANSWERS, COURSE, HOSTILE, NOON, NUMBERS, SCENE, VIEW, panel

CHARTS = ("barchart", "heatmap", "piechart", "timeseries")


class Read(HTMLParser):
    """Tags and text of some HTML, as a browser would take them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def draw(kind: str, frames: Any = None, **more: Any) -> Any:
    given = ANSWERS[kind] if frames is None else frames
    return drawn(panel(kind, **more), Answered(VIEW, given), SCENE)


def test_every_kind_of_our_boards_is_drawn() -> None:
    used = {one["type"] for board in BOARDS for one in every(board.json())} - {"row"}
    assert used <= KINDS.keys()
    assert ANSWERS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_it_shows_its_values_and_nothing_of_them_runs(kind: str) -> None:
    found = draw(kind)
    read = Read(found.html)
    assert (found.chart is not None) == (kind in CHARTS)
    assert "script" not in read.tags
    in_html = HOSTILE in read.text
    in_chart = HOSTILE in json.dumps(found.chart, ensure_ascii=False).replace('\\"', '"')
    assert in_html or in_chart, "the hostile name is shown as it is"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "text"])
@pytest.mark.parametrize("frames", [[], [Frame([Column("n", [])])]])
def test_nothing_to_show_is_told(kind: str, frames: list[Frame]) -> None:
    found = draw(kind, frames)
    assert (Read(found.html).text, found.chart) == ("No live value", None)


def test_a_kind_that_is_not_known_says_so() -> None:
    found = drawn(panel("canvas<b>"), Answered(VIEW), SCENE)
    assert Read(found.html).text == "A panel of the kind “canvas<b>” is drawn by Grafana only."


def test_a_fault_and_an_absent_prometheus_are_told_in_the_panel() -> None:
    found = drawn(panel("stat"), Answered(VIEW, fault=f"no such table {HOSTILE}"), SCENE)
    assert HOSTILE in Read(found.html).text
    assert found.fault.startswith("no such table")
    offline = drawn(panel("stat"), Answered(VIEW, offline=True), SCENE)
    assert "--prometheus" in offline.html
    assert not offline.fault
    unknown = draw("table", transformations=[{"id": "unheard of"}])
    assert "unheard of" in unknown.fault


def test_a_stat_has_one_large_number_and_what_has_a_look_of_its_own_beside_it() -> None:
    html = draw("stat").html
    assert html.count('class="big"') == 2  # `now`, and the hostile one
    assert html.count('class="small"') == 1  # `n`
    assert "1,200" in html


def test_a_stat_says_once_that_it_has_no_value() -> None:
    html = draw("stat", [Frame([Column("now", [None]), Column("n", [None])])]).html
    assert Read(html).text == "No live value"
    html = draw("stat", [Frame([Column("now", [1]), Column("n", [None])])]).html
    assert Read(html).text == "now1n–"


def test_bars_are_as_long_as_their_share_of_the_greatest() -> None:
    frames = [Frame([Column("a", [50])]), Frame([Column("b", [200])]), Frame([Column("c", [None])])]
    html = draw("bargauge", frames).html
    assert [part[:6] for part in html.split("width:")[1:]] == ["25.00%", "100.00", "0.00%;"]


def test_lines_know_gaps_dots_axes_and_their_past() -> None:
    chart = draw("timeseries").chart
    ours, past = chart["series"]
    gap, alone = ours["data"][2:4]
    assert gap == [NOON + 1_200, None]
    assert alone["value"] == [NOON + 1_800, 4]
    assert ours["texts"] == ["1", "2", None, "4", None, "6", "7"]
    assert (past["lineStyle"]["type"], past["yAxisIndex"]) == ([8, 6], 1)
    assert past["itemStyle"]["color"] == "@muted"
    assert [axis["position"] for axis in chart["yAxis"]] == ["left", "right"]
    (band,) = ours["markArea"]["data"]
    assert [edge["xAxis"] for edge in band] == [NOON + 600, NOON + 1_200]
    assert (chart["xAxis"]["min"], chart["xAxis"]["max"]) == (VIEW.from_s, VIEW.to_s)


def test_two_series_of_one_name_stay_two() -> None:
    chart = draw("timeseries", [COURSE, COURSE]).chart
    assert [one["name"] for one in chart["series"]] == ["0", "1", "2", "3"]


def test_a_table_sorts_links_and_colours() -> None:
    options = {"sortBy": [{"displayName": "change", "desc": True}]}
    html = draw("table", options=options).html
    assert html.index("10.0%") < html.index("-40.0%") < html.index("No live value")
    assert 'style="color:var(--red)">-40.0%' in html
    assert "var(--purple) 66%" in html
    links = Read(html).links
    assert links[1] == "http://grafana.example/d/community-group?var-group=readers"
    assert "%3Cscript%3E" in links[0]


def test_stacked_bars_reach_their_sum() -> None:
    chart = draw("barchart", options={"stacking": "normal"}).chart
    (axis,) = chart["yAxis"]
    assert axis["max"] >= 12
    assert all(one["stack"] for one in chart["series"])
    across = draw("barchart", options={"orientation": "horizontal"}).chart
    assert across["yAxis"]["type"] == "category"


def test_bars_of_another_unit_have_their_own_axis() -> None:
    frame = Frame([Column("week", ["1", "2"]), Column("joins", [3, 5]), Column("n", [900, 800])])
    chart = draw("barchart", [frame]).chart
    assert [axis["position"] for axis in chart["yAxis"]] == ["left", "right"]
    assert [axis["max"] for axis in chart["yAxis"]] == [6, 1_000]
    assert [one["yAxisIndex"] for one in chart["series"]] == [0, 1]


def test_words_are_markdown_without_scripts() -> None:
    html = draw("text").html
    assert "<strong>Bold</strong>" in html
    evil = draw("text", options={"content": "[x](javascript:alert(1))", "mode": "markdown"})
    assert Read(evil.html).links == []


def test_a_pie_leaves_out_what_is_nothing() -> None:
    frames = [*NUMBERS, Frame([Column("none", [0])])]
    assert len(draw("piechart", frames).chart["series"][0]["data"]) == 3


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0, 7, [0, 2, 4, 6, 8]),
        (0, 0.32, [0, 0.1, 0.2, 0.3, 0.4]),
        (-3, 5, [-4, -2, 0, 2, 4, 6]),
        (0, 0, [0, 0.25, 0.5, 0.75, 1]),
        (5, 5, [4, 6, 8, 10]),
    ],
)
def test_ticks_are_round_and_hold_all_values(low: float, high: float, found: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(found)


@pytest.mark.parametrize(
    ("high", "found"),
    [(1, [0, 1]), (3, [0, 1, 2, 3]), (9, [0, 5, 10]), (700, [0, 200, 400, 600, 800])],
)
def test_ticks_of_what_is_counted_are_whole(high: float, found: list[float]) -> None:
    assert ticks(0, high, whole=True) == found


def test_moments_are_round_in_the_readers_zone_and_not_at_the_edge() -> None:
    assert [text for _, text in moments(NOON, NOON + 3_600, SCENE.zone, 6)] == [
        "08:10",
        "08:20",
        "08:30",
        "08:40",
        "08:50",
    ]
    days = [text for _, text in moments(NOON, NOON + 7 * 86_400, SCENE.zone, 6)]
    assert days == ["01-16", "01-18", "01-20", "01-22"]
