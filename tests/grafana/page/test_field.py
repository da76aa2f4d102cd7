from __future__ import annotations

from typing import Any

import pytest

from grafana.page.colour import chart, css
from grafana.page.field import field_of
from grafana.page.frame import Column

PANEL: dict[str, Any] = {
    "fieldConfig": {
        "defaults": {
            "unit": "percentunit",
            "noValue": "No live value",
            "color": {"mode": "thresholds"},
            "custom": {"lineWidth": 1},
            "thresholds": {"steps": [{"color": "text", "value": None}]},
        },
        "overrides": [
            {
                "matcher": {"id": "byName", "options": "change"},
                "properties": [
                    {"id": "decimals", "value": 1},
                    {
                        "id": "thresholds",
                        "value": {
                            "steps": [
                                {"color": "red", "value": None},
                                {"color": "green", "value": -0.3},
                            ]
                        },
                    },
                ],
            },
            {
                "matcher": {"id": "byName", "options": "pipeline"},
                "properties": [
                    {"id": "unit", "value": "short"},
                    {
                        "id": "mappings",
                        "value": [
                            {"type": "value", "options": {"0": {"text": "behind", "color": "red"}}},
                            {"type": "range", "options": {"from": 1, "result": {"text": "fine"}}},
                            {
                                "type": "special",
                                "options": {"match": "null", "result": {"text": "nobody"}},
                            },
                        ],
                    },
                ],
            },
            {
                "matcher": {"id": "byRegexp", "options": "/^n /"},
                "properties": [
                    {"id": "unit", "value": "short"},
                    {"id": "displayName", "value": "样本数"},
                    {"id": "color", "value": {"mode": "fixed", "fixedColor": "#8e8e8e"}},
                    {"id": "custom.axisPlacement", "value": "right"},
                ],
            },
        ],
    }
}


def column(name: str) -> Column:
    return Column(name, [1.0])


@pytest.mark.parametrize(
    ("name", "value", "text", "colour"),
    [
        ("now", 0.25, "25%", "text"),
        ("now", None, "No live value", "text"),
        ("change", -0.412, "-41.2%", "red"),
        ("change", -0.3, "-30.0%", "green"),
        ("pipeline", 0, "behind", "red"),
        ("pipeline", 1.0, "fine", "text"),
        ("pipeline", None, "nobody", "text"),
        ("n joined", 12, "12", "#8e8e8e"),
    ],
)
def test_a_value_is_shown(name: str, value: float | None, text: str, colour: str) -> None:
    field = field_of(PANEL, column(name))
    assert (field.text(value), field.colour(value)) == (text, colour)


def test_overrides_go_by_name_and_pattern() -> None:
    field = field_of(PANEL, column("n joined"))
    assert (field.title, field.own, field.custom("axisPlacement")) == ("样本数", True, "right")
    assert field_of(PANEL, column("now")).own is False
    assert field_of(PANEL, column("now")).custom("lineWidth") == 1


def test_a_name_alone_is_no_look_of_its_own() -> None:
    named = {"id": "displayName", "value": "当前"}
    override = {"matcher": {"id": "byName", "options": "now"}, "properties": [named]}
    field = field_of({"fieldConfig": {"overrides": [override]}}, column("now"))
    assert (field.title, field.own) == ("当前", False)


@pytest.mark.parametrize(
    ("name", "page", "script"),
    [
        ("semi-dark-red", "var(--red)", "@red"),
        ("#8e8e8e", "var(--muted)", "@muted"),
        ("#12ab34", "#12ab34", "#12ab34"),
        ("url(http://elsewhere)", "var(--text)", "@text"),
        ("red;}</style>", "var(--text)", "@text"),
    ],
)
def test_colours(name: str, page: str, script: str) -> None:
    assert (css(name), chart(name)) == (page, script)
