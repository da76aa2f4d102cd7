"""What of the catalogue is computed here, what has no source, and which passages that answers."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.metric import Metric
from pipeline.catalog.passages import ELSEWHERE, PASSAGES, Passage
from pipeline.catalog.source import dims_of, missing
from pipeline.catalog.sql_rollup_state import FLOWING, filled
from pipeline.operations.asking import ask
from pipeline.settings import Settings
from schemas.event_type import EventType


@dataclass(frozen=True)
class Covered:
    """A metric: computed, or why not."""

    metric: Metric
    missing: tuple[str, ...]

    @property
    def state(self) -> str:
        """computed, or no source."""
        return "no source" if self.missing else "computed"


@dataclass(frozen=True)
class Ticked:
    """A passage of the documents that asked for all this, and which of its ids are answered."""

    passage: Passage
    declared: tuple[str, ...]
    open: tuple[str, ...]


def coverage(settings: Settings) -> list[Covered]:
    """Every metric of the catalogue, as far as the store's facts and dimensions carry it."""
    flowing = ask(settings, FLOWING).filter(pl.col("n") > 0)
    types = {EventType(name) for name in flowing["event_type"]}
    tables = set(ask(settings, filled(dims_of(CATALOGUE)))["name"])
    return [Covered(metric, missing(metric, types, tables)) for metric in CATALOGUE]


def ticked() -> list[Ticked]:
    """The passages, each with its ids that the catalogue declares and those it does not."""
    known = {metric.id for metric in CATALOGUE} | ELSEWHERE.keys()
    return [
        Ticked(
            passage,
            tuple(one for one in passage.ids if one in known),
            tuple(one for one in passage.ids if one not in known),
        )
        for passage in PASSAGES
    ]
