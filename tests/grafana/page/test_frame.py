from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from grafana.page.frame import legend, of_matrix, of_table, of_vector, table_of_vector

LABELS = {"__name__": "up", "topic": "chat", "reason": "bad_json"}


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("now", "now"),
        ("{{topic}} {{reason}}", "chat bad_json"),
        ("{{ topic }}", "chat"),
        ("p50 {{stage}}", "p50 "),
        ("", 'up{reason="bad_json", topic="chat"}'),
        ("__auto", 'up{reason="bad_json", topic="chat"}'),
    ],
)
def test_legend(form: str, name: str) -> None:
    assert legend(form, LABELS) == name


def test_a_series_without_any_name() -> None:
    assert legend("", {}) == "Value"


def test_a_range_lies_on_its_grid_with_gaps() -> None:
    answer = [{"metric": {"topic": "chat"}, "values": [[10, "1"], [30, "NaN"], [40, "2.5"]]}]
    (frame,) = of_matrix(answer, "{{topic}}", "A", range(10, 51, 10))
    assert frame.time is not None
    assert list(frame.time.values) == [10, 20, 30, 40, 50]
    (column,) = frame.values
    assert list(column.values) == [1, None, None, 2.5, None]
    assert (column.name, column.last) == ("chat", 2.5)


def test_samples_as_numbers_and_as_rows() -> None:
    answer = [
        {"metric": {"group_id": "a"}, "value": [5, "1"]},
        {"metric": {"kind": "b"}, "value": [5, "+Inf"]},
    ]
    assert [frame.values[0].last for frame in of_vector(answer, "x", "A")] == [1, None]
    (frame,) = table_of_vector(answer, "B", alone=False)
    assert {column.name: list(column.values) for column in frame.columns} == {
        "Time": [5, 5],
        "group_id": ["a", None],
        "kind": [None, "b"],
        "Value #B": [1, None],
    }
    (alone,) = table_of_vector(answer, "A", alone=True)
    assert alone.columns[-1].name == "Value"
    assert table_of_vector([], "A", alone=True) == []


def test_values_of_sql_are_plain() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    (frame,) = of_table(
        {
            "time": [moment],
            "gmv": [Decimal("1.50")],
            "day": [date(2026, 1, 1)],
            "none": [None],
            "nan": [float("nan")],
            "yes": [True],
        },
        "A",
        ranged=False,
    )
    row = {column.name: column.values[0] for column in frame.columns}
    assert row == {
        "time": moment.timestamp(),
        "gmv": 1.5,
        "day": "2026-01-01",
        "none": None,
        "nan": None,
        "yes": 1,
    }
    assert frame.time is frame.columns[0]


def test_rows_that_name_their_series_become_one_frame_each() -> None:
    times = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (0, 0, 1)]
    columns = {"time": times, "topic": ["a", "b", "a"], "n": [1, 2, 3]}
    found = of_table(columns, "A", ranged=True)
    assert [(one.values[0].name, list(one.values[0].values)) for one in found] == [
        ("a", [1, 3]),
        ("b", [2]),
    ]
    assert len(of_table(columns, "A", ranged=False)) == 1
