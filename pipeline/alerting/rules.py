"""The Prometheus rule file and configuration, rendered from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.alerting.alert import Alert
from pipeline.alerting.drops import drop_alerts
from pipeline.alerting.emit import Node, to_yaml
from pipeline.alerting.health import (
    audit_found,
    audit_stale,
    dead_letters,
    readings_stale,
    source_stale,
    stalled,
    watchdog,
)
from pipeline.alerting.policy import DEFAULTS, Policy
from pipeline.alerting.silence import silence
from pipeline.alerting.site import DEFAULT_SITE, JOB, Site
from pipeline.alerting.timing import PRODUCTION, Timing, duration

HEADER = ("Generated from the metric catalogue by `python -m deploy.render`. DO NOT EDIT.",)


def alert_groups(
    policy: Policy = DEFAULTS, timing: Timing = PRODUCTION
) -> Mapping[str, Sequence[Alert]]:
    """Every alert by rule group: the milestones that the worker reads, those of the store, ours."""
    live, stored = (
        [
            alert
            for metric, drop, audience in policy.drops()
            if bool(metric.stem) is by_worker
            for alert in drop_alerts(metric, drop, timing, audience)
        ]
        for by_worker in (True, False)
    )
    return {
        "community-milestones": [*live, silence(timing)],
        "community-stored-milestones": stored,
        "community-pipeline": [
            *stalled(timing),
            source_stale(timing),
            dead_letters(timing),
            *audit_found(timing),
            audit_stale(timing),
            readings_stale(timing),
        ],
        "community-watchdog": [watchdog()],
    }


def rule_file(
    policy: Policy = DEFAULTS,
    timing: Timing = PRODUCTION,
    site: Site = DEFAULT_SITE,
) -> str:
    """The rule file's text."""
    groups: list[Node] = [
        {
            "name": name,
            "interval": duration(timing.evaluation_s),
            "rules": [alert.rule(site) for alert in alerts],
        }
        for name, alerts in alert_groups(policy, timing).items()
    ]
    return to_yaml({"groups": groups}, header=HEADER)


def prometheus_config(timing: Timing = PRODUCTION, site: Site = DEFAULT_SITE) -> str:
    """Prometheus' own configuration: what to scrape, whom to tell, and guards on the scrape.

    A worker past a guard fails its scrape, which raises the stalled alert: loud, not wrong.
    """
    return to_yaml(
        {
            "global": {
                "scrape_interval": duration(timing.scrape_s),
                "scrape_timeout": duration(min(10, timing.scrape_s)),
                "evaluation_interval": duration(timing.evaluation_s),
            },
            "rule_files": [site.rule_file],
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": list(site.alertmanagers)}]}]
            },
            "scrape_configs": [
                {
                    "job_name": JOB,
                    "sample_limit": 20_000,
                    "label_limit": 30,
                    "label_value_length_limit": 200,
                    "static_configs": [{"targets": list(site.targets)}],
                }
            ],
        },
        header=HEADER,
    )
