"""What the models look like: the one place that reads their annotations.

Columns, comments, the fast reader and the list of person ids are generated from this.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.kinds import Kind, one_of


@dataclass(frozen=True)
class Value:
    """A field with a value of `kind`, or with a list of them where it has `many`.

    A `required` field is in every record. Any other is there only where it says something else
    than `default`, which is what the column then holds.
    """

    name: str
    comment: str
    required: bool
    kind: Kind
    default: object
    many: bool = False


@dataclass(frozen=True)
class Objects:
    """A field with a list of objects, each with the fields `parts`."""

    name: str
    parts: tuple[Value, ...]


Shape = Value | Objects


@cache
def shapes_of(model: type[BaseModel]) -> tuple[Shape, ...]:
    """The fields of `model` in its order, without those that it fixes to one value."""
    hints = get_type_hints(model, include_extras=True)
    shapes = (_shape(name, hints[name], field) for name, field in model.model_fields.items())
    return tuple(shape for shape in shapes if shape)


def _shape(name: str, annotation: object, field: FieldInfo) -> Shape | None:
    inner, comment, required = _bare(annotation), field.description or "", field.is_required()
    many = get_origin(inner) is tuple
    if many:
        inner = get_args(inner)[0]
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        parts = (part for part in shapes_of(inner) if isinstance(part, Value))
        return Objects(name, tuple(parts))
    kind = _kind(inner)
    if isinstance(inner, type) and issubclass(inner, Enum):
        values = [str(member.value) for member in inner]
        kind, comment = one_of(values), f"{comment}: {', '.join(values)}"
    if kind is None:
        return None
    default = kind.absent if required or many or field.default is None else field.default
    return Value(name, comment, required, kind, default, many)


def _bare(annotation: object) -> object:
    """The type of a field without its own metadata and without None, but with its kind."""
    if get_origin(annotation) is Annotated and not _kind(annotation):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(arm for arm in get_args(annotation) if arm is not NoneType)
    return annotation


def _kind(annotation: object) -> Kind | None:
    metadata = getattr(annotation, "__metadata__", ())
    return next((extra for extra in metadata if isinstance(extra, Kind)), None)
