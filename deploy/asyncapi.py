"""The topics as an AsyncAPI document, for those who write events or read dead letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from pipeline import __version__
from pipeline.alerting.emit import Node, to_yaml
from pipeline.settings import DAY_MS, KafkaSettings
from schemas.cloudevents import FIELDS, SPECVERSION, SPECVERSION_HEADER, TYPE_PREFIX
from schemas.event import MODELS
from schemas.event_type import EventType
from schemas.rejection import Reason
from sinks.dead_letter import DeadLetter
from sinks.topics import DEAD_LETTER, MAX_RECORD_BYTES, SOURCES, topic_of

PATH = "schemas/asyncapi.yaml"

Object = Mapping[str, Node]

_HEADER = ("Generated from the models in schemas/ by `python -m deploy.render`. DO NOT EDIT.",)
_FORMAT = "application/schema+json;version=draft-2020-12"
_JSON = "application/json"
_BINDING = "0.5.0"
_KAFKA = KafkaSettings()
_ABOUT = """\
Events of communities, one Kafka topic per type. Write them as JSON, one event a record.
A record is counted once however often it is sent: an event is identified by event_type, group_id,
user_id (where there is no group), event_time and event_id.
What is no event becomes a dead letter with a reason; nothing else stops for it.
JSON Schema cannot say everything: `pulse schema validate` checks a file by all the rules."""
_KEY = (
    "group_id, else user_id, else event_id, in UTF-8. The partition is that of Kafka's own "
    "partitioner, murmur2(key) & 0x7fffffff modulo the number of partitions; in another one the "
    "record becomes a dead letter (misrouted)."
)
_BEAT_KEY = "Any. A live source beats into every partition, named in the field `partition`."
_HEADERS: Mapping[str, str] = {
    "ce_type": "event_type, or the name of its topic.",
    "ce_time": "event_time, in RFC 3339 with an offset.",
    "ce_id": "event_id.",
    "ce_source": "source.",
}
_ALWAYS_THERE = ("ce_type", "ce_id", "ce_source")
"""What CloudEvents itself demands, beside the version."""

_LETTER_MEANINGS: Mapping[str, str] = {
    "epoch": "PULSE_EPOCH of the topic it lies in",
    "topic": "Topic it lies in",
    "partition": "Its partition",
    "offset": "Its offset",
    "reason": "Why it is not counted",
    "detail": "What is wrong, without quoting the record",
    "event_type": "What it claims to be, '' if that cannot be read",
    "source": "Source it claims to come from, '' if that cannot be read",
    "payload": "Base64 of its first 64 KiB",
    "payload_bytes": "Its whole size",
    "ingest_ms": "When the broker appended it, in epoch milliseconds",
    "origin": "Which file of which source",
    "line": "Number of the line in it",
    "stored": "The worker has stored its row",
}
_LINE = ("origin", "line", "reason", "detail", "source", "event_type", "payload", "payload_bytes")
_INTEGERS = frozenset(
    {"line", *(field.name for field in fields(DeadLetter) if field.type == "int")}
)


def render() -> dict[str, str]:
    """The document by its path in the project."""
    return {PATH: to_yaml(_document(), header=_HEADER)}


def _document() -> Object:
    channels = {str(event_type): _channel(event_type) for event_type in SOURCES.values()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "community-pulse",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": _JSON,
        "servers": {
            "plain": _server("kafka", "Without encryption, for one machine or a closed network."),
            "secured": {
                **_server("kafka-secure", "TLS and SCRAM-SHA-512: PULSE_KAFKA__SECURITY=SASL_SSL."),
                "security": [{"$ref": "#/components/securitySchemes/scram"}],
            },
        },
        "channels": {**channels, "dead_letter": _letters()},
        "operations": _operations([*channels, "dead_letter"]),
        "components": {
            "securitySchemes": {
                "scram": {
                    "type": "scramSha512",
                    "description": "PULSE_KAFKA__USERNAME and PULSE_KAFKA__PASSWORD.",
                }
            }
        },
    }


def _server(protocol: str, about: str) -> Object:
    return {
        "host": "{bootstrap}",
        "protocol": protocol,
        "description": about,
        "variables": {
            "bootstrap": {
                "default": _KAFKA.bootstrap,
                "description": "host:port of a broker: PULSE_KAFKA__BOOTSTRAP.",
            }
        },
    }


def _channel(event_type: EventType) -> Object:
    model = MODELS[event_type]
    about = " ".join((model.__doc__ or "").split())
    return {
        "address": topic_of(event_type),
        "description": about,
        "messages": {
            "event": {
                "name": f"{event_type}",
                "title": model.__name__,
                "summary": "The whole event in the value.",
                **_message(event_type),
                "payload": _schema({"$ref": _file(event_type)}),
            },
            "cloudevent": {
                "name": f"{event_type}.cloudevent",
                "title": f"{model.__name__} as a CloudEvent",
                "summary": "Binary mode: its envelope in the headers, the rest in the value.",
                **_message(event_type),
                "headers": _schema(_cloudevent_headers(event_type)),
                "payload": _schema(_value_beside_headers(event_type)),
            },
        },
        "bindings": _topic(),
    }


def _message(event_type: EventType) -> Object:
    about = _BEAT_KEY if event_type is EventType.HEARTBEAT else _KEY
    key = {"type": "string", "description": about}
    return {
        "contentType": _JSON,
        "bindings": {"kafka": {"key": key, "bindingVersion": _BINDING}},
    }


def _cloudevent_headers(event_type: EventType) -> Object:
    text: Object = {"type": "string", "minLength": 1}
    more: dict[str, Object] = {
        "ce_type": {"enum": [str(event_type), f"{TYPE_PREFIX}{event_type}"]},
        "ce_time": {"format": "date-time"},
    }
    given = {name: {**text, **more.get(name, {}), "description": _HEADERS[name]} for name in FIELDS}
    version: Object = {"type": "string", "const": SPECVERSION}
    return {
        "type": "object",
        "description": "UTF-8, each at most once. What the value says too must be the same, else "
        f"the record becomes a dead letter ({Reason.HEADER_MISMATCH}). Other headers are ignored.",
        "properties": {SPECVERSION_HEADER: version, **given},
        "required": [SPECVERSION_HEADER, *_ALWAYS_THERE],
    }


def _value_beside_headers(event_type: EventType) -> Object:
    """The schema of the event, without need of what the headers give."""
    model = MODELS[event_type].model_fields
    needed = [name for name, field in model.items() if field.is_required()]
    return {
        "type": "object",
        "description": f"As {event_type}.json; what is in the headers may be left out.",
        "properties": {name: {"$ref": f"{_file(event_type)}#/properties/{name}"} for name in model},
        "required": [name for name in needed if name not in FIELDS.values()],
        "additionalProperties": False,
    }


def _letters() -> Object:
    stored = [field.name for field in fields(DeadLetter)]
    return {
        "address": DEAD_LETTER,
        "description": "Records and lines of import files that are no event. A worker stores each "
        "as a row of table dead_letter; the topic is for other readers, and may have one twice.",
        "messages": {
            "record": {
                "name": "dead_letter.record",
                "title": "A record that a worker refused",
                "contentType": _JSON,
                "payload": _schema(_letter([*stored, "stored"])),
            },
            "line": {
                "name": "dead_letter.line",
                "title": "A line that an importer refused",
                "contentType": _JSON,
                "payload": _schema(_letter(_LINE)),
            },
        },
        "bindings": _topic(),
    }


def _letter(names: Sequence[str]) -> Object:
    return {
        "type": "object",
        "properties": {
            name: {**_type(name), "description": _LETTER_MEANINGS[name]} for name in names
        },
        "required": list(names),
        "additionalProperties": False,
    }


def _type(name: str) -> Object:
    if name == "reason":
        return {"type": "string", "enum": [str(reason) for reason in Reason]}
    if name == "stored":
        return {"const": True}
    return {"type": "integer", "minimum": 0} if name in _INTEGERS else {"type": "string"}


def _topic() -> Object:
    return {
        "kafka": {
            "partitions": _KAFKA.partitions,
            "replicas": _KAFKA.replication,
            "topicConfiguration": {
                "cleanup.policy": ["delete"],
                "retention.ms": _KAFKA.retention_days * DAY_MS,
                "max.message.bytes": MAX_RECORD_BYTES,
            },
            "bindingVersion": _BINDING,
        }
    }


def _operations(names: Sequence[str]) -> Object:
    about = {
        "send": "Sources: `pulse import`, `pulse simulate`, and producers of your own.",
        "receive": "`pulse worker` and `pulse up` read it.",
    }
    letters = {
        "send": "Workers and importers write it.",
        "receive": "`pulse worker` stores what importers wrote; anyone may read along.",
    }
    return {
        f"{action}_{name}": {
            "action": action,
            "summary": (letters if name == "dead_letter" else about)[action],
            "channel": {"$ref": f"#/channels/{name}"},
        }
        for name in names
        for action in ("send", "receive")
    }


def _schema(schema: Object) -> Object:
    return {"schemaFormat": _FORMAT, "schema": schema}


def _file(event_type: EventType) -> str:
    return f"./json/{event_type}.json"
