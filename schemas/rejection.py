"""Why a record is not counted: a closed list, and the record itself, so that nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.explained import Explained


class Reason(Explained):
    """The closed list of reasons, each with its meaning for people.

    Also a label of a metric, so values never change meaning.
    """

    NULL_VALUE = "null_value", "The record has no value."
    TOO_LARGE = "too_large", "The value is larger than any event may be."
    BAD_UTF8 = "bad_utf8", "The bytes are not UTF-8."
    NOT_JSON = "not_json", "The text is not one JSON value, or is nested deeper than any event."
    DUPLICATE_KEY = "duplicate_key", "An object names a key twice, so that it says two things."
    NOT_AN_OBJECT = "not_an_object", "JSON, but a list, a string, a number, true, false or null."
    UNKNOWN_EVENT_TYPE = "unknown_event_type", "`event_type` is none of ours."
    MISSING_FIELD = "missing_field", "A field that the type must have is not there."
    WRONG_TYPE = "wrong_type", "A field has a value that its type does not allow."
    UNKNOWN_FIELD = "unknown_field", "A field that the type does not have."
    ID_TOO_LONG = "id_too_long", "An id of more than 128 bytes."
    NEGATIVE_AMOUNT = "negative_amount", "Money below zero."
    HEADER_MISMATCH = (
        "header_mismatch",
        "A CloudEvents header is unreadable, comes twice, or says something else than the value.",
    )
    WRONG_TOPIC = "wrong_topic", "An event of another type than its topic's."
    MISROUTED = "misrouted", "The record lies in another partition than its key's."
    NOT_PSEUDONYMISED = (
        "not_pseudonymised",
        "A person is named, but no key that the pseudonym was made with.",
    )
    FOREIGN_KEY = (
        "foreign_key",
        "The pseudonyms were made with another key than this installation's.",
    )
    FOREIGN_CURRENCY = "foreign_currency", "Money in another currency than the reporting currency."
    BEFORE_2000 = (
        "before_2000",
        "The event time is before the year 2000: a clock that was never set.",
    )
    BEYOND_RETENTION = "beyond_retention", "Facts of that time may already have been dropped."
    FUTURE_TIME = "future_time", "The event time is too far after the record's append time."
    BAD_LINE = "bad_line", "A line of an imported file that its importer cannot read."
    STORE_REFUSED = "store_refused", "The store will never take the row."
    POISON = "poison", "Working on the record ended the worker, or failed, whenever it was tried."


@dataclass(frozen=True)
class Rejection:
    """One record that is not counted.

    `detail` is short and names fields, never a value. `raw` is the record's value as it was,
    None if there was none. `event_type` and `source` are what it claims to be, where readable.
    """

    reason: Reason
    detail: str
    raw: bytes | None
    event_type: str = ""
    source: str = ""
