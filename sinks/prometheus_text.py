"""Series in Prometheus' text format, version 0.0.4.

What `prometheus_client.generate_latest` says of them, in a fraction of its time: that checks and
writes the names and labels of each sample anew, and here they are the catalogue's, and the same at
each scrape. https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from prometheus_client import Metric
from prometheus_client.utils import floatToGoString

from pipeline.catalog.series import Series

KEPT = 1 << 16
"""Names with their labels that are kept as they were written: those of some thousand groups."""

PLAIN_BELOW = 1_000_000
"""Below it Go, whose numbers Prometheus writes, has no exponent."""

Sample = tuple[tuple[str, ...], float]
"""Label values in the order of the series' labels, and the value."""


class Family(NamedTuple):
    """A series of the catalogue and what it shows; without samples it still says its help."""

    series: Series
    samples: Iterable[Sample]


def text(families: Iterable[Family]) -> str:
    """All of `families`, one after the other."""
    return "".join(map(_family, families))


def text_of_library(metrics: Iterable[Metric]) -> str:
    """Histograms of `prometheus_client`, in the names of the catalogue."""
    return "".join(map(_metric, metrics))


def _family(family: Family) -> str:
    series = family.series
    form = _form(series.name, series.labels)
    lines = [f"{_labelled(form, values)} {_number(n)}\n" for values, n in family.samples]
    return "".join((_about(series.name, series.help, series.type.value), *lines))


def _metric(metric: Metric) -> str:
    lines = [
        f"{_labelled(_form(name, tuple(labels)), tuple(labels.values()))} {_number(value)}\n"
        for name, labels, value, *_ in metric.samples
    ]
    return "".join((_about(metric.name, metric.documentation, metric.type), *lines))


@cache
def _about(name: str, help_: str, type_: str) -> str:
    return f"# HELP {name} {_line(help_)}\n# TYPE {name} {type_}\n"


@cache
def _form(name: str, labels: tuple[str, ...]) -> str:
    shown = ",".join(f'{label}="%s"' for label in labels)
    return f"{name}{{{shown}}}" if labels else name


@lru_cache(KEPT)
def _labelled(form: str, values: tuple[str, ...]) -> str:
    return form % tuple(map(_quoted, values))


def _line(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _number(value: float) -> str:
    if -PLAIN_BELOW < value < PLAIN_BELOW:
        return repr(float(value))
    return str(floatToGoString(value))  # type: ignore[no-untyped-call]


def _quoted(value: str) -> str:
    return _line(value).replace('"', r"\"")
