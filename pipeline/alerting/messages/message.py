"""One message: what is told of a group of alerts, as values that every format writes down."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.alerting.messages.incident import AffectedGroup, Cause, Incident, Links
from pipeline.alerting.messages.notification import AlertState, Bout, Notification
from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.metric import Metric

SEVERITIES = ("critical", "warning", "info", "none")
"""Worst first."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One alert of the message. A health alert has no `metric_en`, and tells its own text.

    `value` and `baseline` are a ratio's, or plain numbers where there is no `denominator`; `change`
    is relative, and told in points where `points` is set. Times are epoch milliseconds. `asked` is
    False where the store could not be asked for causes.
    """

    bout: Bout
    alert: str
    firing: bool
    new: bool
    severity: str
    metric_en: str
    metric_zh: str
    group_id: str
    group_name: str
    signal: str
    against: str
    value: float | None
    baseline: float | None
    numerator: float | None
    denominator: float | None
    points: bool
    change: float | None
    started_ms: int
    ended_ms: int | None
    causes: tuple[Cause, ...]
    affected: tuple[AffectedGroup, ...]
    actions_en: tuple[str, ...]
    actions_zh: tuple[str, ...]
    links: Links
    summary: str
    description: str
    incident_id: str
    asked: bool
    note: str = ""
    note_zh: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def fell(self) -> bool:
        """Whether the value is below what is usual (else above, or nobody knows)."""
        if self.value is None or self.baseline is None:
            return not self.alert.endswith("Rise")
        return self.value < self.baseline


@dataclass(frozen=True)
class Message:
    """What is told at once: new before known, firing before resolved, worst first.

    `hidden` alerts are not among the items. `made_ms` is when it was first to be sent.
    """

    group_key: str
    items: tuple[Item, ...]
    hidden: int
    made_ms: int
    test: bool = False

    @property
    def firing(self) -> tuple[Item, ...]:
        """What has not ended."""
        return tuple(item for item in self.items if item.firing)

    @property
    def severity(self) -> str:
        """The worst of what fires, else of what ended."""
        told = {item.severity for item in self.firing or self.items}
        return next((one for one in SEVERITIES if one in told), "none")

    @property
    def id(self) -> str:
        """The same for each attempt to send it."""
        states = sorted((*item.bout, item.firing) for item in self.items)
        told = f"{self.group_key}\n{states}\n{self.made_ms}"
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def item_of(alert: AlertState, incident: Incident | None, *, asked: bool, new: bool) -> Item:
    """The alert with what the store knows; without that, with what the rule itself told."""
    known = incident or Incident(incident_id="")
    metric = _milestone(known.metric or alert.labels.get("metric", ""), alert.name)
    numbers = {name: _number(alert.annotations.get(name)) for name in
               ("value", "baseline", "numerator", "denominator")}  # fmt: skip
    numbers |= {name: told for name in numbers if (told := getattr(known, name, None)) is not None}
    against = known.against or alert.labels.get("against", "")
    links = known.links
    return Item(
        bout=alert.bout,
        alert=alert.name,
        firing=alert.firing,
        new=new,
        severity=alert.labels.get("severity", "none"),
        metric_en=(known.metric_name or (metric.name if metric else "")).replace("_", " "),
        metric_zh=known.metric_zh or (metric.zh if metric else ""),
        group_id=known.group_id or alert.labels.get("group_id", ""),
        group_name=known.group_name or known.group_id or alert.labels.get("group_id", ""),
        signal=known.signal or alert.labels.get("signal", ""),
        against=against,
        value=numbers["value"],
        baseline=numbers["baseline"],
        numerator=numbers["numerator"],
        denominator=numbers["denominator"],
        points=known.change_kind == "points" if known.change_kind else against in ("24h", "7d"),
        change=_change(numbers["value"], numbers["baseline"]),
        started_ms=alert.started_ms,
        ended_ms=alert.ended_ms,
        causes=known.causes,
        affected=known.affected_groups,
        actions_en=known.actions_en,
        actions_zh=known.actions_zh,
        links=Links(
            board=links.board or alert.annotations.get("dashboard_url", ""),
            runbook=links.runbook or alert.annotations.get("runbook_url", ""),
            query=links.query,
        ),
        summary=alert.annotations.get("summary", ""),
        description=alert.annotations.get("description", ""),
        incident_id=known.incident_id or f"{alert.fingerprint}-{alert.started_ms}",
        asked=asked,
        note=known.note,
        note_zh=known.note_zh or known.note,
        labels=dict(alert.labels),
    )


def message_of(
    told: Notification,
    incidents: Mapping[Bout, Incident | None],
    *,
    news: Collection[Bout],
    made_ms: int,
) -> Message:
    """The message of a notification to a reader for whom `news` is new.

    `incidents` has the bouts that the store was asked about. What ended is told only where that
    is news; what fires is told each time, so that a message stands by itself.
    """
    items = [
        item_of(alert, incidents.get(alert.bout), asked=alert.bout in incidents,
                new=alert.bout in news)
        for alert in told.alerts
        if alert.firing or alert.bout in news
    ]  # fmt: skip
    return Message(told.group_key, _ordered(items), told.truncated, made_ms)


def _ordered(items: Sequence[Item]) -> tuple[Item, ...]:
    def place(item: Item) -> tuple[bool, bool, int, float, str]:
        worst = SEVERITIES.index(item.severity) if item.severity in SEVERITIES else 9
        return not item.firing, not item.new, worst, -abs(item.change or 0.0), item.group_name

    return tuple(sorted(items, key=place))


def _change(value: float | None, baseline: float | None) -> float | None:
    """How far the value is from what is usual, as a share of that."""
    return (value - baseline) / baseline if value is not None and baseline else None


def _milestone(metric_id: str, alert: str) -> Metric | None:
    named = (metric for metric in MILESTONES if metric.id == metric_id or metric.alert == alert)
    return next(named, None)


def _number(text: str | None) -> float | None:
    """A plain number of an annotation; None for anything else, such as Prometheus' NaN."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
