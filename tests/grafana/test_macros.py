"""Variables and macros put into queries: what is expanded, and what no value can break out of."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafana.macros import ALL, View, expand_promql, expand_sql, expand_text
from grafana.reading import CHOSEN_CHANNELS
from grafana.signals import CHOSEN, GROUPS
from pipeline.errors import NotABoard

VIEW = View(1_000, 4_600, interval_s=60, groups=("a", "b"), scrape_s=15)
OPEN = View(1_000, 4_600)


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$__timeFilter(t)", "t >= toDateTime(1000) AND t <= toDateTime(4600)"),
        (
            "$__timeFilter(f(a, (b)) + 1) AND x",
            "f(a, (b)) + 1 >= toDateTime(1000) AND f(a, (b)) + 1 <= toDateTime(4600) AND x",
        ),
        (
            "$__dateFilter(d)",
            "d >= toDate(toDateTime(1000)) AND d <= toDate(toDateTime(4600))",
        ),
        ("$__timeInterval(t)", "toStartOfInterval(toDateTime(t), INTERVAL 60 second)"),
        ("$__fromTime, $__toTime", "toDateTime(1000), toDateTime(4600)"),
        ("$__interval_s, $__interval_ms", "60, 60000"),
        ("g IN (${group:singlequote})", "g IN ('a','b')"),
        ("$__conditionalAll(g IN (${group:singlequote}), $group)", "g IN ('a','b')"),
        ("LIMIT ${most}", "LIMIT 5"),
        ("LIMIT $most", "LIMIT 5"),
    ],
)
def test_sql(text: str, expanded: str) -> None:
    view = View(1_000, 4_600, 60, ("a", "b"), variables={"most": ("5",)})
    assert expand_sql(text, view) == expanded


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("rate(x[$__rate_interval])", "rate(x[75s])"),
        ("increase(x[$__range])", "increase(x[3600s])"),
        ("avg_over_time(x[$__interval])", "avg_over_time(x[60s])"),
        (f"x{{{GROUPS}}}", "x{group_id=~`(a|b)`}"),
        ('label_replace(x, "a", "$1", "b", "(.*)")', 'label_replace(x, "a", "$1", "b", "(.*)")'),
    ],
)
def test_promql(text: str, expanded: str) -> None:
    assert expand_promql(text, VIEW) == expanded


def test_where_all_is_chosen_nothing_is_left_out() -> None:
    assert expand_sql(CHOSEN, OPEN) == "group_id != '' AND 1=1"
    assert expand_promql(GROUPS, OPEN) == "group_id=~`.*`"
    assert expand_promql(GROUPS, View(0, 1, every={"group": ".+"})) == "group_id=~`.+`"


@pytest.mark.parametrize("text", ["$__unknown(x)", "a $ b", "${nobody}", "$__timeFilter(x"])
def test_what_nothing_expands_is_an_error(text: str) -> None:
    with pytest.raises(NotABoard):
        expand_sql(text, VIEW)


VALUES = st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=3)


@given(VALUES)
def test_a_value_in_sql_stays_one_literal(values: list[str]) -> None:
    """Read as ClickHouse reads a quoted text, the values come back, whatever is in them."""
    view = View(0, 1, groups=tuple(values))
    text = expand_sql("${group:singlequote}", view)
    literal = r"'((?:[^'\\]|\\.)*)'"
    assert re.fullmatch(f"{literal}(?:,{literal})*", text, re.DOTALL)
    found = re.findall(literal, text, re.DOTALL)
    assert [re.sub(r"\\(.)", r"\1", one, flags=re.DOTALL) for one in found] == values


@given(VALUES)
def test_a_value_in_promql_matches_itself(values: list[str]) -> None:
    view = View(0, 1, groups=tuple(values))
    pattern = expand_promql("${group:regex}", view)
    if values != [ALL]:
        assert all(re.fullmatch(pattern, value, re.DOTALL) for value in values)


def test_channels_are_narrowed_only_where_some_are_chosen() -> None:
    def narrowed(*channels: str) -> str:
        return expand_sql(CHOSEN_CHANNELS, View(0, 1, variables={"channel": channels}))

    assert narrowed("$__all") == "1=1"
    assert narrowed("a", "it's") == "scope_id IN ('a','it\\'s')"
    with pytest.raises(NotABoard, match="channel"):
        expand_sql(CHOSEN_CHANNELS, View(0, 1))


def test_a_value_that_looks_like_a_variable_is_not_expanded_again() -> None:
    view = View(0, 1, groups=("${group}", "$__toTime"))
    assert expand_sql("${group:singlequote}", view) == "'${group}','$__toTime'"


def test_words_of_a_title() -> None:
    assert expand_text("Group $group, ${group}: 5 $", VIEW) == "Group a, b, a, b: 5 $"
    assert expand_text("Group $group", OPEN) == "Group *"
    assert expand_text("costs $money", VIEW) == "costs $money"
