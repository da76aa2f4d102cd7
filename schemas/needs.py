"""A field that an event must have only where another field has a certain value.

Said once: the model checks it, the JSON Schema tells it, and the fast reader, to which a field
that is not there looks like an empty one, leaves what may lack it to the exact decoder.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from pydantic import BaseModel
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError


@dataclass(frozen=True)
class Need:
    """Where `field` has one of `values`, `needed` must be there."""

    field: str
    values: tuple[str, ...]
    needed: str

    def check(self, event: BaseModel) -> None:
        """Raise pydantic's error if it is not met."""
        value = getattr(event, self.field)
        if value in self.values and getattr(event, self.needed) is None:
            raise PydanticCustomError(
                "missing", f"{self.needed} is missing: {self.field} is {value}"
            )

    @property
    def json_schema(self) -> JsonDict:
        """What a JSON Schema says of it."""
        return {
            "if": {
                "properties": {self.field: {"enum": list(self.values)}},
                "required": [self.field],
            },
            "then": {
                "properties": {self.needed: {"not": {"type": "null"}}},
                "required": [self.needed],
            },
        }

    def surely_met(self, frame: pl.DataFrame, absent: object) -> pl.Series:
        """Which events of `frame` have it, or need none; `absent` stands for none in a column."""
        return ~frame[self.field].is_in(list(self.values)) | (frame[self.needed] != absent)
