"""The Kafka topics: their names, what they must be, and the admin's side of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from pipeline.settings import DAY_MS, KafkaSettings
from schemas.event_type import EventType
from sinks.broker import admin_of

MAX_RECORD_BYTES = 2 * 1024 * 1024
"""Well above what an event may be, so that an event too large still reaches the dead letters."""


SEGMENT_DAYS = 1
"""A record outlives its topic's retention by at most this: a segment is deleted as a whole."""


def topic_of(event_type: EventType) -> str:
    """The topic that carries one type of event."""
    return f"community.{event_type}"


SOURCES: Mapping[str, EventType] = MappingProxyType({topic_of(each): each for each in EventType})
"""Topics of events, and the one type each carries."""

DEAD_LETTER = "community.dead_letter"

HOW_TO_MEND = (
    "`pulse topics create` makes missing topics; kafka-configs.sh alters a config. The partition"
    " count of a topic changes only by recreating all under a new PULSE_EPOCH."
)

TOPICS: tuple[str, ...] = (*SOURCES, DEAD_LETTER)
"""Every topic. All have one partition count: a group lies in the same partition of each."""


@dataclass(frozen=True)
class TopicState:
    """A topic as the broker has it; partitions is 0 if there is none."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]

    def faults(self, kafka: KafkaSettings) -> list[str]:
        """What is not as the settings want it."""
        if not self.partitions:
            return [f"{self.name} is missing"]
        found = {"partitions": str(self.partitions), "replication": str(self.replication)}
        wanted = {"partitions": str(kafka.partitions), "replication": str(kafka.replication)}
        found |= self.configs
        wanted |= configs(kafka)
        return [
            f"{self.name} has {name} {found.get(name, 'unknown')}, not {value}"
            for name, value in wanted.items()
            if found.get(name) != value
        ]


def configs(kafka: KafkaSettings) -> dict[str, str]:
    """What every topic is configured to be."""
    return {
        "message.timestamp.type": "LogAppendTime",
        "retention.ms": str(kafka.retention_days * DAY_MS),
        "segment.ms": str(SEGMENT_DAYS * DAY_MS),
        "max.message.bytes": str(MAX_RECORD_BYTES),
        "cleanup.policy": "delete",
        "compression.type": "producer",
        "unclean.leader.election.enable": "false",
        "min.insync.replicas": "2" if kafka.replication >= 3 else "1",
    }


def list_topics(kafka: KafkaSettings) -> list[TopicState]:
    """Our topics as the broker has them."""
    with admin_of(kafka) as admin:
        return _states(admin)


def read_brokers(kafka: KafkaSettings) -> list[str]:
    """host:port of every broker of the cluster."""
    with admin_of(kafka) as admin:
        return sorted(f"{it['host']}:{it['port']}" for it in admin.describe_cluster()["brokers"])


def create_topics(kafka: KafkaSettings) -> list[str]:
    """Create the topics that are missing, wait until they can be written to, return them."""
    with admin_of(kafka) as admin:
        missing = [state.name for state in _states(admin) if not state.partitions]
        if missing:
            spec = {
                "num_partitions": kafka.partitions,
                "replication_factor": kafka.replication,
                "configs": configs(kafka),
            }
            admin.create_topics(dict.fromkeys(missing, spec), wait_for_metadata=True)
        return missing


def topic_faults(kafka: KafkaSettings) -> list[tuple[str, str]]:
    """Everything about our topics that is not as it must be: the topic, and what is wrong."""
    return [(state.name, fault) for state in list_topics(kafka) for fault in state.faults(kafka)]


def _states(admin: KafkaAdminClient) -> list[TopicState]:
    there = sorted(set(admin.list_topics()).intersection(TOPICS))
    if not there:
        return [TopicState(name, 0, 0, {}) for name in TOPICS]
    partitions = {each["name"]: each["partitions"] for each in admin.describe_topics(there)}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, None) for name in there]
    configured = admin.describe_configs(asked, config_filter="all")["topic"]
    return [
        TopicState(
            name=name,
            partitions=len(partitions.get(name, ())),
            replication=min((len(p["replica_nodes"]) for p in partitions.get(name, ())), default=0),
            configs={key: it["value"] for key, it in configured.get(name, {}).items()},
        )
        for name in TOPICS
    ]
