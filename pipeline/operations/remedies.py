"""What to do about a dead letter, by its reason; and whether sending it again can help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.rejection import Reason


class Replay(StrEnum):
    """Whether a replay can make an event of the same bytes."""

    NOW = "now"
    """As it is: a replay finds the right place by itself."""
    ONCE_MENDED = "once mended"
    """When the cause, which is not in the record, is gone."""
    AFTER_UPGRADE = "after upgrade"
    """When a newer version of the program knows what this one does not."""
    NEVER = "no"
    """The record itself is wrong: its source must send another one."""


@dataclass(frozen=True)
class Remedy:
    """What helps, in words for the one on call."""

    replay: Replay
    advice: str


_MEND_SOURCE = "Mend the source and let it send the event anew, with the same event_id."
_NEWER = (
    "Is the source newer than this program? Upgrade, then replay. Else mend the source: `pulse"
    " schema export` writes the contract, `pulse schema validate` checks a file against it."
)

REMEDIES: Mapping[Reason, Remedy] = {
    Reason.NULL_VALUE: Remedy(
        Replay.NEVER, "There is nothing to send again. Find what writes records without a value."
    ),
    Reason.TOO_LARGE: Remedy(
        Replay.NEVER, "Let the source send less: text and lists belong elsewhere. " + _MEND_SOURCE
    ),
    Reason.BAD_UTF8: Remedy(Replay.NEVER, "Let the source write UTF-8. " + _MEND_SOURCE),
    Reason.NOT_JSON: Remedy(
        Replay.NEVER, "One record is one JSON object, whole and with nothing after. " + _MEND_SOURCE
    ),
    Reason.DUPLICATE_KEY: Remedy(
        Replay.NEVER, "Which of the two is meant only the source knows. " + _MEND_SOURCE
    ),
    Reason.NOT_AN_OBJECT: Remedy(
        Replay.NEVER, "One record is one JSON object; a list is to be sent one by one."
    ),
    Reason.UNKNOWN_EVENT_TYPE: Remedy(Replay.AFTER_UPGRADE, _NEWER),
    Reason.MISSING_FIELD: Remedy(Replay.NEVER, _MEND_SOURCE),
    Reason.WRONG_TYPE: Remedy(Replay.AFTER_UPGRADE, _NEWER),
    Reason.UNKNOWN_FIELD: Remedy(Replay.AFTER_UPGRADE, _NEWER),
    Reason.ID_TOO_LONG: Remedy(
        Replay.NEVER, "An id is 1 to 128 bytes, without a NUL: hash what is longer. " + _MEND_SOURCE
    ),
    Reason.NEGATIVE_AMOUNT: Remedy(
        Replay.NEVER, "Money paid back is an event of its own: type refund, with its amount."
    ),
    Reason.HEADER_MISMATCH: Remedy(
        Replay.NEVER,
        "Let the source say it once, in the headers or in the value, with ce_specversion 1.0. "
        + _MEND_SOURCE,
    ),
    Reason.WRONG_TOPIC: Remedy(
        Replay.NOW, "A replay sends it to its own topic. Then mend where the source writes."
    ),
    Reason.MISROUTED: Remedy(
        Replay.NOW,
        "A replay sends it to its own partition. Then let the source key records by group_id, else"
        " user_id, else event_id, with Kafka's own murmur2, into as many partitions as there are.",
    ),
    Reason.NOT_PSEUDONYMISED: Remedy(
        Replay.NEVER,
        "Raw names must not enter the log. Let the source write through `pulse import jsonl`,"
        " which makes pseudonyms; a refused line of such an import can be replayed.",
    ),
    Reason.FOREIGN_KEY: Remedy(
        Replay.ONCE_MENDED,
        "Another PULSE_PSEUDONYM_KEY was in use. Give the source this installation's key; if this"
        " installation had the wrong one, set it back, then replay.",
    ),
    Reason.FOREIGN_CURRENCY: Remedy(
        Replay.ONCE_MENDED,
        "If PULSE_CURRENCY is wrong, set it right, restart the workers, then replay. Else let the"
        " source convert to the reporting currency before it sends.",
    ),
    Reason.BEFORE_2000: Remedy(
        Replay.NEVER, "The source's clock was not set, or seconds were sent as milliseconds."
    ),
    Reason.BEYOND_RETENTION: Remedy(
        Replay.ONCE_MENDED,
        "Raise PULSE_RETENTION_DAYS, or name the type in PULSE_KEEP, then replay.",
    ),
    Reason.FUTURE_TIME: Remedy(
        Replay.ONCE_MENDED,
        "If that time is not far, wait until it has come, then replay. Else set the source's clock:"
        " events are sent when they happen.",
    ),
    Reason.BAD_LINE: Remedy(
        Replay.NEVER,
        "Mend the file and import it again: what was imported already does not count twice.",
    ),
    Reason.STORE_REFUSED: Remedy(
        Replay.ONCE_MENDED,
        "See the worker's log for the store's error, mend that, then replay: at its new place in"
        " the log the event gets a new chance.",
    ),
    Reason.POISON: Remedy(
        Replay.AFTER_UPGRADE,
        "It is a fault of this program: report it with the detail, and with what the worker logged"
        " last. A replay before the fault is mended ends the worker again, until the record is"
        " found once more.",
    ),
}

_UNKNOWN = Remedy(Replay.AFTER_UPGRADE, "A newer version of the program wrote it: use that one.")


def remedy_for(reason: str) -> Remedy:
    """What helps against a reason as a dead letter names it."""
    return REMEDIES[Reason(reason)] if reason in list(Reason) else _UNKNOWN


def meaning_of(reason: str) -> str:
    """What a reason means, as a dead letter names it."""
    return Reason(reason).meaning if reason in list(Reason) else "A reason of a newer version."
