from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from pipeline.errors import Fatal, Retryable
from sinks.retry import until_done


def fails(times: int, error: Exception) -> Callable[[], str]:
    """A call that raises `error` that many times, then succeeds."""
    left = iter(range(times))

    def call() -> str:
        if next(left, None) is not None:
            raise error
        return "stored"

    return call


def test_it_goes_on_until_stored_and_tells_each_failure() -> None:
    heard: list[Retryable] = []
    away = Retryable("away")
    done = until_done(fails(3, away), stop=threading.Event(), on_failure=heard.append)
    assert (done, heard) == ("stored", [away] * 3)


def test_success_is_silent() -> None:
    heard: list[Retryable] = []
    assert until_done(fails(0, Retryable("")), stop=threading.Event(), on_failure=heard.append)
    assert heard == []


def test_fatal_is_raised_at_once_and_not_counted() -> None:
    heard: list[Retryable] = []
    with pytest.raises(Fatal):
        until_done(fails(1, Fatal("no")), stop=threading.Event(), on_failure=heard.append)
    assert heard == []


def test_told_to_stop_it_raises_what_it_was_waiting_out() -> None:
    stop = threading.Event()
    away = Retryable("away")

    def hear(_: Retryable) -> None:
        stop.set()

    with pytest.raises(Retryable) as caught:
        until_done(fails(10**9, away), stop=stop, on_failure=hear)
    assert caught.value is away


def test_a_stop_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinks.retry.FIRST_SECONDS", 60.0)
    monkeypatch.setattr("sinks.retry.LONGEST_SECONDS", 3_600.0)
    stop, failed = threading.Event(), threading.Event()
    ended = threading.Event()

    def wait() -> None:
        with pytest.raises(Retryable):
            until_done(
                fails(10**9, Retryable("away")), stop=stop, on_failure=lambda _: failed.set()
            )
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    assert failed.wait(120)
    stop.set()
    assert ended.wait(120)
