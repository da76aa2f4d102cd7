"""ClickHouse's errors over HTTP: a code, its name, its status, and the text that clients parse."""

from __future__ import annotations

import re

from pipeline.errors import Fatal, StoreError
from sinks.store_errors import refusal

SYNTAX_ERROR = 62
NO_PASSWORD = 194
WRONG_PASSWORD = 516
NOT_FOUND = 404

NAMES: dict[int, str] = {
    36: "BAD_ARGUMENTS",
    48: "NOT_IMPLEMENTED",
    60: "UNKNOWN_TABLE",
    SYNTAX_ERROR: "SYNTAX_ERROR",
    73: "UNKNOWN_FORMAT",
    115: "UNKNOWN_SETTING",
    164: "READONLY",
    NO_PASSWORD: "REQUIRED_PASSWORD",
    202: "TOO_MANY_SIMULTANEOUS_QUERIES",
    394: "QUERY_WAS_CANCELLED",
    446: "FUNCTION_NOT_ALLOWED",
    452: "SETTING_CONSTRAINT_VIOLATION",
    497: "ACCESS_DENIED",
    WRONG_PASSWORD: "AUTHENTICATION_FAILED",
}
"""The codes this endpoint raises by itself; the engine names its own."""

_STATUS: dict[int, tuple[int, ...]] = {
    400: (6, 10, 16, 25, 26, 27, 36, 38, 41, 44, 53, 56, 62, 72, 117, 167, 168, 223, 321, 427,
          441, 675, 676),
    401: (NO_PASSWORD,),
    403: (192, 193, 497, 512, WRONG_PASSWORD),
    NOT_FOUND: (46, 47, 50, 60, 63, 73, 78, 81, 99, 115, 336, 511),
    408: (159,),
    501: (48,),
    503: (76, 209, 439),
}  # fmt: skip
_STATUS_OF = {code: status for status, codes in _STATUS.items() for code in codes}

_SIGN_IN = "Set PULSE_ENDPOINT__PASSWORD to the password of the `pulse up` that owns the store."
_LIMITS = (
    "Narrow event_date, or raise PULSE_ENDPOINT__SECONDS or PULSE_ENDPOINT__MEMORY_BYTES there."
)
_REMEDIES = {
    NO_PASSWORD: _SIGN_IN,
    WRONG_PASSWORD: _SIGN_IN,
    159: _LIMITS,
    241: _LIMITS,
}

_ENGINE = re.compile(r"Code: (\d+)\. DB::Exception: ")
_VERSION = re.compile(r" \(version [^)]*\)")
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)\s*$")


class QueryFailed(Fatal):
    """A query that is answered with an error: ClickHouse's `code`, its `name`, and a sentence."""

    def __init__(self, code: int, text: str, *, name: str = "") -> None:
        super().__init__(text, code=code)
        self.name = name or NAMES.get(code, "UNKNOWN_EXCEPTION")

    @property
    def status(self) -> int:
        """The HTTP status that ClickHouse gives to this code."""
        return _STATUS_OF.get(self.code, 500)

    def body(self, version: str) -> str:
        """The text of the answer, as an engine of `version` writes it."""
        return f"Code: {self.code}. DB::Exception: {self.what}. ({self.name}) (version {version})\n"


def from_engine(error: Exception) -> QueryFailed:
    """What the embedded engine raised; of nested errors the innermost is told."""
    text = _VERSION.sub("", str(error)).strip()
    found = list(_ENGINE.finditer(text))
    if not found:
        return QueryFailed(1002, text or type(error).__name__)
    last = found[-1]
    sentence, name = text[last.end() :], ""
    while (match := _NAME.search(sentence)) is not None:
        name, sentence = match[1], sentence[: match.start()].rstrip(". ")
    return QueryFailed(int(last[1]), sentence.rstrip(". "), name=name)


def as_store_error(code: int, text: str, where: str) -> StoreError:
    """The Retryable or Fatal of a question refused with `code`, whoever put it to the store."""
    return refusal(code, text, where=where, remedies=_REMEDIES)
