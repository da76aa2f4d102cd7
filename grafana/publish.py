"""Boards into a running Grafana, and back for comparison: all that talks to Grafana's HTTP API.

Delivery: a board is replaced as a whole, by its uid. Pushing it again changes nothing, and writes
nothing. A push that fails has changed at most the boards told before.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, urlsplit

from grafana_api.grafana_face import GrafanaFace

from grafana.boards import FOLDER, FOLDER_UID
from grafana.difference import differences, pushed
from grafana.refusals import MAKE_TOKEN, NotThere, stranger, told
from grafana.walk import Json
from pipeline.errors import GrafanaError, SettingsError, UsageError
from pipeline.settings import GrafanaSettings

TIMEOUT_S = 15.0
MESSAGE = "pulse dashboards push"


class State(StrEnum):
    """What a push does to a board, or did."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "unchanged"


@dataclass(frozen=True)
class Outcome:
    """One board: its state before the push, and what differs from Grafana's copy."""

    uid: str
    title: str
    state: State
    changes: tuple[str, ...] = ()
    url: str = ""


class Grafana:
    """One Grafana. Every method raises GrafanaError with what to do."""

    def __init__(self, settings: GrafanaSettings) -> None:
        self.address = settings.url.rstrip("/")
        token = settings.token.get_secret_value().strip()
        if not token or not token.isascii():
            raise UsageError(
                "There is no usable token for Grafana",
                where=self.address,
                remedy=MAKE_TOKEN,
            )
        parts = _parts(settings.url)
        path = parts.path.strip("/")
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        self._face = GrafanaFace(
            auth=token,
            host=host,
            port=parts.port,
            url_path_prefix=f"{path}/" if path else "",
            protocol=parts.scheme,
            timeout=TIMEOUT_S,
        )
        self._recognise()

    def compare(self, board: Json) -> Outcome:
        """What a push of `board` would do; nothing is written."""
        return self._compare(board)[0]

    def _compare(self, board: Json) -> tuple[Outcome, int | None]:
        """The outcome, and the version of Grafana's copy that it was compared with."""
        uid, title = str(board["uid"]), str(board["title"])
        copy = self._get(uid)
        if copy is None:
            return Outcome(uid, title, State.NEW), None
        meta = copy.get("meta") or {}
        changes = differences(pushed(board), copy["dashboard"])
        if meta.get("folderUid") not in (None, FOLDER_UID):
            changes.append(f"folder: {meta.get('folderTitle') or 'General'} -> {FOLDER}")
        if changes and meta.get("provisioned"):
            raise GrafanaError(
                f"Grafana reads the board {uid} from a file and refuses to change it",
                where=self.address,
                remedy="Put the boards of this version where Grafana reads them "
                "(grafana/provisioning), or take that file away and push again.",
            )
        state = State.CHANGED if changes else State.SAME
        outcome = Outcome(uid, title, state, tuple(changes), self._url(meta.get("url")))
        return outcome, copy["dashboard"].get("version")

    def push(self, board: Json) -> Outcome:
        """Make Grafana's copy what `board` is; the folder too, if it is missing.

        A copy that somebody saves in between is not overwritten: GrafanaError says so.
        """
        outcome, version = self._compare(board)
        if outcome.state is State.SAME:
            return outcome
        self._folder()
        with told(self.address, f"save the board {outcome.uid}"):
            saved = self._face.dashboard.update_dashboard(
                {
                    "dashboard": {**pushed(board), "id": None, "version": version},
                    "folderUid": FOLDER_UID,
                    "overwrite": False,
                    "message": MESSAGE,
                }
            )
        return Outcome(
            outcome.uid,
            outcome.title,
            outcome.state,
            outcome.changes,
            self._url(saved.get("url")),
        )

    def _recognise(self) -> None:
        """Raise GrafanaError unless a Grafana answers there."""
        try:
            with told(self.address, "ask for its health"):
                health = self._face.api.GET("/health")
        except NotThere as error:
            raise stranger(self.address) from error
        if not isinstance(health, dict) or "database" not in health:
            raise stranger(self.address)

    def _get(self, uid: str) -> dict[str, Any] | None:
        try:
            with told(self.address, f"show the board {uid}"):
                found: dict[str, Any] = self._face.dashboard.get_dashboard(uid)
        except NotThere:
            return None
        if not isinstance(found, dict) or not isinstance(found.get("dashboard"), dict):
            raise stranger(self.address)
        return found

    def _folder(self) -> None:
        try:
            with told(self.address, f"show the folder {FOLDER}"):
                self._face.folder.get_folder(FOLDER_UID)
        except NotThere:
            with told(self.address, f"make the folder {FOLDER}"):
                self._face.folder.create_folder(FOLDER, uid=FOLDER_UID)

    def _url(self, path: object) -> str:
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}{path}" if path else ""


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname:
            _ = parts.port  # raises ValueError when it is no port
            return parts
    except ValueError:
        pass
    raise SettingsError(
        "The address of Grafana is no URL",
        where=f"PULSE_GRAFANA__URL={url}",
        remedy="Write it like http://127.0.0.1:3000.",
    )
