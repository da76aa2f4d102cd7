"""The contract as JSON Schema, for those who write events in another language.

JSON Schema cannot say everything: an id is counted in bytes, an amount has at most two decimal
places also as a number, no key comes twice. `pulse schema validate` says all of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from schemas.event import MODELS

FOLDER = "schemas/json"
ANY_EVENT = "event"

_HEAD: Mapping[str, str] = MappingProxyType(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Generated from the models in schemas/; do not edit.",
    }
)


def render() -> dict[str, str]:
    """Every schema file: path from the project's root -> text."""
    schemas = {str(event_type): _schema_of(model) for event_type, model in MODELS.items()}
    schemas[ANY_EVENT] = {
        "title": "Event",
        "description": "Any event, told apart by event_type.",
        "oneOf": [{"$ref": f"{name}.json"} for name in schemas],
    }
    return {f"{FOLDER}/{name}.json": _text(schema) for name, schema in schemas.items()}


def _schema_of(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    del schema["properties"]["event_type"]["default"]  # that is for our own code alone
    schema["required"] = ["event_type", *schema["required"]]
    return schema


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps({**_HEAD, **schema}, indent=2, ensure_ascii=False) + "\n"
