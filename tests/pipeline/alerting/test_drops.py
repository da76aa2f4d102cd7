"""A drop's rule, text by text; what it does is tested with promtool."""

from __future__ import annotations

import re

import pytest

from pipeline.alerting.alert import Alert
from pipeline.alerting.drops import expression
from pipeline.alerting.policy import Policy
from pipeline.alerting.rules import alert_groups, rule_file
from pipeline.alerting.site import DEFAULT_SITE, located
from pipeline.alerting.timing import compressed
from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.series import LABELS, all_series
from pipeline.catalog.vocabulary import Severity
from pipeline.errors import UsageError

DROPS = [(metric, drop) for metric in MILESTONES for drop in metric.drops]
ALERTS = [alert for alerts in alert_groups().values() for alert in alerts]


def metric(metric_id: str) -> Metric:
    return next(one for one in MILESTONES if one.id == metric_id)


def test_a_relative_drop_reads_as_its_definition() -> None:
    one = metric("C06")
    assert expression(one, one.drops[1]) == (
        '1 - max without (instance) (community_daily_active_ratio{signal="slow"})\n'
        "  / on (group_id, signal) (max without (instance) "
        '(community_daily_active_baseline_ratio{signal="slow",against="4w"}) > 0)\n'
        "  > 0.4\n"
        "and on (group_id, signal)\n"
        '  (max without (instance) (community_daily_active_denominator{signal="slow"})\n'
        "  * on (group_id, signal) max without (instance) "
        '(community_daily_active_baseline_ratio{signal="slow",against="4w"})\n'
        "  - on (group_id, signal) max without (instance) "
        '(community_daily_active_numerator{signal="slow"}))\n'
        "  / on (group_id, signal) (max without (instance) "
        '(community_daily_active_denominator{signal="slow"})\n'
        "  * on (group_id, signal) max without (instance) "
        '(community_daily_active_baseline_ratio{signal="slow",against="4w"})) ^ 0.5\n'
        "  > 5.2\n"
        "and on (group_id, signal)\n"
        '  max without (instance) (community_daily_active_denominator{signal="slow"}) >= 50\n'
        "and on (group_id, signal)\n"
        '  max without (instance) (community_daily_active_denominator{signal="slow"})\n'
        "  * on (group_id, signal) max without (instance) "
        '(community_daily_active_baseline_ratio{signal="slow",against="4w"})\n'
        "  >= 50"
    )


def test_a_drop_in_points_is_a_difference() -> None:
    one = metric("A11")
    assert expression(one, one.drops[0]).startswith(
        "(max without (instance) "
        '(community_in_group_baseline_ratio{signal="slow",against="24h"}) > 0)\n'
        "  - on (group_id, signal) max without (instance) "
        '(community_in_group_ratio{signal="slow"})\n'
        "  > 0.05\n"
    )


@pytest.mark.parametrize(("metric", "drop"), DROPS, ids=lambda one: getattr(one, "name", ""))
def test_a_rule_never_reads_a_gauge_of_one_instance(metric: Metric, drop: Drop) -> None:
    text = expression(metric, drop)
    assert text.count("community_") == text.count("max without (instance) (community_")


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_series_of_a_rule_is_exported(alert: Alert) -> None:
    named = set(re.findall(r"\bcommunity_\w+", f"{alert}"))
    assert named - {series.name for series in all_series()} - LABELS.keys() == set()


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_says_everything_the_on_call_needs(alert: Alert) -> None:
    rule = alert.rule(DEFAULT_SITE)
    assert set(rule) == {"alert", "expr", "for", "keep_firing_for", "labels", "annotations"}
    assert rule["labels"]["severity"] in set(Severity)
    assert all(rule["annotations"][key] for key in ("summary", "description", "runbook_url"))


def test_the_runbook_link_is_made_absolute_by_the_site() -> None:
    site = located({"runbook": "https://wiki.example/runbook"})
    text = rule_file(site=site)
    links = re.findall(r'runbook_url: "(.*?)"', text)
    assert set(links) == {f"https://wiki.example/runbook#{alert.name}" for alert in ALERTS}


def test_a_tuned_threshold_reaches_the_rule() -> None:
    text = rule_file(Policy(thresholds={"C06.slow.4w.threshold": 0.375}))
    assert text.count("> 0.375") == 1


def test_the_demo_holds_for_seconds_and_says_the_same() -> None:
    pairs = zip(
        ALERTS, (a for g in alert_groups(timing=compressed()).values() for a in g), strict=True
    )
    for production, demo in pairs:
        assert (demo.name, demo.labels, demo.severity) == (
            production.name,
            production.labels,
            production.severity,
        )
        assert demo.hold_s <= 27
        assert demo.keep_s in (0, 20)


def test_an_unknown_address_is_refused() -> None:
    with pytest.raises(UsageError, match="pager"):
        located({"pager": "x"})


def test_lists_of_addresses_are_written_with_commas() -> None:
    assert located({"targets": "a:1,b:2"}).targets == ("a:1", "b:2")
