from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from grafana.macros import ALL, View
from pipeline.operations.board_view import Wish, grid, paced, seconds, view_of

NOW = 1_800_000_000


def board(*variables: dict[str, Any]) -> dict[str, Any]:
    return {"templating": {"list": list(variables)}}


def first(sql: str, view: View) -> Sequence[str]:
    return [f"first of {sql}", "second"]


GROUP = {"type": "query", "name": "group", "includeAll": True, "allValue": ".+", "query": "Q"}


def test_the_range_is_absolute_or_before_now() -> None:
    view = view_of(board(GROUP), Wish(-3_600, 0), NOW, first)
    assert (view.from_s, view.to_s) == (NOW - 3_600, NOW)
    view = view_of(board(GROUP), Wish(NOW - 7, NOW - 3), NOW, first)
    assert (view.from_s, view.to_s) == (NOW - 7, NOW - 3)
    assert view.is_open("group")
    assert view.every == {"group": ".+"}


def test_variables_are_wished_current_or_the_first_there_is() -> None:
    kinds = board(
        {"type": "datasource", "name": "clickhouse", "current": {"value": "uid"}},
        {**GROUP, "current": {"value": ["$__all"]}},
        {"type": "query", "name": "type", "query": "T"},
        {"type": "custom", "name": "top", "current": {"value": "5"}},
        {"type": "constant", "name": "zone", "query": "UTC"},
        {"type": "query", "name": "one", "query": {"rawSql": "O"}},
    )
    view = view_of(kinds, Wish(-60, 0, {"group": ["a", "b"], "one": ["x"]}), NOW, first)
    assert view.groups == ["a", "b"]
    assert view.variables == {
        "type": ["first of T"],
        "top": ["5"],
        "zone": ["UTC"],
        "one": ["x"],
    }
    assert list(view_of(kinds, Wish(-60, 0), NOW, first).groups) == [ALL]


@pytest.mark.parametrize(
    ("span", "width", "least", "interval"),
    [
        (6 * 3_600, 12, "1m", 300),
        (6 * 3_600, 24, "15s", 120),
        (7 * 86_400, 12, "1m", 7_200),
        (60, 8, "1s", 1),
        (3_600, 4, "5m", 300),
    ],
)
def test_a_bucket_fits_the_panel(span: int, width: int, least: str, interval: int) -> None:
    panel = {"gridPos": {"w": width}, "interval": least}
    assert paced(View(NOW, NOW + span), panel, counted=True).interval_s == interval


def test_what_is_measured_is_shown_finer_than_what_is_counted() -> None:
    assert paced(View(NOW, NOW + 6 * 3_600), {"gridPos": {"w": 12}}).interval_s == 120


def test_a_grid_ends_with_the_range() -> None:
    assert list(grid(View(95, 305, interval_s=60))) == [125, 185, 245, 305]


@pytest.mark.parametrize(("text", "span"), [("15s", 15), ("1m", 60), (">2h", 7_200), ("?", 1)])
def test_lengths_of_time(text: str, span: int) -> None:
    assert seconds(text) == span
