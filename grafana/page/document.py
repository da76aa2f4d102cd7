"""The whole page: one file that needs no network, and is not allowed any.

Its content security policy names the two scripts in it by their hashes: nothing else can run, also
if some text were to slip through unescaped.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from grafana.macros import expand_text
from grafana.page.drawn import Drawn, Json, Scene, escaped
from grafana.walk import variables

ECHARTS = "echarts-6.1.0.min.js.gz"
ECHARTS_SHA256 = "b66b25aeb4df84e33199dc21694014d336d222cbd9deb0e5a7c14bd6aa0d0fd0"
"""Of `dist/echarts.min.js` as the npm package has it."""

CELL_PX, GAP_PX = 30, 8
"""Height of a grid unit, and the gap between two panels, as Grafana has them."""


@dataclass(frozen=True)
class Made:
    """What the page says of its own making: texts that are ready to read."""

    at: str
    range: str
    by: str = "community-pulse"


@dataclass(frozen=True)
class Section:
    """A row of the board and its panels; those before the first row have no heading."""

    title: str
    panels: Sequence[Json]
    collapsed: bool = False


@cache
def library() -> str:
    """The charting library's script."""
    packed = files("grafana.page").joinpath("vendor", ECHARTS).read_bytes()
    return gzip.decompress(packed).decode()


@cache
def _file(*names: str) -> str:
    return files("grafana.page").joinpath(*names).read_text(encoding="utf-8")


def sections(board: Json) -> list[Section]:
    """The board's rows in order."""
    found: list[tuple[str, list[Json], bool]] = []
    for panel in board["panels"]:
        if panel["type"] == "row":
            inner = list(panel.get("panels") or ())
            found.append((str(panel.get("title") or ""), inner, bool(panel.get("collapsed"))))
        elif found and not found[-1][2]:
            found[-1][1].append(panel)
        else:
            found.append(("", [panel], False))
    return [Section(title, panels, collapsed) for title, panels, collapsed in found]


def page(
    board: Json, panels: Mapping[int, Drawn], scene: Scene, made: Made, *, script: str | None = None
) -> str:
    """The board as HTML. `panels`: the inside of each by its id; `script`: ECharts if None."""
    lib = library() if script is None else script
    draw, style = _file("page.js"), _file("page.css")
    allowed = " ".join(f"'sha256-{_digest(code)}'" for code in (lib, draw))
    policy = f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:"
    charts = {str(number): one.chart for number, one in panels.items() if one.chart is not None}
    title = escaped(board["title"])
    body = "".join(_section(section, panels, scene) for section in sections(board))
    return f"""<!DOCTYPE html>
<html lang="{scene.words.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="{escaped(made.by)}">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{escaped(board.get("description") or "")}</p>
<dl>{"".join(_facts(board, scene, made))}</dl>
{_events(scene)}</header>
<main>
{body}</main>
<footer>{escaped(made.by)} · Apache ECharts 6.1.0</footer>
<script type="application/json" id="charts">{_embedded(charts)}</script>
<!--
{_file("vendor", "NOTICE")}-->
<script>{lib}</script>
<script>{draw}</script>
</body>
</html>
"""


def _facts(board: Json, scene: Scene, made: Made) -> Iterator[str]:
    words, view = scene.words, scene.view
    labels = {one["name"]: str(one.get("label") or one["name"]) for one in variables(board)}
    groups = words.all_groups if view.is_open("group") else ", ".join(view.groups)
    others = [(name, ", ".join(view.values(name))) for name in view.variables]
    told = [(words.range, made.range), (words.groups, groups)]
    told += [
        (labels.get(name, name), words.all_groups if view.is_open(name) else value)
        for name, value in others
    ]
    for name, value in [*told, (words.made, made.at)]:
        yield f"<div><dt>{escaped(name)}</dt><dd>{escaped(value)}</dd></div>"


def _events(scene: Scene) -> str:
    names = list(dict.fromkeys(event.title for event in scene.events))
    if not names:
        return ""
    return f'<ul class="events">{"".join(f"<li>{escaped(name)}</li>" for name in names)}</ul>\n'


def _section(section: Section, panels: Mapping[int, Drawn], scene: Scene) -> str:
    top = min((panel["gridPos"]["y"] for panel in section.panels), default=0)
    inside = "".join(_panel(panel, top, panels[panel["id"]], scene) for panel in section.panels)
    grid = f'<div class="grid">\n{inside}</div>\n'
    if not section.title:
        return grid
    title = escaped(expand_text(section.title, scene.view))
    state = "" if section.collapsed else " open"
    return f"<details{state}><summary><h2>{title}</h2></summary>\n{grid}</details>\n"


def _panel(panel: Json, top: int, inside: Drawn, scene: Scene) -> str:
    place = panel["gridPos"]
    style = (
        f"grid-column:{place['x'] + 1}/span {place['w']};"
        f"grid-row:{place['y'] - top + 1}/span {place['h']};"
        f"--height:{place['h'] * (CELL_PX + GAP_PX) - GAP_PX}px"
    )
    title = escaped(expand_text(str(panel.get("title") or ""), scene.view))
    about = str(panel.get("description") or "")
    tip = (
        f'<span class="about" tabindex="0" aria-label="{escaped(about)}">i'
        f'<span class="tip">{escaped(about)}</span></span>'
        if about
        else ""
    )
    head = f"<h3>{title}</h3>{tip}" if title else ""
    return (
        f'<section class="panel kind-{escaped(panel["type"])}" id="panel-{panel["id"]}" '
        f'style="{style}"><div class="head">{head}</div>{inside.html}</section>\n'
    )


def _digest(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()


def _embedded(charts: Mapping[str, Json | None]) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(charts, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
