"""Patience with a store that is away: the same rows again until stored, or told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import polars as pl
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_when_event_set,
    wait_random_exponential,
)

from pipeline.errors import Retryable
from sinks.store import Store

T = TypeVar("T")

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 10.0


def until_done(
    call: Callable[[], T], *, stop: threading.Event, on_failure: Callable[[Retryable], None]
) -> T:
    """The result of `call`, repeated as long as it raises Retryable.

    Waits a random time up to 0.1 s, 0.2 s, 0.4 s ... 10 s between attempts (random, so that
    workers do not come back all at once). `on_failure` hears of each failure. Once `stop` is set
    the last Retryable is raised instead of waiting on; a Fatal is raised at once.
    """

    def hear(attempt: RetryCallState) -> None:
        failure = attempt.outcome.exception() if attempt.outcome else None
        if isinstance(failure, Retryable):
            on_failure(failure)

    return Retrying(
        retry=retry_if_exception_type(Retryable),
        wait=wait_random_exponential(multiplier=FIRST_SECONDS, max=LONGEST_SECONDS),
        sleep=sleep_using_event(stop),
        stop=stop_when_event_set(stop),
        after=hear,
        reraise=True,
    )(call)


def insert_until_stored(
    store: Store,
    table: str,
    frame: pl.DataFrame,
    *,
    stop: threading.Event,
    on_failure: Callable[[Retryable], None],
) -> None:
    """Insert the frame, however long the store is away (see `until_done`)."""
    until_done(lambda: store.insert(table, frame), stop=stop, on_failure=on_failure)
