"""A server that answers as Grafana's HTTP API documentation says: status codes and bodies.

It keeps folders and dashboards as Grafana does: it gives ids and counts versions. `quirk` makes
one path answer otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

TOKEN = "glsa_of_an_editor"
VIEWER = "glsa_of_a_viewer"

Answer = tuple[int, object]


@dataclass
class Grafana:
    """Its state, and every request that wrote: (method, path, body)."""

    url: str = ""
    prefix: str = ""
    folders: dict[str, str] = field(default_factory=dict)
    dashboards: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: list[tuple[str, str, Any]] = field(default_factory=list)
    quirk: dict[str, Answer] = field(default_factory=dict)
    provisioned: bool = False

    def answer(self, method: str, path: str, token: str, body: Any) -> Answer:
        if not path.startswith(f"{self.prefix}/api/"):
            return 404, "<html><body>404 page not found</body></html>"
        path = path.removeprefix(f"{self.prefix}/api")
        if path in self.quirk:
            return self.quirk[path]
        if path == "/health":
            return 200, {"commit": "087143285", "database": "ok", "version": "11.6.0"}
        if token not in (TOKEN, VIEWER):
            return 401, {"message": "Invalid API key"}
        if method == "POST" and token == VIEWER:
            return 403, {
                "accessErrorId": "ACE0577385389",
                "message": "You'll need additional permissions to perform this action.",
                "title": "Access denied",
            }
        if method == "POST":
            self.writes.append((method, path, body))
        return self._route(method, path, body)

    def _route(self, method: str, path: str, body: Any) -> Answer:
        match method, path.strip("/").split("/"):
            case "GET", ["dashboards", "uid", uid]:
                return self._shown(uid)
            case "POST", ["dashboards", "db"]:
                return self._saved(body)
            case "GET", ["folders", uid]:
                if uid not in self.folders:
                    return 404, {"message": "folder not found", "status": "not-found"}
                return 200, {"id": 1, "uid": uid, "title": self.folders[uid]}
            case "POST", ["folders"]:
                self.folders[body["uid"]] = body["title"]
                return 200, {"id": 1, "uid": body["uid"], "title": body["title"]}
        return 404, {"message": "Not found"}

    def _shown(self, uid: str) -> Answer:
        if uid not in self.dashboards:
            return 404, {"message": "Dashboard not found", "status": "not-found"}
        kept = self.dashboards[uid]
        meta = {
            "url": f"{self.prefix}/d/{uid}/slug",
            "folderUid": kept["folder"],
            "folderTitle": self.folders.get(kept["folder"], "General"),
            "provisioned": self.provisioned,
            "version": kept["json"]["version"],
        }
        return 200, {"meta": meta, "dashboard": kept["json"]}

    def _saved(self, body: Any) -> Answer:
        board = body["dashboard"]
        if body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        earlier = self.dashboards.get(board["uid"])
        based_on = board.get("version")
        if earlier and not body["overwrite"] and based_on != earlier["json"]["version"]:
            return 412, {
                "message": "The dashboard has been changed by someone else",
                "status": "version-mismatch",
            }
        version = earlier["json"]["version"] + 1 if earlier else 1
        kept = {**board, "id": 17, "version": version}
        self.dashboards[board["uid"]] = {"json": kept, "folder": body["folderUid"]}
        return 200, {
            "id": 17,
            "uid": board["uid"],
            "url": f"{self.prefix}/d/{board['uid']}/slug",
            "status": "success",
            "version": version,
            "slug": "slug",
        }


@contextmanager
def serving(grafana: Grafana) -> Iterator[Grafana]:
    """Let it answer on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            code, answer = grafana.answer(self.command, self.path, token, body)
            is_text = isinstance(answer, str)
            data = (answer if is_text else json.dumps(answer)).encode()  # type: ignore[union-attr]
            self.send_response(code)
            self.send_header("Content-Type", "text/html" if is_text else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _do

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    grafana.url = f"http://127.0.0.1:{server.server_port}{grafana.prefix}"
    try:
        yield grafana
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
