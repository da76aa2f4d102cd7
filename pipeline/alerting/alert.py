"""One alert as the catalogue's declarations become it, and its form in a rule file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.alerting.emit import Node
from pipeline.alerting.site import Site
from pipeline.alerting.timing import duration
from pipeline.catalog.vocabulary import Severity


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A rule: what must hold (`expr`) for how long, and what the on-call then reads.

    `summary` is the same for every group; `description` is templated with the numbers, which
    `numbers` has once more, each by itself, for programs that read the alert.
    """

    name: str
    expr: str
    severity: Severity
    hold_s: int
    keep_s: int
    summary: str
    description: str
    labels: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)

    def rule(self, site: Site) -> Mapping[str, Node]:
        """The entry of a Prometheus rule file."""
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": duration(self.hold_s),
            "keep_firing_for": duration(self.keep_s),
            "labels": {"severity": self.severity.value, **self.labels},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                **self.numbers,
                "runbook_url": f"{site.runbook}#{self.name}",
            },
        }
