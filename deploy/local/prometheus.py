"""Prometheus and Alertmanager, each from configuration text that its caller rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from deploy.local.ports import HOST
from deploy.local.process import Server
from deploy.local.stack import Programs


class _HttpServer(Server):
    """What both have in common: `/-/ready` says when they can be used."""

    @property
    def url(self) -> str:
        """Where its pages and its API are."""
        return f"http://{self.address}"

    def healthy(self) -> bool:
        """Whether `/-/ready` answers 200."""
        connection = HTTPConnection(HOST, self.ports[0], timeout=2)
        try:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200
        except (HTTPException, OSError):
            return False
        finally:
            connection.close()


class Alertmanager(_HttpServer):
    """One Alertmanager, no cluster. Silences and the record of notifications are kept."""

    name = "alertmanager"

    def __init__(self, folder: Path, programs: Programs, *, config: str) -> None:
        super().__init__(folder, programs)
        self._config = config

    def prepare(self) -> Sequence[str | Path]:
        """Write alertmanager.yml, return the command."""
        config = self.folder / "alertmanager.yml"
        config.write_text(self._config)
        return [
            self.programs.alertmanager,
            f"--config.file={config}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
        ]


class Prometheus(_HttpServer):
    """One Prometheus. `rules` maps file names to their text; `config` names those files.

    A file is named relative to `config`, as in `rule_files: [alerts.yml]`.
    """

    name = "prometheus"

    def __init__(
        self,
        folder: Path,
        programs: Programs,
        *,
        config: str,
        rules: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(folder, programs)
        self._files = {**(rules or {}), "prometheus.yml": config}

    def prepare(self) -> Sequence[str | Path]:
        """Write prometheus.yml and the rule files, return the command."""
        for name, text in self._files.items():
            (self.folder / name).write_text(text)
        return [
            self.programs.prometheus,
            f"--config.file={self.folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={self.address}",
            # Made for evaluations each second: an alert is sent again, and taken up again after
            # a restart, within seconds instead of minutes.
            "--rules.alert.resend-delay=5s",
            "--rules.alert.for-grace-period=0s",
            # What was scraped before a restart, perhaps from another port, is no news after it.
            "--query.lookback-delta=10s",
        ]
