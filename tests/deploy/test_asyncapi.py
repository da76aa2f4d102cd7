"""The AsyncAPI document: whole, about every topic, and true of what is really written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from deploy.asyncapi import PATH, render
from pipeline import __version__
from pipeline.settings import KafkaSettings
from schemas.cloudevents import FIELDS, merged
from schemas.event import parse, to_wire
from schemas.event_type import EventType
from schemas.export import render as schema_files
from schemas.rejection import Reason, Rejection
from sinks.dead_letter import dead_letter, line_record, stored_record
from sinks.topics import SOURCES, TOPICS, configs
from tests.schemas.events import example

TEXT = render()[PATH]
DOCUMENT: dict[str, Any] = yaml.safe_load(TEXT)
FILES = {f"./{path.removeprefix('schemas/')}": json.loads(text)
         for path, text in schema_files().items()}  # fmt: skip
CHANNELS = DOCUMENT["channels"]
each_type = pytest.mark.parametrize("event_type", EventType)


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in the document."""
    if isinstance(node, dict):
        yield node
        for part in node.values():
            yield from parts(part)
    elif isinstance(node, list):
        for part in node:
            yield from parts(part)


def found(reference: str) -> Any:
    """What a $ref points to."""
    file, _, pointer = reference.partition("#")
    node = FILES[file] if file else DOCUMENT
    for step in pointer.split("/")[1:]:
        node = node[step]
    return node


@cache
def registry() -> Registry[Any]:
    resources = ((name, Resource(contents=schema, specification=DRAFT202012))
                 for name, schema in FILES.items())  # fmt: skip
    return Registry().with_resources(resources)


def fits(instance: object, schema: dict[str, Any]) -> bool:
    return bool(Draft202012Validator(schema, registry=registry()).is_valid(instance))


def payload(channel: str, message: str) -> dict[str, Any]:
    schema: dict[str, Any] = CHANNELS[channel]["messages"][message]["payload"]["schema"]
    return schema


def test_every_reference_is_to_something() -> None:
    references = [part["$ref"] for part in parts(DOCUMENT) if "$ref" in part]
    assert len(references) > 50
    for reference in references:
        assert found(reference)


def test_every_topic_has_its_channel_and_every_channel_is_written_and_read() -> None:
    assert [channel["address"] for channel in CHANNELS.values()] == list(TOPICS)
    assert {name: CHANNELS[event_type]["address"] for name, event_type in SOURCES.items()} == {
        name: name for name in SOURCES
    }
    actions = {(operation["action"], operation["channel"]["$ref"].rpartition("/")[2])
               for operation in DOCUMENT["operations"].values()}  # fmt: skip
    assert actions == {(action, name) for action in ("send", "receive") for name in CHANNELS}


def test_every_schema_in_it_is_one() -> None:
    schemas = [part["schema"] for part in parts(DOCUMENT) if "schemaFormat" in part]
    assert len(schemas) == 3 * len(EventType) + 2
    for schema in schemas:
        Draft202012Validator.check_schema(schema)


def test_topics_are_as_they_are_created() -> None:
    kafka = KafkaSettings()
    made = configs(kafka)
    for channel in CHANNELS.values():
        binding = channel["bindings"]["kafka"]
        assert (binding["partitions"], binding["replicas"]) == (kafka.partitions, kafka.replication)
        for name, value in binding["topicConfiguration"].items():
            assert made[name] == (value[0] if isinstance(value, list) else str(value))


def test_the_broker_is_a_variable_with_the_default_of_the_settings() -> None:
    for server in DOCUMENT["servers"].values():
        assert server["host"] == "{bootstrap}"
        assert server["variables"]["bootstrap"]["default"] == KafkaSettings().bootstrap
    assert DOCUMENT["info"]["version"] == __version__


@each_type
def test_an_event_fits_its_channel_and_no_other(event_type: EventType) -> None:
    sent = json.loads(to_wire(example(event_type)))
    assert [name for name in EventType if fits(sent, payload(name, "event"))] == [event_type]
    assert CHANNELS[event_type]["messages"]["event"]["contentType"] == "application/json"
    key = CHANNELS[event_type]["messages"]["event"]["bindings"]["kafka"]["key"]["description"]
    assert key.startswith("Any" if event_type is EventType.HEARTBEAT else "group_id, else user_id")


@each_type
def test_a_cloudevent_that_fits_is_that_event(event_type: EventType) -> None:
    event = example(event_type)
    body = json.loads(to_wire(event))
    headers = {
        "ce_specversion": "1.0",
        "ce_type": str(event_type),
        "ce_time": "2025-07-04T12:00:00Z",
        "ce_id": body["event_id"],
        "ce_source": body["source"],
    }
    bare = {name: value for name, value in body.items() if name not in FIELDS.values()}
    message = CHANNELS[event_type]["messages"]["cloudevent"]
    assert fits(headers, message["headers"]["schema"])
    assert fits(bare, message["payload"]["schema"])
    assert fits(body, message["payload"]["schema"])
    told = [(name, value.encode()) for name, value in headers.items()]
    whole = merged(json.dumps(bare).encode(), told)
    assert isinstance(whole, bytes)
    assert parse(whole) == event


@each_type
def test_a_cloudevent_that_is_none_does_not_fit(event_type: EventType) -> None:
    message = CHANNELS[event_type]["messages"]["cloudevent"]
    headers = {"ce_specversion": "1.0", "ce_type": str(event_type), "ce_id": "1", "ce_source": "s"}
    schema = message["headers"]["schema"]
    assert fits(headers, schema)
    for change in ({"ce_specversion": "0.3"}, {"ce_type": "dance"}, {"ce_id": ""}):
        assert not fits(headers | change, schema)
    for name in headers:
        assert not fits({key: value for key, value in headers.items() if key != name}, schema)
    assert not fits({"colour": "red"}, message["payload"]["schema"])


class Line:
    """A line as importers tell it."""

    origin, line, reason, detail, source = "irc.log", 7, Reason.BAD_LINE, "no date", "irc"
    payload = b"[12:00] <x>"


@pytest.mark.parametrize("reason", Reason)
def test_dead_letters_fit_their_channel(reason: Reason) -> None:
    letter = dead_letter(
        Rejection(reason, "why", b"\xff"),
        epoch=1, topic="community.chat", partition=0, offset=5, ingest_ms=7,
    )  # fmt: skip
    stored = json.loads(stored_record(letter))
    line = json.loads(line_record(Line()))
    assert fits(stored, payload("dead_letter", "record"))
    assert fits(line, payload("dead_letter", "line"))
    assert not fits(line, payload("dead_letter", "record"))
    assert not fits(stored | {"reason": "mood"}, payload("dead_letter", "record"))
