"""The text format: word for word what the library writes of the same samples."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from pipeline.catalog.series import CLOCK_RATE, GROUP_INFO, LAG_SECONDS, Series, Type
from sinks.prometheus_text import Family, Sample, text

SORTED = Series("a_gauge", Type.GAUGE, ("a", "b"), 'Two lines\nwith a \\ and a "quote".')
"""Its labels are in the order in which the library writes them."""


class Library(Collector):
    """The same family as the library knows it."""

    def __init__(self, family: Family) -> None:
        self.family = family

    def collect(self) -> Iterator[Metric]:
        series, samples = self.family
        gauge = GaugeMetricFamily(series.name, series.help, labels=series.labels)
        for values, value in samples:
            gauge.add_metric(values, value)
        yield gauge


def by_library(family: Family) -> str:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Library(family))
    return generate_latest(registry).decode()


VALUES = st.floats(allow_nan=False) | st.sampled_from((0, 1, -3, 10**9, inf, -inf, 1e-7, 123456.7))
SAMPLES = st.lists(st.tuples(st.tuples(st.text(), st.text()), VALUES))


@given(SAMPLES)
def test_it_is_what_the_library_writes(samples: list[Sample]) -> None:
    family = Family(SORTED, samples)
    assert text([family]) == by_library(family)


@pytest.mark.parametrize(
    ("series", "samples"),
    [
        (CLOCK_RATE, [((), 288)]),
        (GROUP_INFO, [(('a "group" of %s\n', ""), 1)]),
        (LAG_SECONDS, [(("community.chat", "2"), 0.25), (("community.join", "1"), 0)]),
        (LAG_SECONDS, []),
    ],
)
def test_a_series_of_the_catalogue_is_read_back(series: Series, samples: list[Sample]) -> None:
    (family,) = text_string_to_metric_families(text([Family(series, samples)]))
    assert (family.name, family.type, family.documentation) == (series.name, "gauge", series.help)
    assert [(one.labels, one.value) for one in family.samples] == [
        (dict(zip(series.labels, values, strict=True)), value) for values, value in samples
    ]
