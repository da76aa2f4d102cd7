"""The parts that `pulse doctor` asks over HTTP: worker, Prometheus, Alertmanager, Grafana."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from pipeline.alerting.health import WATCHDOG
from pipeline.alerting.site import JOB
from pipeline.catalog.series import CAUGHT_UP
from pipeline.counted import counted
from pipeline.errors import PulseError
from pipeline.operations.checkup import Finding, State, failed, shown
from pipeline.settings import GrafanaSettings, Settings
from sinks.endpoint_request import url_of

SECONDS = 5.0

Look = Callable[[Settings], Finding]


class _NotThere(PulseError):
    """Nobody answers at that address."""


def _whatever_answers(look: Look) -> Look:
    """The same look, for which an answer of some other program is a finding too."""

    @wraps(look)
    def told(settings: Settings) -> Finding:
        try:
            return look(settings)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            remedy = "Is this its address, or does another program answer there?"
            return Finding(look.__name__, State.FAIL, "what answers is something else", remedy)

    return told


@_whatever_answers
def worker(settings: Settings) -> Finding:
    """The worker of this machine, by its /metrics."""
    url = f"{url_of(settings.metrics_host, settings.metrics_port)}/metrics"
    try:
        text = _get(url).text
    except _NotThere:
        told = f"no worker answers on {url}"
        remedy = "Start `pulse up` or `pulse worker`; or set PULSE_METRICS_PORT to its port."
        return Finding("worker", State.ABSENT, told, remedy)
    except PulseError as error:
        return failed("worker", error)
    caught_up = {
        sample.labels["partition"]: sample.value
        for family in text_string_to_metric_families(text)
        if family.name == CAUGHT_UP.name
        for sample in family.samples
    }
    if not caught_up:
        told = f"{url} answers, but is no worker of ours, or owns no partition yet"
        return Finding("worker", State.FAIL, told, "Look into its log.")
    behind = sorted(number for number, value in caught_up.items() if not value)
    if behind:
        told = f"partitions {', '.join(behind)} are behind, or another worker's"
        remedy = "Wait if it has just begun; else look at lag on the board and into its log."
        return Finding("worker", State.FAIL, told, remedy)
    return Finding("worker", State.OK, f"caught up in {counted(len(caught_up), 'partition')}")


@_whatever_answers
def prometheus(settings: Settings) -> Finding:
    """Whether Prometheus is there, scrapes us, and has our rules."""
    url = shown(settings.prometheus_url)
    try:
        targets = _api(f"{settings.prometheus_url}/api/v1/targets")["activeTargets"]
        groups = _api(f"{settings.prometheus_url}/api/v1/rules")["groups"]
    except PulseError as error:
        return _missing("prometheus", "prometheus_url", settings, error)
    ours = [target for target in targets if target["labels"].get("job") == JOB]
    down = [target["scrapeUrl"] for target in ours if target["health"] != "up"]
    rules = {rule["name"] for group in groups for rule in group["rules"]}
    remedy = "deploy/prometheus has its configuration and rules."
    if not ours:
        return Finding("prometheus", State.FAIL, f"{url} has no job {JOB}", remedy)
    if WATCHDOG not in rules:
        return Finding("prometheus", State.FAIL, f"{url} has none of our rules", remedy)
    if down:
        told = f"{url} cannot scrape {', '.join(down)}"
        return Finding("prometheus", State.FAIL, told, "Is the worker up, and this its address?")
    return Finding("prometheus", State.OK, f"{url} scrapes {len(ours)}, has {len(rules)} rules")


@_whatever_answers
def alertmanager(settings: Settings) -> Finding:
    """Whether Alertmanager is there and hears the watchdog, that is, hears Prometheus."""
    url = shown(settings.alertmanager_url)
    try:
        alerts = _json(f"{settings.alertmanager_url}/api/v2/alerts")
    except PulseError as error:
        return _missing("alertmanager", "alertmanager_url", settings, error)
    if not any(alert["labels"].get("alertname") == WATCHDOG for alert in alerts):
        remedy = "Name this Alertmanager in Prometheus' configuration (`alerting:`)."
        return Finding("alertmanager", State.FAIL, f"{url} hears no {WATCHDOG}", remedy)
    return Finding("alertmanager", State.OK, f"{url} hears the watchdog")


@_whatever_answers
def grafana(settings: Settings) -> Finding:
    """Whether Grafana is there, and takes our token if there is one."""
    url, token = shown(settings.grafana.url), settings.grafana.token.get_secret_value()
    try:
        version = _json(f"{settings.grafana.url}/api/health")["version"]
    except PulseError as error:
        return _missing("grafana", "url", settings.grafana, error)
    if not token:
        return Finding("grafana", State.OK, f"{url}, version {version}; without a token")
    try:
        _json(f"{settings.grafana.url}/api/org", token=token)
    except PulseError as error:
        return failed("grafana", error)
    return Finding("grafana", State.OK, f"{url}, version {version}, takes the token")


def _missing(
    part: str, field: str, settings: Settings | GrafanaSettings, error: PulseError
) -> Finding:
    """A part that is not well; absent if nobody answers where nobody said that it is."""
    if field in settings.model_fields_set or not isinstance(error, _NotThere):
        return failed(part, error)
    prefix = "PULSE_GRAFANA__" if isinstance(settings, GrafanaSettings) else "PULSE_"
    remedy = f"If you have one, set {prefix}{field.upper()}."
    return Finding(part, State.ABSENT, f"none on {getattr(settings, field)}", remedy)


def _api(url: str) -> Any:
    return _json(url)["data"]


def _json(url: str, *, token: str = "") -> Any:
    return _get(url, token=token).json()


def _get(url: str, *, token: str = "") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    where = shown(url)
    try:
        answer = httpx.get(url, headers=headers, timeout=SECONDS, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _NotThere(
            f"It does not answer: {error or type(error).__name__}",
            where=where,
            remedy="Is it up, and this its address?",
        ) from error
    if answer.status_code in (401, 403):
        if token:
            remedy = "Make a service account with the role Editor, and set PULSE_GRAFANA__TOKEN."
        else:
            remedy = "Write user and password into its address: http://user:password@host:port."
        raise PulseError(f"It lets nobody in ({answer.status_code})", where=where, remedy=remedy)
    if answer.is_error:
        told = f"It answers {answer.status_code} {answer.reason_phrase}"
        raise PulseError(told, where=where, remedy="Is this its address?")
    return answer
