from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.benchmarks.chart import Bar, short, svg, tick_step
from tests.benchmarks.results import ORDER, Section, Table, keep, render


def section(name: str, title: str = "A title") -> Section:
    return Section(
        name=name,
        title=title,
        command="python -m tests.benchmarks.x",
        measured_on={"when": "now"},
        tables=[Table(["what", "how much"], [["a", "1"], ["b", "2"]], "Figures"), Table(["x"], [])],
        notes=["A note."],
    )


def test_a_section_is_a_heading_its_command_and_its_tables() -> None:
    text = render([section("growth")])
    assert text.endswith(
        "## A title\n\n`python -m tests.benchmarks.x`\n\n- when: now\n\n**Figures**\n\n"
        "| what | how much |\n|---|---|\n| a | 1 |\n| b | 2 |\n\nA note.\n"
    )


def test_a_section_is_read_back_as_it_was() -> None:
    one = section("growth")
    assert Section.from_json(one.to_json()) == one


def test_a_command_replaces_its_own_section_alone(tmp_path: Path) -> None:
    folder, results = tmp_path / "results", tmp_path / "RESULTS.md"
    for name, title in (("live", "Old"), ("growth", "Growth"), ("live", "New")):
        keep(section(name, title), folder, results)
    headings = [line for line in results.read_text().splitlines() if line.startswith("## ")]
    assert headings == ["## Growth", "## New"]
    assert ORDER.index("growth") < ORDER.index("live")


def test_the_chart_is_an_image_with_a_bar_for_each() -> None:
    bars = [Bar("a < b & c", 100, 90, 120, ours=True), Bar("d", 50, 50, 50)]
    root = ElementTree.fromstring(svg("Title 'quoted'", bars))  # noqa: S314  our own text
    name = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f".//{name}rect")) == 2
    texts = [one.text for one in root.iter(f"{name}text")]
    assert "a < b & c" in texts
    assert "100" in texts


def test_a_chart_of_nothing_is_an_image_too() -> None:
    ElementTree.fromstring(svg("Nothing", []))  # noqa: S314  our own text


@pytest.mark.parametrize("most", [1, 7, 99, 1234, 612_000, 9_999_999])
def test_ticks_are_few_and_round(most: float) -> None:
    step = tick_step(most)
    assert most / step <= 10
    assert f"{step:e}"[0] in "125"


def test_ticks_are_short() -> None:
    assert [short(value) for value in (0, 500, 200_000, 1_500_000)] == ["0", "500", "200k", "1.5M"]
