from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.event import MODELS
from schemas.event_type import EventType
from schemas.export import FOLDER, render

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("path", sorted(render()))
def test_committed_schema_is_current(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == render()[path]


def test_no_schema_is_left_over() -> None:
    assert {str(file.relative_to(ROOT)) for file in (ROOT / FOLDER).iterdir()} == set(render())


@pytest.mark.parametrize("event_type", EventType)
def test_schema_has_every_field_with_its_meaning(event_type: EventType) -> None:
    properties = json.loads(render()[f"{FOLDER}/{event_type}.json"])["properties"]
    assert set(properties) == set(MODELS[event_type].model_fields)
    assert all(field["description"] for field in properties.values())


@pytest.mark.parametrize("event_type", EventType)
def test_event_type_is_required(event_type: EventType) -> None:
    assert "event_type" in json.loads(render()[f"{FOLDER}/{event_type}.json"])["required"]


def test_any_event_is_one_of_them() -> None:
    schema = json.loads(render()[f"{FOLDER}/event.json"])
    assert [ref["$ref"] for ref in schema["oneOf"]] == [f"{t}.json" for t in EventType]
