"""Board and alert are made of one expression, and the board's limits are the alert's."""

from __future__ import annotations

import pytest

from grafana.milestones import change_name, groups_in_need, milestone, slow
from grafana.signals import GROUPS, Look
from pipeline.alerting.drops import expression
from pipeline.catalog.catalogue import MILESTONES
from pipeline.catalog.metric import Metric
from pipeline.catalog.promql import judgeable

EVERY = pytest.mark.parametrize("metric", MILESTONES, ids=lambda metric: metric.id)


def without_choice(text: str) -> str:
    return text.replace(f"{GROUPS},", "")


@EVERY
def test_the_change_of_a_group_is_what_the_alert_compares(metric: Metric) -> None:
    name = f"{change_name(slow(metric))} {metric.words}"
    (query,) = (query for query in groups_in_need().queries if query.name == name)
    shown = without_choice(query.text).removeprefix("max by (group_id) (-1 * (").removesuffix("))")
    assert expression(metric, slow(metric)).startswith(f"{shown}\n  > ")


@EVERY
def test_a_group_is_ranked_where_the_alert_would_judge_it(metric: Metric) -> None:
    ranking = without_choice(groups_in_need().queries[0].text)
    for drop in metric.drops:
        judged = judgeable(metric, drop)
        assert judged in expression(metric, drop)
        assert judged in ranking


@EVERY
def test_a_change_turns_red_at_the_alerts_threshold(metric: Metric) -> None:
    drop = slow(metric)
    shown = milestone(metric).fields[change_name(drop)]
    assert (shown.look, shown.limit) == (Look.FALL_IS_BAD, -drop.threshold)


@EVERY
def test_a_value_stands_beside_its_n_and_baseline(metric: Metric) -> None:
    names = [query.name for query in milestone(metric).queries]
    assert names == ["now", "n", "baseline", change_name(slow(metric))]
