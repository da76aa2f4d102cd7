"""The Alertmanager configuration: who hears what, and which alert silences which."""

from __future__ import annotations

from pipeline.alerting.emit import Node, to_yaml
from pipeline.alerting.health import SOURCE_STALE, STALLED, WATCHDOG
from pipeline.alerting.rules import HEADER
from pipeline.alerting.site import DEFAULT_SITE, Site
from pipeline.alerting.timing import PRODUCTION, Timing, duration
from pipeline.catalog.vocabulary import Severity


def routes_file(timing: Timing = PRODUCTION, site: Site = DEFAULT_SITE) -> str:
    """Critical pages, warnings are noted, the watchdog goes to a dead man's switch.

    A stalled pipeline silences every drop and every stale source (a worker that does not read
    hears no heartbeat either); a critical alert silences the warning of the same name and group.
    """
    return to_yaml(
        {
            "route": {
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
                    {"receiver": "page", "matchers": [f'severity="{Severity.CRITICAL}"']},
                ],
            },
            "inhibit_rules": [
                {
                    "source_matchers": [f'alertname="{STALLED}"'],
                    "target_matchers": [f'alertname=~"Community.+Drop|{SOURCE_STALE}"'],
                },
                {
                    "source_matchers": [f'severity="{Severity.CRITICAL}"'],
                    "target_matchers": [f'severity="{Severity.WARNING}"'],
                    "equal": ["alertname", "group_id"],
                },
            ],
            "receivers": [
                _receiver("page", site.page_url),
                _receiver("notice", site.notice_url),
                _receiver("watchdog", site.watchdog_url),
            ],
        },
        header=HEADER,
    )


def _receiver(name: str, url: str) -> Node:
    if not url:
        return {"name": name}
    return {"name": name, "webhook_configs": [{"url": url, "send_resolved": True}]}
