"""Where `pulse import` and `pulse simulate` write: Kafka, or nowhere in a dry run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from pipeline.settings import Settings
from pipeline.sources.sink import LiveSink, NullSink
from sinks.kafka import EventWriter

DryRun = Annotated[bool, typer.Option("--dry-run", help="Make and count everything, send nothing.")]


@contextmanager
def open_sink(settings: Settings, *, dry_run: bool) -> Iterator[LiveSink]:
    """The broker of the settings; BrokerError when it is not there or not as it must be."""
    if dry_run:
        yield NullSink()
        return
    with EventWriter(settings) as writer:
        yield writer
