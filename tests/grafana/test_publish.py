"""Pushing to a server that answers as Grafana's API documentation says."""

from __future__ import annotations

import copy
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from deploy.local.ports import free_ports
from grafana.publish import Grafana as Client
from grafana.publish import State
from pipeline.errors import GrafanaError, SettingsError, UsageError
from pipeline.settings import GrafanaSettings
from tests.grafana.fake_grafana import TOKEN, VIEWER, Answer, Grafana, serving

UID = "community-overview"
Board = Mapping[str, Any]


@pytest.fixture(params=["", "/monitoring/grafana"], ids=["root", "sub-path"])
def grafana(request: pytest.FixtureRequest) -> Iterator[Grafana]:
    with serving(Grafana(prefix=request.param)) as server:
        yield server


def client(server: Grafana, token: str = TOKEN) -> Client:
    return Client(GrafanaSettings(url=server.url, token=token))


def test_a_board_is_made_with_its_folder(grafana: Grafana, overview: Board) -> None:
    outcome = client(grafana).push(overview)
    assert (outcome.uid, outcome.state) == (UID, State.NEW)
    assert outcome.url == f"{grafana.url}/d/{UID}/slug"
    assert grafana.folders == {"community": "Community"}
    kept = grafana.dashboards[UID]
    assert kept["folder"] == "community"
    assert kept["json"]["panels"] == overview["panels"]
    assert "__comment" not in kept["json"]


def test_a_second_push_changes_nothing_and_says_so(grafana: Grafana, overview: Board) -> None:
    client(grafana).push(overview)
    written = len(grafana.writes)
    again = client(grafana).push(overview)
    assert (again.state, again.changes) == (State.SAME, ())
    assert len(grafana.writes) == written
    assert grafana.dashboards[UID]["json"]["version"] == 1


def test_a_changed_copy_is_told_and_then_replaced(grafana: Grafana, overview: Board) -> None:
    client(grafana).push(overview)
    copied = grafana.dashboards[UID]["json"]
    copied["title"] = "Mine"
    copied["panels"][1]["targets"][0]["expr"] = "up"
    del copied["panels"][2]
    found = client(grafana).compare(overview)
    assert found.state is State.CHANGED
    title, expr, panel = found.changes
    assert title == 'title: "Mine" -> "Community / Overview"'
    assert expr.startswith('panels.2 (In group rate 在群率).targets[0].expr: "up" -> "sum(')
    assert panel == "panels.3 (Daily active rate 社群日活跃率): added"
    assert client(grafana).push(overview).state is State.CHANGED
    assert client(grafana).compare(overview).state is State.SAME


