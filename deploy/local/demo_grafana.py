"""The demo's board: Grafana started where there is one, else how to attach one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

from deploy.local.demo_stage import Stage
from deploy.local.grafana import Grafana, find_program
from grafana.overview import OVERVIEW
from pipeline.errors import PulseError

RANGE = "from=now-2d&to=now%2B2d"
"""Two days each way of wall time: the demo's event clock runs ahead of it."""


def show_boards(
    stage: Stage, running: ExitStack, prometheus_url: str, sql_url: str
) -> Mapping[str, str]:
    """Start Grafana, if there is one, and say where the board is; else say how to attach one.

    `sql_url`: the store's SQL endpoint. What is started is left on `running`. A Grafana that does
    not start is told, and is no reason to end the demo.
    """
    if find_program() is None:
        stage.say(
            "No Grafana on PATH. To attach one: ClickHouse (official plugin, protocol HTTP) at"
            f" {sql_url}, Prometheus at {prometheus_url}, then `pulse dashboards push`"
        )
        return {}
    stage.say("Starting Grafana")
    try:
        grafana = running.enter_context(
            Grafana(
                stage.folder.root / "grafana",
                stage.programs,
                sql_url=sql_url,
                prometheus_url=prometheus_url,
            )
        )
    except PulseError as error:
        stage.say(f"Grafana is left out: {error}")
        return {}
    return {"Grafana": f"{grafana.url}/d/{OVERVIEW.uid}?{RANGE}"}
