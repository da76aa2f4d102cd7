"""A store's own errors, mapped by one closed table to Retryable or Fatal.

Codes are ClickHouse's, the same in a server and in the embedded engine. What is not listed as
Retryable is Fatal: waiting does not help, somebody has to act.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from clickhouse_driver.errors import Error as DriverError

from pipeline.errors import Fatal, QueryTooLarge, Retryable, StoreError
from sinks.unfit import Unfit

RETRYABLE: dict[int, str] = {
    3: "UNEXPECTED_END_OF_FILE",
    32: "ATTEMPT_TO_READ_AFTER_EOF",
    40: "CHECKSUM_DOESNT_MATCH",
    75: "CANNOT_WRITE_TO_FILE_DESCRIPTOR",
    95: "CANNOT_READ_FROM_SOCKET",
    96: "CANNOT_WRITE_TO_SOCKET",
    100: "UNKNOWN_PACKET_FROM_SERVER",
    101: "UNEXPECTED_PACKET_FROM_CLIENT",
    102: "UNEXPECTED_PACKET_FROM_SERVER",
    159: "TIMEOUT_EXCEEDED",
    173: "CANNOT_ALLOCATE_MEMORY",
    198: "DNS_ERROR",
    201: "QUOTA_EXCEEDED",
    202: "TOO_MANY_SIMULTANEOUS_QUERIES",
    203: "NO_FREE_CONNECTION",
    209: "SOCKET_TIMEOUT",
    210: "NETWORK_ERROR",
    225: "NO_ZOOKEEPER",
    236: "ABORTED",
    241: "MEMORY_LIMIT_EXCEEDED",
    242: "TABLE_IS_READ_ONLY",
    243: "NOT_ENOUGH_SPACE",
    252: "TOO_MANY_PARTS",
    254: "NO_ACTIVE_REPLICAS",
    279: "ALL_CONNECTION_TRIES_FAILED",
    285: "TOO_FEW_LIVE_REPLICAS",
    286: "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE",
    289: "REPLICA_IS_NOT_IN_QUORUM",
    319: "UNKNOWN_STATUS_OF_INSERT",
    335: "BARRIER_TIMEOUT",
    364: "RECEIVED_ERROR_TOO_MANY_REQUESTS",
    369: "ALL_REPLICAS_ARE_STALE",
    394: "QUERY_WAS_CANCELLED",
    425: "SYSTEM_ERROR",
    439: "CANNOT_SCHEDULE_TASK",
    473: "DEADLOCK_AVOIDED",
    733: "TABLE_IS_BEING_RESTARTED",
    745: "SERVER_OVERLOADED",
    999: "KEEPER_EXCEPTION",
    1000: "POCO_EXCEPTION",
}

COLUMN_EXISTS = (15, 44)
READONLY = 164
TYPE_MISMATCH = 53
UNKNOWN_TABLE = 60
UNKNOWN_DATABASE = 81

ABOUT_ROWS: dict[int, str] = {
    6: "CANNOT_PARSE_TEXT",
    27: "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
    33: "CANNOT_READ_ALL_DATA",
    TYPE_MISMATCH: "TYPE_MISMATCH",
    69: "ARGUMENT_OUT_OF_BOUND",
    70: "CANNOT_CONVERT_TYPE",
    117: "INCORRECT_DATA",
    128: "TOO_LARGE_ARRAY_SIZE",
    131: "TOO_LARGE_STRING_SIZE",
    321: "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
    349: "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
    407: "DECIMAL_OVERFLOW",
    469: "VIOLATED_CONSTRAINT",
}
"""Fatal codes that one record can cause. Any other Fatal (no such table, no rights, a full
disk quota) would refuse every record: it must stop the program, never fill the dead letters."""

_ADDRESS = "Is it up, and PULSE_STORE its address?"
_REMEDIES: dict[int, str] = {
    UNKNOWN_TABLE: "Run `pulse migrate up`.",
    UNKNOWN_DATABASE: "Run `pulse migrate up`.",
    READONLY: "Only reading is allowed here.",
    **dict.fromkeys((192, 193, 194, 516), "Check the user and the password in PULSE_STORE."),
    **dict.fromkeys((95, 96, 198, 209, 210, 279), _ADDRESS),
    **dict.fromkeys((100, 101, 102), "Is its port that of ClickHouse's own protocol (9000)?"),
    497: "Grant it to this user, or name another user in PULSE_STORE.",
}

_CODE = re.compile(r"Code: (\d+)")
_TAIL = re.compile(r"Stack trace:|Expected one of:")
_LONGEST = 500
_OF_ONE_QUERY = re.compile(r"Query memory limit exceeded|Memory limit \(for query\) exceeded")
"""As newer and older engines say it; the limits of a user or the server are others' doing too."""


@contextmanager
def store_errors(where: str) -> Iterator[None]:
    """Raise Retryable or Fatal for whatever a driver raises within, at the store `where`."""
    try:
        yield
    except (DriverError, RuntimeError, OSError, EOFError, Unfit) as error:
        raise store_error(error, where=where) from error


def store_error(error: Exception, *, where: str) -> StoreError:
    """The Retryable or Fatal that stands for what a driver raised at the store `where`."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, Unfit):
        return Fatal(str(error), code=TYPE_MISMATCH, where=where)
    text = str(error) or type(error).__name__
    if isinstance(error, OSError | EOFError):
        told = f"The store cannot be reached: {_brief(text)}"
        return Retryable(told, where=where, remedy=_ADDRESS)
    return refusal(_code(error), text, where=where)


def refusal(
    code: int, text: str, *, where: str, remedies: Mapping[int, str] | None = None
) -> StoreError:
    """What the store `where` says no to with `code` and `text`; `remedies` go before ours."""
    remedy = {**_REMEDIES, **(remedies or {})}.get(code, "")
    if code in RETRYABLE:
        told = f"The store refuses for now: {RETRYABLE[code]}, {_brief(text)}"
        kind = QueryTooLarge if _OF_ONE_QUERY.search(text) else Retryable
        return kind(told, where=where, remedy=remedy)
    return Fatal(f"The store refuses: {_brief(text)}", code=code, where=where, remedy=remedy)


def is_about_rows(error: Fatal) -> bool:
    """Whether some record of the batch caused this, so that bisecting finds it."""
    return error.code in ABOUT_ROWS


def _code(error: Exception) -> int:
    if isinstance(error, DriverError) and error.code is not None:
        return int(error.code)
    found = _CODE.search(str(error))
    return int(found[1]) if found else 0


def _brief(text: str) -> str:
    """The server's sentence, without its stack trace or the list of words it would have liked."""
    sentence = " ".join(_TAIL.split(text, maxsplit=1)[0].split()).rstrip(". ")
    return sentence if len(sentence) <= _LONGEST else sentence[:_LONGEST] + "..."