def test_what_somebody_saves_meanwhile_is_not_overwritten(
    grafana: Grafana, overview: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(grafana).push(overview)
    kept = grafana.dashboards[UID]["json"]
    kept["title"] = "Ours"
    late = client(grafana)

    def folder_and_a_save_of_another() -> None:
        kept["version"] += 1

    monkeypatch.setattr(late, "_folder", folder_and_a_save_of_another)
    with pytest.raises(GrafanaError, match="meanwhile"):
        late.push(overview)
    assert grafana.dashboards[UID]["json"]["title"] == "Ours"


def test_to_compare_writes_nothing(grafana: Grafana, overview: Board) -> None:
    assert client(grafana).compare(overview).state is State.NEW
    assert grafana.writes == []


def test_a_viewer_may_compare_and_not_push(grafana: Grafana, overview: Board) -> None:
    viewer = client(grafana, VIEWER)
    assert viewer.compare(overview).state is State.NEW
    with pytest.raises(GrafanaError, match=r"may not make the folder Community .*role Editor"):
        viewer.push(overview)


def test_a_board_that_was_moved_comes_back(grafana: Grafana, overview: Board) -> None:
    client(grafana).push(overview)
    grafana.dashboards[UID]["folder"] = ""
    found = client(grafana).push(overview)
    assert found.changes == ("folder: General -> Community",)
    assert grafana.dashboards[UID]["folder"] == "community"


def migrated(board: Board) -> Any:
    """A copy as a later Grafana shows it: migrated, with keys of its own."""
    found = copy.deepcopy(dict(board))
    found.update(schemaVersion=42, preload=False, id=17, version=3)
    found["panels"][1]["pluginVersion"] = "12.1.0"
    found["panels"][1]["options"]["wideLayout"] = True
    return found


def test_what_grafana_itself_migrates_is_no_change(grafana: Grafana, overview: Board) -> None:
    grafana.folders["community"] = "Community"
    grafana.dashboards[UID] = {"json": migrated(overview), "folder": "community"}
    assert client(grafana).push(overview).state is State.SAME


def test_a_panel_more_on_a_migrated_copy_is_a_change(grafana: Grafana, overview: Board) -> None:
    mine = migrated(overview)
    mine["panels"].append({"id": 99, "title": "Mine", "type": "stat"})
    grafana.dashboards[UID] = {"json": mine, "folder": "community"}
    assert client(grafana).compare(overview).changes == ("panels.99 (Mine): removed",)


def test_a_board_from_a_file_is_not_pushed_over(grafana: Grafana, overview: Board) -> None:
    client(grafana).push(overview)
    grafana.provisioned = True
    assert client(grafana).push(overview).state is State.SAME
    grafana.dashboards[UID]["json"]["title"] = "Older"
    with pytest.raises(GrafanaError, match=r"from a file .*grafana/provisioning"):
        client(grafana).push(overview)


SAVE, FOLDERS, SHOW = "/dashboards/db", "/folders", f"/dashboards/uid/{UID}"
REFUSED: list[tuple[str, Answer, str]] = [
    (
        SAVE,
        (412, {"message": "The dashboard has been changed by someone else", "status": "x"}),
        r"changed by someone else .*pulse dashboards diff",
    ),
    (
        SAVE,
        (412, {"message": "The same name already exists", "status": "name-exists"}),
        r"same name already exists .*rename",
    ),
    (SAVE, (400, {"message": "Title cannot be empty"}), r"Title cannot be empty \(HTTP 400\)"),
    (SAVE, (403, {"message": "Access denied"}), r"may not save the board community-overview"),
    (SAVE, (404, {"message": "Dashboard not found"}), r"nothing there to save the board"),
    (SAVE, (500, {"message": "database is locked"}), r"database is locked \(HTTP 500\)"),
    (SAVE, (502, "<html>Bad Gateway, no message</html>"), r"not Grafana|HTTP 502"),
    (SAVE, (200, "<html>Log in</html>"), r"not Grafana"),
    (FOLDERS, (409, {"message": "that name already exists"}), r"Rename the other folder"),
    (SHOW, (401, {"message": "Invalid API key"}), r"does not accept the token .*service account"),
    (SHOW, (200, {"message": "Dashboards moved"}), r"not Grafana"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "answer", "says"), REFUSED)
def test_every_refusal_says_what_to_do(
    grafana: Grafana, overview: Board, path: str, answer: Answer, says: str
) -> None:
    grafana.quirk[path] = answer
    with pytest.raises(GrafanaError, match=says) as told:
        client(grafana).push(overview)
    assert grafana.url in str(told.value)
    assert grafana.dashboards == {}


def test_a_wrong_token_is_told(grafana: Grafana, overview: Board) -> None:
    with pytest.raises(GrafanaError, match="does not accept the token"):
        client(grafana, "old").push(overview)


STRANGERS: list[Answer] = [
    (404, "<html>404 page not found</html>"),
    (404, {"message": "not found"}),
    (200, "<html>It works, says this message</html>"),
    (200, {"status": "ok"}),
    (200, ["ok"]),
]


@pytest.mark.parametrize("answer", STRANGERS)
def test_another_program_at_the_address_is_recognised(grafana: Grafana, answer: Answer) -> None:
    grafana.quirk["/health"] = answer
    with pytest.raises(GrafanaError, match=r"not Grafana .*PULSE_GRAFANA__URL"):
        client(grafana)


def test_a_wrong_sub_path_is_told(grafana: Grafana) -> None:
    settings = GrafanaSettings(url=f"{grafana.url}/elsewhere", token=TOKEN)
    with pytest.raises(GrafanaError, match=r"not Grafana .*sub-path"):
        Client(settings)


def test_nothing_at_the_address_is_told() -> None:
    (port,) = free_ports(1)
    settings = GrafanaSettings(url=f"http://127.0.0.1:{port}", token=TOKEN)
    with pytest.raises(GrafanaError, match="Nothing answers there"):
        Client(settings)


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grafana.publish.TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(GrafanaError, match=r"did not answer in time"):
            Client(GrafanaSettings(url=url, token=TOKEN))


@pytest.mark.parametrize(
    "url", ["grafana:3000", "ftp://x", "http://", "http://x:port", "http://[x"]
)
def test_an_address_that_is_no_url_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="no URL"):
        Client(GrafanaSettings(url=url, token=TOKEN))


@pytest.mark.parametrize("token", ["", " \n", "tökén…"])
def test_without_a_token_nothing_is_asked(token: str) -> None:
    with pytest.raises(UsageError, match=r"token .*PULSE_GRAFANA__TOKEN"):
        Client(GrafanaSettings(url="http://127.0.0.1:9", token=token))
