"""METRICS.md says everything the catalogue holds."""

from __future__ import annotations

import re

import pytest

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.document import document
from pipeline.catalog.metric import Metric
from pipeline.catalog.series import LABELS, Series, all_series

TEXT = document()


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.id)
def test_every_metric_has_one_row_with_its_formula(metric: Metric) -> None:
    rows = re.findall(rf"^\| {metric.id} \| `{metric.name}` .*$", TEXT, re.M)
    assert [metric.formula in row for row in rows] == [True]


@pytest.mark.parametrize("series", all_series(), ids=lambda series: series.name)
def test_every_series_has_one_row_with_its_help(series: Series) -> None:
    rows = re.findall(rf"^\| `{series.name}` \|.*$", TEXT, re.M)
    assert [series.help in row for row in rows] == [True]


def test_every_drop_has_one_row() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\(\.\./deploy/runbook\.md#\1\) \|", TEXT, re.M)
    assert rows == [metric.alert for metric in CATALOGUE for _ in metric.drops]


@pytest.mark.parametrize("label", LABELS)
def test_every_label_says_its_bound(label: str) -> None:
    assert f"| `{label}` | {LABELS[label]} |" in TEXT


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    tables = re.findall(r"(?:^\|.*\|\n)+", TEXT, re.M)
    families = {metric.id[0] for metric in CATALOGUE}
    assert len(tables) == len(families) + 4  # terms, drops, series, labels
    for table in tables:
        assert len({line.count(" | ") for line in table.splitlines()}) == 1
