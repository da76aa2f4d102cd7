"""Every kind of panel that is drawn here, by Grafana's name for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from grafana.page.drawn import Answered, Drawn, Json, Scene, escaped
from grafana.page.frame import Frame
from grafana.page.lines import timeseries
from grafana.page.numbers import bargauge, stat
from grafana.page.shapes import barchart, heatmap, piechart
from grafana.page.table import table
from grafana.page.text import text
from grafana.page.transform import transformed
from pipeline.errors import NotABoard

Draw = Callable[[Json, Sequence[Frame], Scene], Drawn]

KINDS: Mapping[str, Draw] = {
    "barchart": barchart,
    "bargauge": bargauge,
    "gauge": bargauge,
    "heatmap": heatmap,
    "piechart": piechart,
    "stat": stat,
    "table": table,
    "text": text,
    "timeseries": timeseries,
}


def drawn(panel: Json, answered: Answered, scene: Scene) -> Drawn:
    """The panel; where it cannot be drawn, a plain word why."""
    if answered.offline:
        return Drawn(f'<p class="none">{escaped(scene.words.offline)}</p>')
    if answered.fault:
        return _faulty(answered.fault, scene)
    kind = str(panel.get("type"))
    if (draw := KINDS.get(kind)) is None:
        return Drawn(f'<p class="none">{escaped(scene.words.unknown.format(kind=kind))}</p>')
    try:
        frames = transformed(answered.frames, panel)
        return draw(panel, frames, replace(scene, view=answered.view))
    except NotABoard as error:
        return _faulty(str(error), scene)


def _faulty(fault: str, scene: Scene) -> Drawn:
    told = f"{scene.words.failed}: {fault}"
    return Drawn(f'<p class="fault">{escaped(told)}</p>', fault=fault)
