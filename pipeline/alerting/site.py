"""Where things are at one installation: the only part of the rendered files that differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pipeline.errors import UsageError

JOB = "community-pulse"


@dataclass(frozen=True)
class Site:
    """Addresses written into the rules, the routes and Prometheus' own configuration.

    `runbook` is the URL of deploy/runbook.md; each alert links to its own section of it. The
    three receivers are webhooks: an empty URL keeps that kind of alert within Alertmanager.
    """

    runbook: str = "deploy/runbook.md"
    targets: tuple[str, ...] = ("127.0.0.1:9700",)
    alertmanagers: tuple[str, ...] = ("127.0.0.1:9093",)
    rule_file: str = "alerts.yml"
    page_url: str = "http://127.0.0.1:9094/page"
    notice_url: str = "http://127.0.0.1:9094/notice"
    watchdog_url: str = "http://127.0.0.1:9094/watchdog"


DEFAULT_SITE = Site()


def assigned(text: str) -> tuple[str, str]:
    """KEY=VALUE in its two parts; UsageError if it is not."""
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set {text} is not KEY=VALUE")
    return key, value


def located(addresses: Mapping[str, str]) -> Site:
    """The default site with other addresses, lists written with commas; UsageError for one that is
    unknown, or empty in a list.
    """
    known = asdict(DEFAULT_SITE)
    if unknown := sorted(addresses.keys() - known.keys()):
        raise UsageError(
            f"No such address: {', '.join(unknown)}", remedy=f"There are {', '.join(known)}."
        )
    changes: dict[str, Any] = {
        key: tuple(value.split(",")) if isinstance(known[key], tuple) else value
        for key, value in addresses.items()
    }
    if empty := [key for key, value in changes.items() if isinstance(value, tuple) and "" in value]:
        raise UsageError(
            f"An address is empty: {', '.join(empty)}", remedy="Leave it out for the default."
        )
    return replace(DEFAULT_SITE, **changes)
