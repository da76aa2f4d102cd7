"""A payload made fit to be looked at: what it is like stays, what it says of persons goes.

Keys stay, and values that the contract takes for a field without person and free text. Of all
else only the shape is shown: letters as x or X, digits as 9, CJK as 字, punctuation as it is.
Never raises, whatever the bytes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError

from schemas.event import MODELS
from schemas.kinds import TEXT
from schemas.shape import Shape, Value, shapes_of

VALUE_LIMIT = 500
"""Characters of one value that may be read, such as a list of products."""
SHAPE_LIMIT = 100
"""Characters of one value's shape."""
TEXT_LIMIT = 2_000
"""Characters of the shape of a payload that is no JSON."""
MEMBERS_LIMIT = 60
"""Members shown of one object or list."""
DEPTH_LIMIT = 32

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_BAD_BYTES = re.compile("[\udc80-\udcff]")
_EVENT_TYPE: TypeAdapter[str] = TypeAdapter(
    Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
)


def masked(payload: bytes) -> str:
    """The payload for the eye: JSON an entry a line, anything else as one shape."""
    text = payload.decode("utf-8", "surrogateescape")
    try:
        document = json.loads(
            text,
            object_pairs_hook=_Object,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_Number,
        )
        return "\n".join(_lines(document, "", readable=True))
    except (ValueError, RecursionError):
        return _shape(text, TEXT_LIMIT)


def visible(text: str) -> str:
    """`text` on one line, with everything escaped that a terminal would act on."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


class _Object(list[tuple[str, Any]]):
    """The pairs of a JSON object: a key may come twice."""


@dataclass(frozen=True)
class _Number:
    """A JSON number as it is written."""

    text: str

    @property
    def value(self) -> int | Decimal | None:
        try:
            return int(self.text) if _INTEGER.fullmatch(self.text) else Decimal(self.text)
        except (ValueError, InvalidOperation):  # digits without end
            return None


def _hides(shape: Shape) -> bool:
    """Whether a field holds a person or free text."""
    parts = (shape,) if isinstance(shape, Value) else shape.parts
    return any(part.kind.person or part.kind is TEXT for part in parts)


def _readable() -> Mapping[str, tuple[TypeAdapter[Any], ...]]:
    """By name: what the contract takes for the fields that hide nothing in any type of event."""
    models: Iterable[type[BaseModel]] = MODELS.values()
    hidden: set[str] = set()
    takes: dict[str, list[TypeAdapter[Any]]] = {"event_type": [_EVENT_TYPE]}
    for model in models:
        hidden |= {shape.name for shape in shapes_of(model) if _hides(shape)}
        for name, annotation in get_type_hints(model, include_extras=True).items():
            if name in model.model_fields:
                takes.setdefault(name, []).append(TypeAdapter(annotation))
    return MappingProxyType({name: tuple(takes[name]) for name in takes.keys() - hidden})


_READABLE = _readable()


def _takes(name: str, value: object) -> bool:
    plain = _plain(value)
    for adapter in _READABLE.get(name, ()):
        try:
            adapter.validate_python(plain)
            return True
        except (ValidationError, ValueError, ArithmeticError):
            continue
    return False


def _plain(value: object) -> object:
    """The value as models take it."""
    match value:
        case _Object():
            return {key: _plain(part) for key, part in value}
        case list():
            return [_plain(part) for part in value]
        case _Number():
            return value.value
        case _:
            return value


def _lines(value: object, lead: str, *, readable: bool, depth: int = 0) -> Iterable[str]:
    """The lines of a value, the first after `lead`; `readable` where a member may be shown."""
    if depth > DEPTH_LIMIT:
        raise RecursionError
    indent = "  " * depth
    if isinstance(value, _Object):
        members = [(f"{_key(key)}: ", key, part) for key, part in value]
        opening, closing = "{}"
    elif isinstance(value, list):
        members = [("", "", part) for part in value]
        opening, closing = "[]"
    else:
        yield f"{indent}{lead}{_scalar_shape(value)}"
        return
    if not members:
        yield f"{indent}{lead}{opening}{closing}"
        return
    yield f"{indent}{lead}{opening}"
    for inner_lead, key, part in members[:MEMBERS_LIMIT]:
        if readable and key and _takes(key, part):
            yield f"{indent}  {inner_lead}{_cut(visible(_json(part)), VALUE_LIMIT)}"
        else:
            # A list at the top may hold events; within an event no key is the contract's.
            inner = readable and not key
            yield from _lines(part, inner_lead, readable=inner, depth=depth + 1)
    if len(members) > MEMBERS_LIMIT:
        yield f"{indent}  … {len(members) - MEMBERS_LIMIT:,} more"
    yield f"{indent}{closing}"


def _key(key: str) -> str:
    return f'"{key}"' if _PLAIN_KEY.fullmatch(key) else _scalar_shape(key)


def _scalar_shape(value: object) -> str:
    match value:
        case str():
            told = "character" if len(value) == 1 else "characters"
            return f'"{visible(_shape(value, SHAPE_LIMIT))}" ({len(value):,} {told})'
        case _Number():
            return _shape(value.text, SHAPE_LIMIT)
        case bool():
            return "true or false"
        case _:
            return "null"


def _json(value: object) -> str:
    match value:
        case _Object():
            pairs = (f"{json.dumps(key, ensure_ascii=False)}: {_json(part)}" for key, part in value)
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(map(_json, value)) + "]"
        case _Number():
            return value.text
        case _:
            return json.dumps(value, ensure_ascii=False)


def _shape(text: str, limit: int) -> str:
    shown = _BAD_BYTES.sub(r"\\xNN", "".join(map(_shape_of, text[:limit])))
    return shown + _cut(text, limit)[limit:]


def _cut(text: str, limit: int) -> str:
    left = len(text) - limit
    return text if left <= 0 else f"{text[:limit]}… {left:,} more characters"


def _shape_of(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] == "N":
        return "9"
    if category[0] in "LM":
        if category == "Lo" and unicodedata.east_asian_width(char) in "WF":
            return "字"
        return "X" if category in ("Lu", "Lt") else "x"
    if category[0] in "PSZ" and char.isprintable():
        return char
    if category[0] == "Z":
        return " "
    return char if char in "\n\t" or "\udc80" <= char <= "\udcff" else "�"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
