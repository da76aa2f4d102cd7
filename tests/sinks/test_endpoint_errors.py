"""An engine's error -> what ClickHouse would have sent."""

from __future__ import annotations

import pytest

from pipeline.errors import Fatal, Retryable
from sinks.endpoint_errors import QueryFailed, as_store_error, from_engine


def test_code_name_and_sentence_are_the_engines() -> None:
    error = from_engine(RuntimeError("Code: 60. DB::Exception: Unknown table t. (UNKNOWN_TABLE)"))
    assert (error.code, error.name, error.what) == (60, "UNKNOWN_TABLE", "Unknown table t")
    assert error.body("26.9.2.1") == (
        "Code: 60. DB::Exception: Unknown table t. (UNKNOWN_TABLE) (version 26.9.2.1)\n"
    )


def test_of_nested_errors_the_innermost_is_told_once() -> None:
    error = from_engine(
        RuntimeError(
            "Code: 164. DB::Exception: Code: 164. DB::Exception: Cannot modify 'readonly' setting"
            " in readonly mode. (READONLY) (version 26.9.2.1). (READONLY)"
        )
    )
    assert error.what == "Cannot modify 'readonly' setting in readonly mode"
    assert error.name == "READONLY"


def test_what_has_no_code_is_an_unknown_exception() -> None:
    assert from_engine(RuntimeError("gone")).code == 1002
    assert from_engine(RuntimeError("gone")).status == 500


@pytest.mark.parametrize(
    ("code", "status"),
    [(62, 400), (36, 400), (60, 404), (81, 404), (115, 404), (194, 401), (516, 403), (497, 403),
     (159, 408), (48, 501), (164, 500), (202, 500), (241, 500), (396, 500)],
)  # fmt: skip
def test_the_status_is_clickhouses(code: int, status: int) -> None:
    assert QueryFailed(code, "x").status == status


def test_what_a_client_reads_is_what_was_sent() -> None:
    sent = QueryFailed(202, "Too many simultaneous queries")
    read = from_engine(RuntimeError(sent.body("26.9.2.1")))
    assert (read.code, read.what, read.name) == (sent.code, sent.what, sent.name)


def test_a_store_error_says_what_to_do_about_it() -> None:
    late = as_store_error(159, "Timeout exceeded", "here")
    assert isinstance(late, Retryable)
    assert "raise PULSE_ENDPOINT__SECONDS" in late.remedy
    assert as_store_error(241, "Too much", "here").remedy == late.remedy
    wrong = as_store_error(516, "Authentication failed", "here")
    assert isinstance(wrong, Fatal)
    assert str(wrong) == (
        "The store refuses: Authentication failed (here). Set PULSE_ENDPOINT__PASSWORD to the"
        " password of the `pulse up` that owns the store."
    )
    assert as_store_error(194, "Authentication failed", "here").remedy == wrong.remedy
    assert as_store_error(60, "Unknown table t", "here").remedy == "Run `pulse migrate up`."
