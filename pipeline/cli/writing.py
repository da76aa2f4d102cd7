"""Where `pulse import` and `pulse simulate` write: Kafka, or nowhere in a dry run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer

from pipeline.errors import PulseError
from pipeline.operations.perform import open_running
from pipeline.settings import Settings
from pipeline.sources.sink import LiveSink, NullSink
from sinks.kafka import EventWriter
from sinks.key_guard import check_sender, claimed_keys

DryRun = Annotated[bool, typer.Option("--dry-run", help="Make and count everything, send nothing.")]


@contextmanager
def open_sink(settings: Settings, key_id: str, *, dry_run: bool) -> Iterator[LiveSink]:
    """The broker of the settings, for persons under the key `key_id`.

    Raises BrokerError when it is not there or not as it must be, and ForeignKey when the store is
    known to have another key; a dry run asks neither.
    """
    if dry_run:
        yield NullSink()
        return
    _check_key(settings, key_id)
    with EventWriter(settings) as writer:
        yield writer


def _check_key(settings: Settings, key_id: str) -> None:
    """Where no store answers, the worker is the only judge: sending needs none."""
    try:
        with closing(open_running(settings, role="source")) as store:
            claimed, address = claimed_keys(store), store.address
    except PulseError:
        return
    check_sender(claimed, key_id, address=address)
