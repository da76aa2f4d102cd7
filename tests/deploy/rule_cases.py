"""Cases of the alert rules for the real promtool: what is scraped, and what then fires when."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import yaml

from deploy.local.servers import Programs
from pipeline.alerting.alert import Alert
from pipeline.alerting.rules import alert_groups, rule_file
from pipeline.alerting.timing import Timing

RuleId = tuple[str, str]
"""An alert's name, and what tells its rules apart: signal.against.severity, a cause, or nothing."""

BY_THE_MINUTE = Timing(evaluation_s=60)
"""Production, but evaluated only as often as a case has samples."""


def rule_ids(*groups: str) -> dict[RuleId, Alert]:
    """The rules of the named groups."""
    return {_id(alert): alert for group in groups for alert in alert_groups()[group]}


def _id(alert: Alert) -> RuleId:
    parts = [value for label, value in alert.labels.items() if label not in ("metric", "scope")]
    if "metric" in alert.labels:
        parts.append(alert.severity)
    return alert.name, ".".join(parts)


class Kind(StrEnum):
    FIRES = "fires"
    QUIET = "quiet"
    LOW_VOLUME = "low volume"
    NO_DATA = "no data"
    RECOVERS = "recovers"


@dataclass(frozen=True)
class Firing:
    """An alert that must fire: which rule, its whole description, and the labels beside its own.

    `numbers`: its annotations for programs.
    """

    rule: RuleId
    description: str
    labels: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """Series as promtool writes them (one sample a minute), and what fires at which minute."""

    rule: RuleId
    kind: Kind
    series: Mapping[str, str]
    at: Mapping[int, Sequence[Firing]]
    title: str = ""

    def __str__(self) -> str:
        return "-".join(filter(None, (*self.rule, self.kind, self.title)))


def run(*command: str | Path) -> None:
    """Run a program; its output is the assertion's message when it fails."""
    done = subprocess.run(
        [str(part) for part in command], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def check(case: Case, programs: Programs, folder: Path) -> None:
    """Hold the rendered rules of an alert to one case."""
    rules = yaml.safe_load(rule_file(timing=BY_THE_MINUTE))
    for group in rules["groups"]:
        group["rules"] = [one for one in group["rules"] if one["alert"] == case.rule[0]]
    (folder / "alerts.yml").write_text(json.dumps(rules), encoding="utf-8")
    file = folder / "case.yml"
    file.write_text(json.dumps(_promtool(case), ensure_ascii=False), encoding="utf-8")
    run(programs.promtool, "test", "rules", file)


def _promtool(case: Case) -> Mapping[str, object]:
    """A case as promtool's own test file."""
    return {
        "rule_files": ["alerts.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": series, "values": values} for series, values in case.series.items()
                ],
                "alert_rule_test": [
                    {
                        "eval_time": f"{minute}m",
                        "alertname": case.rule[0],
                        "exp_alerts": [_expected(one) for one in firing],
                    }
                    for minute, firing in case.at.items()
                ],
            }
        ],
    }


def _expected(firing: Firing) -> Mapping[str, object]:
    alert = rule_ids(*alert_groups())[firing.rule]
    return {
        "exp_labels": {**alert.labels, "severity": alert.severity.value, **firing.labels},
        "exp_annotations": {
            "summary": alert.summary,
            "description": firing.description,
            **{name: f"{value:.15g}" for name, value in firing.numbers.items()},
            "runbook_url": f"deploy/runbook.md#{alert.name}",
        },
    }
