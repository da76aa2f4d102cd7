"""The overview as a page, from a real store and a real Prometheus that has scraped a worker."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.browser import chromium, look
from deploy.local.servers import Prometheus
from grafana.library import BOARDS
from grafana.walk import panels
from pipeline.errors import PrometheusError
from pipeline.operations.board_queries import BoardRun, run_board
from pipeline.operations.board_view import Wish
from pipeline.operations.prometheus_api import PrometheusApi
from pipeline.progress import unwatched
from pipeline.settings import Settings
from tests.grafana.filled import fill
from tests.grafana.test_promql import FALLEN, scraped
from tests.pipeline.cli.test_board import charts, run
from tests.reference.stored import migrated_store

pytestmark = pytest.mark.server

__all__ = ["scraped"]


@pytest.fixture(scope="module")
def settings(
    scraped: Prometheus,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("live")
    with migrated_store(folder / "store") as store:
        fill(store, int(time.time()))
    yield Settings(store=f"chdb:{folder / 'store'}", state_dir=folder, prometheus_url=scraped.url)


def seen(settings: Settings, board: Any, **variables: list[str]) -> BoardRun:
    return run_board(settings, board, Wish(-3_600, 0, variables), named=True, progress=unwatched)


@pytest.mark.parametrize("board", BOARDS, ids=[board.uid for board in BOARDS])
def test_no_panel_of_any_board_fails(settings: Settings, board: Any) -> None:
    found = seen(settings, board.json())
    assert {panel["id"] for panel in panels(board.json())} <= found.answers.keys()
    assert [one.fault for one in found.answers.values() if one.fault] == []
    assert not any(one.offline for one in found.answers.values())


def test_the_alert_that_fires_is_a_band_of_the_page(settings: Settings) -> None:
    (board,) = (board for board in BOARDS if board.uid == "community-overview")
    events = seen(settings, board.json()).events
    assert any(FALLEN in event.title and "Drop" in event.title for event in events)
    assert all(event.from_s <= event.to_s for event in events)


def test_the_overview_shows_every_panel(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PULSE_STORE", settings.store)
    monkeypatch.setenv("PULSE_STATE_DIR", str(settings.state_dir))
    to = tmp_path / "overview.html"
    words = ("overview", "--html", str(to), "--prometheus", settings.prometheus_url, "--json")
    told = json.loads(run(capsys, *words)[0])
    assert (told["offline"], told["faults"]) == (0, [])
    page = to.read_text()
    assert FALLEN in page
    # The fallen group: 60 of 1,000 where 300 were expected.
    assert re.search(r"color:var\(--red\)[^>]*>-80\.0%", page)
    if chromium() is not None:
        looked = look(to, every_row=True)
        assert looked.console == []
        assert f'data-drawn="{len(charts(page))}"' in looked.dom


def test_what_prometheus_refuses_is_told_with_the_query(settings: Settings) -> None:
    api = PrometheusApi(settings.prometheus_url)
    with pytest.raises(PrometheusError, match="refuses the query") as told:
        api.instant("sum(", 1.0)
    assert told.value.where == "sum("
    api.close()


def test_another_program_at_that_address_is_no_prometheus(
    settings: Settings, scraped: Prometheus
) -> None:
    api = PrometheusApi(f"{scraped.url}/somewhere")
    with pytest.raises(PrometheusError, match="is something else"):
        api.instant("1", 1.0)
    api.close()
