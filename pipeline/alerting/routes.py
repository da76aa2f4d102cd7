"""The Alertmanager configuration: who hears what, and which alert silences which."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.alerting.emit import Node, to_yaml
from pipeline.alerting.health import SOURCE_STALE, STALLED, WATCHDOG
from pipeline.alerting.policy import DEFAULTS, Policy, Quiet
from pipeline.alerting.rules import HEADER
from pipeline.alerting.site import DEFAULT_SITE, Site
from pipeline.alerting.timing import PRODUCTION, Timing, duration
from pipeline.catalog.series import EVERY_GROUP
from pipeline.catalog.vocabulary import Severity


def routes_file(
    timing: Timing = PRODUCTION,
    site: Site = DEFAULT_SITE,
    *,
    policy: Policy = DEFAULTS,
    zone: str = "UTC",
) -> str:
    """Critical pages, warnings are noted, info is only shown, the watchdog goes to its own switch.

    A stalled pipeline silences every milestone and every stale source (a worker that does not read
    hears no heartbeat either); a critical alert silences what is milder of the same name and group,
    and one of all groups together those of single groups. Quiet hours of `zone` mute delivery.
    """
    quiet = {severity: _quiet_names(policy, severity) for severity in Severity}
    root = {
        "receiver": "notice",
        "group_by": ["alertname"],
        "group_wait": duration(timing.group_wait_s),
        "group_interval": duration(timing.group_interval_s),
        "repeat_interval": duration(timing.repeat_s),
        "routes": [
            {
                "receiver": "watchdog",
                "matchers": [f'alertname="{WATCHDOG}"'],
                "group_interval": duration(timing.watchdog_repeat_s),
                "repeat_interval": duration(timing.watchdog_repeat_s),
            },
            {"receiver": "nobody", "matchers": [f'severity="{Severity.INFO}"']},
            _route("page", Severity.CRITICAL, quiet),
            _route("notice", Severity.WARNING, quiet),
        ],
    }
    milder = "|".join((Severity.WARNING, Severity.INFO))
    found: dict[str, Node] = {
        "route": root,
        "inhibit_rules": [
            {
                "source_matchers": [f'alertname="{STALLED}"'],
                "target_matchers": [f'alertname=~"{MILESTONE_ALERTS}|{SOURCE_STALE}"'],
            },
            {
                "source_matchers": [f'severity="{Severity.CRITICAL}"'],
                "target_matchers": [f'severity=~"{milder}"'],
                "equal": ["alertname", "group_id"],
            },
            {
                "source_matchers": [f'group_id="{EVERY_GROUP}"'],
                "target_matchers": [
                    f'group_id!="{EVERY_GROUP}"',
                    f'alertname=~"{MILESTONE_ALERTS}"',
                ],
                "equal": ["alertname", "signal", "against"],
            },
        ],
        "receivers": [
            {"name": "nobody"},
            _receiver("page", site.page_url),
            _receiver("notice", site.notice_url),
            _receiver("watchdog", site.watchdog_url),
        ],
    }
    if policy.quiet:
        found["time_intervals"] = [
            {"name": _quiet_name(number), "time_intervals": _intervals(one, zone)}
            for number, one in enumerate(policy.quiet)
        ]
    return to_yaml(found, header=HEADER)


MILESTONE_ALERTS = "Community.+(Drop|Rise|Silence)"
"""Regular expression of the alerts' names that are about a group rather than about us."""


def _route(receiver: str, severity: Severity, quiet: Mapping[Severity, list[str]]) -> Node:
    route: dict[str, Node] = {"receiver": receiver, "matchers": [f'severity="{severity}"']}
    if quiet[severity]:
        route["mute_time_intervals"] = quiet[severity]
    return route


def _quiet_name(number: int) -> str:
    return f"quiet-{number + 1}"


def _quiet_names(policy: Policy, severity: Severity) -> list[str]:
    return [
        _quiet_name(number)
        for number, one in enumerate(policy.quiet)
        if severity.value in one.severities
    ]


def _intervals(quiet: Quiet, zone: str) -> Node:
    interval: dict[str, Node] = {"times": quiet.spans()}
    if quiet.days:
        interval["weekdays"] = list(quiet.days)
    return [interval | {"location": zone}]


def _receiver(name: str, url: str) -> Node:
    if not url:
        return {"name": name}
    return {"name": name, "webhook_configs": [{"url": url, "send_resolved": True}]}
