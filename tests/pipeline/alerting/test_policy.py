"""Thresholds by scope: which drop holds for whom, and what a file may not say."""

from __future__ import annotations

import pytest

from pipeline.alerting.audience import EVERYBODY, Audience
from pipeline.alerting.policy import DEFAULTS, Policy, Quiet, parsed, text_of
from pipeline.alerting.rules import alert_groups
from pipeline.catalog.catalogue import ALL_MILESTONES
from pipeline.errors import PulseError

THRESHOLD = "C06.slow.4w.threshold"
SCOPED = Policy(
    thresholds={THRESHOLD: 0.4},
    types={"service": {THRESHOLD: 0.3}},
    groups={"g.1": {THRESHOLD: 0.2}},
)


def slow(policy: Policy) -> dict[Audience, float]:
    return {
        audience: drop.threshold
        for metric, drop, audience in policy.drops()
        if (metric.id, drop.key) == ("C06", "slow.4w")
    }


def test_by_default_every_drop_is_for_everybody() -> None:
    drops = list(DEFAULTS.drops())
    assert {audience for *_, audience in drops} == {EVERYBODY}
    assert len(drops) == sum(len(metric.drops) for metric in ALL_MILESTONES)


def test_a_group_goes_before_its_type_and_a_type_before_all() -> None:
    assert slow(SCOPED) == {
        Audience(not_groups=("g.1",), not_types=("service",)): 0.4,
        Audience(types=("service",), not_groups=("g.1",)): 0.3,
        Audience(groups=("g.1",)): 0.2,
    }


def test_a_scope_splits_only_the_drops_that_it_names() -> None:
    fast = [
        audience
        for metric, drop, audience in SCOPED.drops()
        if (metric.id, drop.key) == ("C06", "fast.4w")
    ]
    assert fast == [EVERYBODY]


def test_an_audience_is_a_condition_on_the_rule() -> None:
    text = Audience(types=("service",), not_groups=("g.1",)).narrowed("x > 1")
    assert text == (
        "x > 1\nand on (group_id)\n"
        '  max without (instance) (community_group_info{community_type=~"service"})\n'
        "unless on (group_id)\n"
        '  max without (instance) (community_group_info{group_id=~"g\\\\.1"})'
    )


def test_a_severity_of_a_type_is_a_rule_of_its_own_in_every_scope() -> None:
    policy = Policy(
        types={"service": {"A19.day.4_before.threshold": 0.3}},
        groups={"g": {"A19.day.4_before.threshold": 0.2}},
    )
    rules = [
        (alert.severity.value, alert.labels.get("scope", ""))
        for alert in alert_groups(policy)["community-stored-milestones"]
        if alert.name == "CommunityRetentionRateD7Drop"
    ]
    assert rules == [
        ("warning", ""),
        ("critical", "type service"),
        ("warning", "group g"),
        ("critical", "group g"),
    ]


def test_what_is_written_is_read_again() -> None:
    policy = SCOPED.model_copy(update={"quiet": (Quiet(since="22:00", until="08:00"),)})
    assert parsed(text_of(policy), "alerts.yaml") == policy
    assert parsed(text_of(DEFAULTS), "alerts.yaml") == DEFAULTS
    assert parsed("", "alerts.yaml") == DEFAULTS


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("thresholds: [1]", "thresholds: Input should be a valid dictionary"),
        ("threshold: {}", "threshold: Extra inputs are not permitted"),
        ("a: b: c", "no YAML"),
        ("thresholds: {C06.slow.4w.threshold: much}", "threshold=much is no number"),
        ("thresholds: {C06.slow.4w.threshold: 2}", "not within 0 and 1"),
        ("thresholds: {C99.slow.4w.threshold: 0.2}", "C99.slow.4w.threshold is no threshold"),
        ("types: {reading: {C06.slow.4w.threshold: 0.2}}", "no community type reading"),
        ("groups: {g: {C06.slow.4w.min_sample: 0}}", "min_sample 0 is below 1"),
        ("quiet: [{since: '25:00', until: '08:00'}]", "quiet.0.since"),
        ("quiet: [{since: '22:00', until: '08:00', days: [someday]}]", "quiet.0.days"),
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(text: str, says: str) -> None:
    with pytest.raises(PulseError, match=says.replace(".", r"\.")):
        parsed(text, "alerts.yaml")


def test_a_night_is_two_spans_of_a_day() -> None:
    assert Quiet(since="22:00", until="00:00").spans() == [
        {"start_time": "22:00", "end_time": "24:00"}
    ]
    assert Quiet(since="12:00", until="13:00").spans() == [
        {"start_time": "12:00", "end_time": "13:00"}
    ]
