"""Questions to Prometheus over its HTTP API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from pipeline.errors import PrometheusError, PrometheusGone

Result = Sequence[Mapping[str, Any]]

_TIMEOUT = httpx.Timeout(60.0, connect=3.0)


class PrometheusApi:
    """The server at `url`; from any thread. Raises PrometheusGone, or PrometheusError for a no."""

    def __init__(self, url: str) -> None:
        self.address = url.rstrip("/")
        try:
            self._http = httpx.Client(base_url=self.address, timeout=_TIMEOUT, trust_env=False)
        except httpx.InvalidURL as error:
            raise self._gone(f"is no URL: {error}") from error

    def instant(self, expression: str, at_s: float) -> Result:
        """Samples of an expression at one moment of wall time."""
        return self._ask("/api/v1/query", {"query": expression, "time": f"{at_s:.3f}"})

    def over(self, expression: str, grid: range) -> Result:
        """Series of an expression at each moment of the grid."""
        return self._ask(
            "/api/v1/query_range",
            {"query": expression, "start": grid[0], "end": grid[-1], "step": grid.step},
        )

    def close(self) -> None:
        """Disconnect."""
        self._http.close()

    def _ask(self, path: str, parameters: Mapping[str, Any]) -> Result:
        try:
            answer = self._http.post(path, data=dict(parameters))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._gone(f"does not answer: {error}") from error
        try:
            said = answer.json()
            if said["status"] == "success":
                return list(said["data"]["result"])
            what = str(said["error"])
        except (KeyError, TypeError, ValueError) as error:
            raise self._gone(f"is something else: HTTP {answer.status_code}") from error
        raise PrometheusError(
            f"Prometheus refuses the query: {what}",
            where=str(parameters["query"]),
            remedy="Is its version 2.45 or later?",
        )

    def _gone(self, what: str) -> PrometheusGone:
        return PrometheusGone(
            f"Prometheus {what}",
            where=self.address,
            remedy="Name it with --prometheus URL or PULSE_PROMETHEUS_URL.",
        )
