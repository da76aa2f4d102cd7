"""CloudEvents in Kafka's binary mode: an envelope in the record's headers, the rest in its value.

A record with a header `ce_specversion` is one. What its value lacks of `event_id`, `event_type`,
`source` and `event_time` comes from the headers `ce_id`, `ce_type`, `ce_source` and `ce_time`;
where both say something they say the same. `ce_type` is the event type itself or its topic's name,
`community.<type>`. Other headers, extension attributes among them, say nothing here, and a record
without `ce_specversion` is taken by its value alone, whatever else its headers hold.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from pydantic import TypeAdapter, ValidationError

from schemas.event import claimed_source
from schemas.exact_json import Unreadable, read_object
from schemas.fields import Instant
from schemas.rejection import Reason, Rejection

SPECVERSION_HEADER: Final = "ce_specversion"
SPECVERSION: Final = "1.0"
TYPE_PREFIX: Final = "community."

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "ce_type": "event_type",
        "ce_time": "event_time",
        "ce_id": "event_id",
        "ce_source": "source",
    }
)
"""Header -> the field it gives, in the order of the model."""

Headers = Sequence[tuple[str, bytes | None]]
"""Headers as Kafka has them: a name may come several times."""

_READ: Final = frozenset({SPECVERSION_HEADER, *FIELDS})
_INSTANT = TypeAdapter[int](Instant)


class _BadHeaders(ValueError):
    """The headers are at odds with themselves or with the value."""


def merged(value: bytes | None, headers: Headers) -> bytes | Rejection | None:
    """The event's whole JSON, for `schemas.decode` to judge; never raises.

    The value itself where it needs nothing. Otherwise its own bytes after the fields that only the
    headers have, so that nothing of it is read differently. A rejection keeps the value.
    """
    if value is None or all(name != SPECVERSION_HEADER for name, _ in headers):
        return value
    fields: Mapping[str, object] = {}
    told: Mapping[str, str] = {}
    try:
        told = _told(headers)
        fields = read_object(value)
        return _spliced(value, fields, told)
    except Unreadable as error:
        reason, detail = error.reason, error.detail
    except _BadHeaders as error:
        reason, detail = Reason.HEADER_MISMATCH, str(error)
    return Rejection(reason, detail, value, source=claimed_source({**told, **fields}))


def _told(headers: Headers) -> dict[str, str]:
    """Field -> text, of the headers that give one."""
    ours = [(name, value) for name, value in headers if name in _READ]
    for name, times in Counter(name for name, _ in ours).items():
        if times > 1:
            raise _BadHeaders(f"{name}: comes {times} times")
    texts = {name: _text(name, value) for name, value in ours}
    if texts.pop(SPECVERSION_HEADER) != SPECVERSION:
        raise _BadHeaders(f"{SPECVERSION_HEADER}: not {SPECVERSION}")
    if "ce_type" in texts:
        texts["ce_type"] = texts["ce_type"].removeprefix(TYPE_PREFIX)
    return {field: texts[name] for name, field in FIELDS.items() if name in texts}


def _text(name: str, value: bytes | None) -> str:
    if not value:
        raise _BadHeaders(f"{name}: empty")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise _BadHeaders(f"{name}: not UTF-8 at byte {error.start}") from error


def _spliced(value: bytes, fields: Mapping[str, object], told: Mapping[str, str]) -> bytes:
    """`value` with what it lacks of `told` before its first field."""
    for name in told.keys() & fields.keys():
        if not _agree(name, told[name], fields[name]):
            raise _BadHeaders(f"{_header_of(name)}: not what {name} in the value says")
    lacking = {name: text for name, text in told.items() if name not in fields}
    if not lacking:
        return value
    opening = json.dumps(lacking, ensure_ascii=False, separators=(",", ":"))[:-1].encode()
    rest = value.lstrip()[1:]
    return opening + b"," * bool(fields) + rest


def _agree(name: str, header: str, own: object) -> bool:
    """Whether both say the same. A value that its type does not allow is left to the decoder."""
    if name != "event_time":
        return not isinstance(own, str) or own == header
    if (of_value := _milliseconds(own)) is None:
        return True
    return _milliseconds(header) == of_value


def _milliseconds(time: object) -> int | None:
    try:
        return _INSTANT.validate_python(time)
    except ValidationError:
        return None


def _header_of(field: str) -> str:
    return next(header for header, name in FIELDS.items() if name == field)


def all_merged(
    values: Sequence[bytes | None], headers: Iterable[Headers], *, max_bytes: int
) -> tuple[list[bytes | None], dict[int, Rejection]]:
    """The values of a batch merged with their headers, and what cannot be, by index.

    In the place of the latter there is no value, so that no one reads it without its headers. One
    of more than `max_bytes` is not looked into: the decoder refuses it for its size.
    """
    whole = list(values)
    rejected: dict[int, Rejection] = {}
    for index, (value, its_headers) in enumerate(zip(values, headers, strict=True)):
        if its_headers and value is not None and len(value) <= max_bytes:
            verdict = merged(value, its_headers)
            if isinstance(verdict, Rejection):
                rejected[index], whole[index] = verdict, None
            else:
                whole[index] = verdict
    return whole, rejected
