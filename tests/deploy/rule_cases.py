"""Cases of the alert rules for the real promtool: what is scraped, and what then fires when."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

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


@cache
def _every_rule() -> Mapping[RuleId, Alert]:
    return rule_ids(*alert_groups())


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


class Verdicts:
    """What the real promtool says of cases: those of one alert are asked in one run of it."""

    def __init__(self, cases: Sequence[Case], programs: Programs, folder: Path) -> None:
        self._cases = cases
        self._promtool = programs.promtool
        self._folder = folder
        self._said: dict[str, Mapping[int, str]] = {}

    def check(self, case: Case) -> None:
        """Hold the rendered rules of the case's alert to it."""
        alert = case.rule[0]
        if alert not in self._said:
            self._said[alert] = self._ask(alert)
        (said,) = (self._said[alert][n] for n, one in enumerate(self._cases) if one is case)
        assert said == "SUCCESS", said

    def _ask(self, alert: str) -> Mapping[int, str]:
        """What is said of each case of an alert, by its number."""
        rules = self._folder / f"{alert}.yml"
        rules.write_text(json.dumps(_rules_of(alert)), encoding="utf-8")
        files = {
            self._folder / f"{number}.yml": number
            for number, case in enumerate(self._cases)
            if case.rule[0] == alert
        }
        for file, number in files.items():
            case = _promtool(self._cases[number], rules.name)
            file.write_text(json.dumps(case, ensure_ascii=False), encoding="utf-8")
        done = subprocess.run(
            [self._promtool, "test", "rules", *files],
            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        said = {}
        for part in done.stdout.split("Unit Testing:")[1:]:
            name, _, text = part.partition("\n")
            said[files[Path(name.strip())]] = text.strip()
        assert len(said) == len(files), done.stdout
        assert (done.returncode == 0) is (set(said.values()) == {"SUCCESS"}), done.stdout
        return said


@cache
def _rule_groups() -> Any:
    return yaml.safe_load(rule_file(timing=BY_THE_MINUTE))["groups"]


def _rules_of(alert: str) -> Mapping[str, object]:
    """The rendered rule file with the rules of one alert alone."""
    return {
        "groups": [
            {**group, "rules": [rule for rule in group["rules"] if rule["alert"] == alert]}
            for group in _rule_groups()
        ]
    }


def _promtool(case: Case, rules: str) -> Mapping[str, object]:
    """A case as promtool's own test file."""
    return {
        "rule_files": [rules],
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
    alert = _every_rule()[firing.rule]
    return {
        "exp_labels": {**alert.labels, "severity": alert.severity.value, **firing.labels},
        "exp_annotations": {
            "summary": alert.summary,
            "description": firing.description,
            **{name: f"{value:.15g}" for name, value in firing.numbers.items()},
            "runbook_url": f"deploy/runbook.md#{alert.name}",
        },
    }
