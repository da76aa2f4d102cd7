from __future__ import annotations

from typing import Any

import pytest

from grafana.page.frame import Column, Frame, table_of_vector
from grafana.page.transform import ordered, transformed
from pipeline.errors import NotABoard


def rows(frame: Frame) -> list[dict[str, Any]]:
    return [
        {column.name: column.values[place] for column in frame.columns}
        for place in range(frame.height)
    ]


def sample(group: str, value: str) -> dict[str, Any]:
    return {"metric": {"group_id": group}, "value": [1, value]}


def test_queries_are_joined_on_the_label_they_share() -> None:
    frames = [
        *table_of_vector([sample("a", "1"), sample("b", "2")], "A", alone=False),
        *table_of_vector([sample("b", "20"), sample("c", "30")], "B", alone=False),
    ]
    panel = {
        "transformations": [
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": {"Time": True},
                    "indexByName": {"group_id": 0, "Value #B": 1, "Value #A": 2},
                    "renameByName": {"group_id": "group", "Value #A": "rate", "Value #B": "n"},
                },
            },
        ]
    }
    (frame,) = transformed(frames, panel)
    assert [column.name for column in frame.columns] == ["group", "n", "rate"]
    assert rows(frame) == [
        {"group": "a", "n": None, "rate": 1},
        {"group": "b", "n": 20, "rate": 2},
        {"group": "c", "n": 30, "rate": None},
    ]


def test_nothing_merged_is_nothing() -> None:
    assert transformed([], {"transformations": [{"id": "merge"}]}) == []


def test_other_steps() -> None:
    frame = Frame([Column("a", [1, 2, 3]), Column("b", ["x", "y", "z"])])
    steps = [
        {"id": "sortBy", "options": {"sort": [{"field": "a", "desc": True}]}},
        {"id": "limit", "options": {"limitField": 2}},
        {"id": "filterFieldsByName", "options": {"include": {"names": ["b"]}}},
        {"id": "unheard of", "disabled": True},
    ]
    (found,) = transformed([frame], {"transformations": steps})
    assert rows(found) == [{"b": "z"}, {"b": "y"}]


def test_rows_without_a_value_stand_last_either_way() -> None:
    frame = Frame([Column("a", [2, None, 1])])
    assert list(ordered(frame, "a", down=False).columns[0].values) == [1, 2, None]
    assert list(ordered(frame, "a", down=True).columns[0].values) == [2, 1, None]
    assert ordered(frame, "nobody", down=True) is frame


def test_a_step_that_is_not_known_is_told() -> None:
    with pytest.raises(NotABoard, match="heatmapify"):
        transformed([], {"title": "X", "transformations": [{"id": "heatmapify"}]})
