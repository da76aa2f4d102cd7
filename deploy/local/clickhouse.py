"""A ClickHouse server for the tests of the server store: Debian's 18.16, or one found on PATH."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from string import Template

from clickhouse_driver import Client
from clickhouse_driver.errors import Error

from deploy.local.ports import HOST
from deploy.local.process import Server
from pipeline.errors import PulseError

_HERE = Path(__file__).parent
_CONFIG = Template((_HERE / "clickhouse-config.xml.tmpl").read_text())
_USERS = _HERE / "clickhouse-users.xml"


class ClickHouse(Server):
    """One server: user `default`, no password, UTC. Tables survive any end of it."""

    name = "clickhouse"
    port_count = 2

    def url(self, database: str = "default") -> str:
        """The address of `database` as the `store` setting writes it."""
        return f"clickhouse://default:@{self.address}/{database}"

    def prepare(self) -> Sequence[str | Path]:
        """Write config.xml and users.xml, return the command."""
        if self.programs.clickhouse_server is None:
            raise PulseError(
                "clickhouse-server is not found", remedy="Run `deploy/local/setup.sh test`."
            )
        config = self.folder / "config.xml"
        port, http_port = self.ports
        config.write_text(_CONFIG.substitute(port=port, http_port=http_port, folder=self.folder))
        shutil.copyfile(_USERS, self.folder / "users.xml")
        return [self.programs.clickhouse_server, f"--config-file={config}"]

    def healthy(self) -> bool:
        """Whether `SELECT 1` is answered."""
        client = Client(HOST, self.ports[0], connect_timeout=2, send_receive_timeout=2)
        try:
            return bool(client.execute("SELECT 1") == [(1,)])
        except (Error, OSError):
            return False
        finally:
            client.disconnect()
