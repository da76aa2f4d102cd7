"""The files of one installation: rules, routes, and Prometheus' own configuration."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.alerting.policy import DEFAULTS, Policy
from pipeline.alerting.routes import routes_file
from pipeline.alerting.rules import prometheus_config, rule_file
from pipeline.alerting.site import DEFAULT_SITE, Site


def installation(
    site: Site = DEFAULT_SITE, policy: Policy = DEFAULTS, zone: str = "UTC"
) -> Mapping[str, str]:
    """File name -> text. `zone`: of quiet hours."""
    return {
        "alerts.yml": rule_file(policy, site=site),
        "prometheus.yml": prometheus_config(site=site),
        "alertmanager.yml": routes_file(site=site, policy=policy, zone=zone),
    }
