"""Grafana with our data sources and boards, for the demo: whoever opens it may look, none edit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.ports import HOST
from deploy.local.process import Server
from deploy.local.stack import ROOT, Programs
from pipeline.errors import PulseError

PROGRAMS = ("grafana", "grafana-server")
"""Names of the program: since Grafana 9.4, and before."""

PLUGIN = "grafana-clickhouse-datasource"
PLUGIN_FOLDERS = (Path("/var/lib/grafana/plugins"),)
"""Where a packaged Grafana keeps its plugins, unless GF_PATHS_PLUGINS says otherwise."""

HOMES = (Path("/usr/share/grafana"),)
"""Where a packaged Grafana keeps its own files, if not beside its program."""

_ASSETS = Path("conf") / "defaults.ini"


def find_program() -> Path | None:
    """Grafana's server on PATH."""
    found = (shutil.which(name) for name in PROGRAMS)
    return next((Path(each) for each in found if each), None)


def find_home(program: Path) -> Path:
    """The folder of Grafana's own files. PulseError when there is none."""
    beside = program.resolve().parent.parent
    for folder in (os.environ.get("GF_PATHS_HOME"), beside, *HOMES):
        if folder and (Path(folder) / _ASSETS).is_file():
            return Path(folder)
    raise PulseError(
        "Grafana's own files are not found",
        where=str(program),
        remedy=f"Set GF_PATHS_HOME to the folder that holds {_ASSETS}.",
    )


def find_plugins() -> Path:
    """The folder of plugins that holds the ClickHouse plugin. PulseError when none does."""
    named = os.environ.get("GF_PATHS_PLUGINS")
    folders = (Path(named),) if named else PLUGIN_FOLDERS
    for folder in folders:
        if (folder / PLUGIN / "plugin.json").is_file():
            return folder
    raise PulseError(
        f"Grafana's plugin {PLUGIN} is not installed",
        where=", ".join(map(str, folders)),
        remedy=f"Run `grafana cli plugins install {PLUGIN}` (before 9.4: grafana-cli), or set"
        " GF_PATHS_PLUGINS to the folder that holds it.",
    )


class Grafana(Server):
    """One Grafana on 127.0.0.1, data below its folder. Anyone may view, without an account.

    `sql_url`: the embedded store's endpoint; `prometheus_url`: Prometheus. PulseError unless
    Grafana's program, its own files and the ClickHouse plugin are there.
    """

    name = "grafana"
    start_seconds = 120.0

    def __init__(
        self,
        folder: Path,
        programs: Programs,
        *,
        sql_url: str,
        prometheus_url: str,
    ) -> None:
        super().__init__(folder, programs)
        program = find_program()
        if program is None:
            raise PulseError(
                "Grafana is not found", where="PATH", remedy="Install it, or go without."
            )
        self._program = program
        self._home, self._plugins = find_home(program), find_plugins()
        sql = urlsplit(sql_url)
        self._sources = {
            "PULSE_CLICKHOUSE_HOST": str(sql.hostname),
            "PULSE_CLICKHOUSE_PORT": str(sql.port),
            "PULSE_CLICKHOUSE_PROTOCOL": "http",
            "PULSE_CLICKHOUSE_USER": "default",
            "PULSE_CLICKHOUSE_PASSWORD": "",
            "PULSE_PROMETHEUS_URL": prometheus_url,
        }

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://{self.address}"

    @property
    def environment(self) -> Mapping[str, str]:
        """Its configuration: no other is read but Grafana's own defaults."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("GF_")}
        return {
            **kept,
            **self._sources,
            "GF_PATHS_DATA": str(self._data),
            "GF_PATHS_LOGS": str(self.folder / "logs"),
            "GF_PATHS_PLUGINS": str(self._plugins),
            "GF_PATHS_PROVISIONING": str(ROOT / "grafana" / "provisioning"),
            "GF_SERVER_HTTP_ADDR": HOST,
            "GF_SERVER_HTTP_PORT": str(self.ports[0]),
            "GF_AUTH_ANONYMOUS_ENABLED": "true",
            "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
            "GF_AUTH_DISABLE_LOGIN_FORM": "true",
            "GF_AUTH_BASIC_ENABLED": "false",
            "GF_USERS_ALLOW_SIGN_UP": "false",
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
            "GF_NEWS_NEWS_FEED_ENABLED": "false",
            "GF_PLUGINS_PREINSTALL_DISABLED": "true",
            "GF_DASHBOARDS_MIN_REFRESH_INTERVAL": "1s",
        }

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def prepare(self) -> Sequence[str | Path]:
        """Lay the boards where provisioning looks for them, return the command."""
        self._data.mkdir(parents=True, exist_ok=True)
        boards = self._data / "boards"
        if boards.is_symlink() or not boards.exists():
            boards.unlink(missing_ok=True)
            boards.symlink_to(ROOT / "grafana" / "boards")
        verb = [] if self._program.name == "grafana-server" else ["server"]
        return [self._program, *verb, "--homepath", self._home]

    def healthy(self) -> bool:
        """Whether it answers and its database is well."""
        connection = HTTPConnection(HOST, self.ports[0], timeout=2)
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == 200
        except (HTTPException, OSError):
            return False
        finally:
            connection.close()
