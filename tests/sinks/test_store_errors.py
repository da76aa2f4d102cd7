from __future__ import annotations

import pytest
from clickhouse_driver import errors as driver

from pipeline.errors import Fatal, Retryable
from sinks.store_errors import ABOUT_ROWS, RETRYABLE, is_about_rows, store_error, store_errors
from sinks.unfit import Unfit

SERVER_TEXT = "DB::Exception: Something. Stack trace: 0. /usr/bin/clickhouse(f) [0x1]"


@pytest.mark.parametrize("code", [252, 241, 202, 242, 999, 236, 209, 210, 32, 285])
def test_codes_that_pass_by_themselves_are_retryable(code: int) -> None:
    error = store_error(driver.ServerException(SERVER_TEXT, code), where="w")
    assert isinstance(error, Retryable)


@pytest.mark.parametrize("code", [53, 60, 62, 81, 115, 164, 193, 349, 497, 516])
def test_all_other_codes_are_fatal_with_the_code(code: int) -> None:
    error = store_error(driver.ServerException(SERVER_TEXT, code), where="w")
    assert isinstance(error, Fatal)
    assert error.code == code


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(104, "reset"),
        BrokenPipeError(32, "pipe"),
        TimeoutError("slow"),
        EOFError("Unexpected EOF while reading bytes"),
        driver.NetworkError("refused"),
        driver.SocketTimeoutError("slow"),
        driver.UnexpectedPacketFromServerError("odd"),
        RuntimeError("Code: 241. DB::Exception: Memory limit exceeded"),
    ],
)
def test_a_lost_connection_or_short_memory_is_retryable(error: Exception) -> None:
    assert isinstance(store_error(error, where="w"), Retryable)


def test_who_asks_the_port_of_http_hears_of_the_other_one() -> None:
    error = store_error(driver.UnexpectedPacketFromServerError("got Unknown packet"), where="w")
    assert "own protocol (9000)" in error.remedy


def test_the_embedded_engine_tells_its_code_in_the_text() -> None:
    error = store_error(RuntimeError("Code: 60. DB::Exception: no (UNKNOWN_TABLE)"), where="w")
    assert isinstance(error, Fatal)
    assert error.code == 60


def test_an_unfit_value_is_fatal_and_about_a_row() -> None:
    error = store_error(Unfit("Column x is not UInt8"), where="w")
    assert isinstance(error, Fatal)
    assert is_about_rows(error)


@pytest.mark.parametrize("code", [0, 60, 81, 164, 497])
def test_what_would_refuse_every_record_is_not_about_rows(code: int) -> None:
    assert not is_about_rows(Fatal("no", code=code))


def test_no_code_is_both_retryable_and_about_rows() -> None:
    assert not RETRYABLE.keys() & ABOUT_ROWS.keys()


def test_messages_have_no_stack_trace() -> None:
    assert "Stack trace" not in store_error(driver.ServerException(SERVER_TEXT, 60), where="w").what


def test_an_error_already_told_passes_unchanged() -> None:
    first = Fatal("first", code=7)
    with pytest.raises(Fatal) as caught, store_errors("w"):
        raise first
    assert caught.value is first


def test_a_mistake_of_ours_is_not_taken_for_the_stores() -> None:
    with pytest.raises(TypeError), store_errors("w"):
        raise TypeError("bug")
