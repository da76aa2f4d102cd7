"""Notifications and incidents that the tests of messages share, hostile ones among them."""

from __future__ import annotations

import hashlib
from typing import Any

from pipeline.alerting.messages.incident import Incident, incident_of
from pipeline.alerting.messages.message import Message, message_of
from pipeline.alerting.messages.notification import Bout, Notification, notification

DROP = "CommunityDailyActiveRateDrop"
MADE_MS = 1_795_867_500_000

HOSTILE = (
    "**bold** _it_ `code` ~~gone~~",
    "[click](https://evil.example) <https://evil.example|here>",
    '<script>alert("x")</script> & <@all> <!channel>',
    "line one\nline two\r\n### heading\u2028> quote",
    "\u202egnp.exe\u202c zero\u200bwidth \x07\x1b[31m",
    "群" * 300,
    "https://evil.example/login",
    "a" * 10_000,
    '</font><at id="all"></at>',
    "",
)


def alert(
    group: str = "readers-7", *, status: str = "firing", start: str = "12:00", **labels: str
) -> dict[str, Any]:
    """One alert of a call, as Alertmanager writes it."""
    ended = "2026-11-28T14:10:00Z" if status == "resolved" else "0001-01-01T00:00:00Z"
    return {
        "status": status,
        "labels": {
            "alertname": DROP,
            "severity": "critical",
            "group_id": group,
            "signal": "slow",
            "against": "4w",
            "metric": "C06",
            **labels,
        },
        "annotations": {
            "summary": "The daily active rate (社群日活跃率) of a group has dropped.",
            "description": f"Group {group}: daily active rate 8% (60 of 750 members).",
            "runbook_url": "https://ops.example/runbook.md#CommunityDailyActiveRateDrop",
            "numerator": "60",
            "denominator": "750",
            "baseline": "0.3",
            "value": "0.08",
        },
        "startsAt": f"2026-11-28T{start}:00.123456789Z",
        "endsAt": ended,
        "generatorURL": "",
        "fingerprint": f"fp-{hash_of(group)}",
    }


def hash_of(text: str) -> str:
    """A short name of the text that is the same in every run."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def health(status: str = "firing") -> dict[str, Any]:
    """An alert of the pipeline itself."""
    return {
        **alert(status=status),
        "labels": {
            "alertname": "CommunityPipelineStalled",
            "severity": "critical",
            "cause": "behind",
        },
        "annotations": {
            "summary": "The pipeline is stalled; milestones are not watched meanwhile.",
            "description": "Partition 3: no worker keeps up with it.",
        },
        "fingerprint": "fp-stalled",
    }


def call(*alerts: dict[str, Any], group_key: str = '{}:{alertname="D"}') -> dict[str, Any]:
    """A call as Alertmanager 0.25 makes it."""
    firing = any(one["status"] == "firing" for one in alerts)
    return {
        "receiver": "page",
        "status": "firing" if firing else "resolved",
        "alerts": list(alerts),
        "groupLabels": {"alertname": DROP},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:9093",
        "version": "4",
        "groupKey": group_key,
        "truncatedAlerts": 0,
    }


def incident(group: str = "readers-7", name: str = "Readers 7", **known: Any) -> dict[str, Any]:
    """What operation `incidents.record` answers."""
    return {
        "incident_id": f"i-{hash_of(group)}",
        "alert": DROP,
        "metric": "C06",
        "metric_name": "daily_active_rate",
        "metric_zh": "社群日活跃率",
        "group_id": group,
        "group_name": name,
        "signal": "slow",
        "against": "4w",
        "severity": "critical",
        "status": "firing",
        "started_ms": 1_795_867_200_000,
        "resolved_ms": None,
        "numerator": 60.0,
        "denominator": 750.0,
        "value": 0.08,
        "baseline": 0.3,
        "change": -0.7333,
        "change_kind": "relative",
        "causes": [
            {"by": "channel", "part": "wechat", "points": -0.134, "share": 0.61},
            {"by": "tenure", "part": "new", "points": -0.05, "share": 0.23},
            {"by": "campaign", "part": "spring", "points": -0.02, "share": 0.09},
            {"by": "channel", "part": "fourth", "points": -0.01, "share": 0.04},
        ],
        "affected_groups": [],
        "actions_en": ["Start a topic with the KOCs of the group.", "Run an activity this week."],
        "actions_zh": ["请群内 KOC 发起话题。", "本周办一场社群活动。"],
        "links": {
            "board": "https://grafana.example/d/pulse-group?var-group=readers-7&from=1&to=2",
            "runbook": "https://ops.example/runbook.md#CommunityDailyActiveRateDrop",
            "query": "pulse metrics explain C06 --group readers-7",
        },
        **known,
    }


def message(
    *alerts: dict[str, Any],
    incidents: tuple[dict[str, Any], ...] = (),
    new: frozenset[Bout] | None = None,
    truncated: int = 0,
) -> Message:
    """The message of these alerts; each is known to the store by its group if an incident is."""
    told: Notification = notification(call(*alerts) | {"truncatedAlerts": truncated})
    by_group = {one["group_id"]: incident_of(one) for one in incidents}
    known: dict[Bout, Incident | None] = {
        one.bout: by_group[one.labels["group_id"]]
        for one in told.alerts
        if one.labels.get("group_id") in by_group
    }
    news = frozenset(one.bout for one in told.alerts) if new is None else new
    return message_of(told, known, news=news, made_ms=MADE_MS)
