"""A board's queries, run: SQL on the store or at its owner, PromQL at Prometheus, side by side.

A query that fails is its panel's affair; the others go on. Panels that read the store lie on event
time, those that read Prometheus on wall time, which differ only where the clock runs faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from grafana.macros import View, expand_promql, expand_sql
from grafana.page.drawn import Answered, Event
from grafana.page.frame import Frame, legend, of_matrix, of_table, of_vector, table_of_vector
from grafana.signals import Source
from grafana.walk import panels
from pipeline.clock import SharedClock, wall_ms
from pipeline.errors import PrometheusGone, PulseError
from pipeline.operations.asking import Ask, asker
from pipeline.operations.board_view import Wish, choices, grid, paced, view_of
from pipeline.operations.prometheus_api import PrometheusApi
from pipeline.progress import Progress
from pipeline.settings import Settings

Json = Mapping[str, Any]

AT_ONCE = 4
ANNOTATION_STEP_S = 60


@dataclass(frozen=True)
class BoardRun:
    """Every panel's answer by its id, what happened meanwhile, and the view by event time."""

    answers: Mapping[int, Answered]
    events: Sequence[Event]
    view: View


@dataclass(frozen=True)
class _Sources:
    """Who is asked, and for which times. `away`: no Prometheus is there, and none was named."""

    ask: Ask
    prometheus: PrometheusApi
    away: bool
    event: View
    wall: View


def run_board(
    settings: Settings, board: Json, wish: Wish, *, named: bool, progress: Progress
) -> BoardRun:
    """Run every query of the board.

    `named`: somebody said where Prometheus is, so that its absence is a fault of each panel that
    reads it; otherwise those panels are offline. Raises what opening the store raises.
    """
    with (
        asker(settings) as ask,
        closing(PrometheusApi(settings.prometheus_url)) as prometheus,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        event_s = SharedClock(settings.clock_file).now_ms() // 1000

        def first(sql: str, view: View) -> Sequence[str]:
            return choices(sql, view, ask)

        sources = _Sources(
            ask,
            prometheus,
            away=not named and not _answers(prometheus),
            event=view_of(board, wish, event_s, first),
            wall=view_of(board, wish, wall_ms() // 1000, first),
        )
        asked: dict[Future[Answered], Json] = {
            pool.submit(_panel, panel, sources): panel for panel in panels(board)
        }
        answers = {}
        for done, future in enumerate(as_completed(asked), start=1):
            answers[asked[future]["id"]] = future.result()
            progress("Panels", done, len(asked))
        for panel in _wordy(board):
            answers[panel["id"]] = Answered(sources.event)
        return BoardRun(answers, _events(board, sources), sources.event)


def _answers(prometheus: PrometheusApi) -> bool:
    try:
        prometheus.instant("1", wall_ms() / 1000)
    except PrometheusGone:
        return False
    return True


def _wordy(board: Json) -> Iterator[Json]:
    """Panels of text, which ask nothing."""
    for panel in board["panels"]:
        yield from (one for one in [panel, *panel.get("panels", ())] if one["type"] == "text")


def _panel(panel: Json, sources: _Sources) -> Answered:
    stored = any("rawSql" in target for target in panel.get("targets") or ())
    view = paced(sources.event if stored else sources.wall, panel, counted=stored)
    frames: list[Frame] = []
    try:
        for target in panel.get("targets") or ():
            if "rawSql" in target:
                frames += _stored(panel, target, view, sources.ask)
            elif sources.away:
                return Answered(view, offline=True)
            else:
                frames += _scraped(panel, target, view, sources.prometheus)
    except PulseError as error:
        return Answered(view, fault=str(error))
    return Answered(view, frames)


def _stored(panel: Json, target: Json, view: View, ask: Ask) -> Sequence[Frame]:
    answer = ask(expand_sql(str(target["rawSql"]), view))
    ranged = target.get("queryType") == "timeseries" or target.get("format") == 0
    return of_table(answer.to_dict(as_series=False), str(target["refId"]), ranged=ranged)


def _scraped(panel: Json, target: Json, view: View, prometheus: PrometheusApi) -> Sequence[Frame]:
    expression, ref = expand_promql(str(target["expr"]), view), str(target["refId"])
    form = str(target.get("legendFormat") or "")
    if target.get("range"):
        moments = grid(view)
        return of_matrix(prometheus.over(expression, moments), form, ref, moments)
    answer = prometheus.instant(expression, view.to_s)
    if target.get("format") == "table":
        return table_of_vector(answer, ref, alone=len(panel["targets"]) == 1)
    return of_vector(answer, form, ref)


def _events(board: Json, sources: _Sources) -> Sequence[Event]:
    """The annotations that are on; one that cannot be had is left out: panels stand without."""
    found: list[Event] = []
    for annotation in (board.get("annotations") or {}).get("list") or ():
        if not annotation.get("enable", True):
            continue
        try:
            if annotation.get("expr") and not sources.away:
                found += _firing(annotation, sources)
            elif sql := _annotation_sql(annotation):
                found += _rows(sources.ask(expand_sql(sql, sources.event)).to_dicts())
        except PulseError:
            continue
    return found


def _firing(annotation: Json, sources: _Sources) -> Iterator[Event]:
    """Each time that a series of the annotation was there without a gap, this moment included."""
    view = paced(sources.wall, {"interval": f"{ANNOTATION_STEP_S}s"})
    moments = grid(view)
    expression = expand_promql(str(annotation["expr"]), sources.wall)
    for series in sources.prometheus.over(expression, moments):
        parts = (annotation.get("titleFormat"), annotation.get("textFormat"))
        title = " · ".join(legend(str(form), series["metric"]).strip() for form in parts if form)
        times = [round(float(at)) for at, _ in series["values"]]
        start = before = times[0]
        for at in times[1:]:
            if at - before > moments.step:
                yield Event(start, before, title)
                start = at
            before = at
        yield Event(start, before, title)


def _annotation_sql(annotation: Json) -> str:
    source = (annotation.get("datasource") or {}).get("uid")
    if source != f"${{{Source.CLICKHOUSE}}}":
        return ""
    target = annotation.get("target") or annotation
    return str(target.get("rawSql") or target.get("rawQuery") or target.get("query") or "")


def _rows(rows: Sequence[Mapping[str, Any]]) -> Iterator[Event]:
    for row in rows:
        (frame,) = of_table({name: [value] for name, value in row.items()}, "", ranged=False)
        found = {column.name: column.values[0] for column in frame.columns}
        start = found.get("time")
        if isinstance(start, int | float):
            end = found.get("timeEnd") or start
            words = [str(found[name]) for name in ("title", "text") if found.get(name)]
            yield Event(_s(start), _s(end), " · ".join(words))


def _s(moment: float) -> float:
    """Epoch seconds of a moment that may be in milliseconds."""
    return moment / 1000 if moment > 1e11 else moment
