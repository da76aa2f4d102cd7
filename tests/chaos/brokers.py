"""The brokers of a run: one, or a cluster of three in which leaders move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.local.kafka import Kafka
from sinks.topics import TOPICS

PREFERRED = 0


class Brokers:
    """Killed one at a time, so that a cluster of three goes on and its acked records stay."""

    def __init__(self, brokers: Sequence[Kafka]) -> None:
        self._brokers = brokers

    @property
    def address(self) -> str:
        """Where clients begin."""
        return ",".join(broker.address for broker in self._brokers)

    @property
    def count(self) -> int:
        """How many there are: also the copies of each partition."""
        return len(self._brokers)

    def kill(self, victim: int) -> bool:
        """kill -9 one; False while another is down."""
        if not all(broker.running for broker in self._brokers):
            return False
        self._brokers[victim % self.count].kill()
        return True

    def start(self) -> None:
        """Start whoever is down."""
        for broker in self._brokers:
            broker.start()

    def move_leaders(self) -> bool:
        """Make the second replica of every partition its leader; False while a broker is down."""
        if not all(broker.running for broker in self._brokers):
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.address.split(","))
            try:
                return _move(admin)
            finally:
                admin.close()
        except KafkaError:
            return False


def _move(admin: KafkaAdminClient) -> bool:
    topics: list[dict[str, Any]] = admin.describe_topics(list(TOPICS))
    turned = {
        TopicPartition(topic["name"], one["partition_index"]): _turned(one["replica_nodes"])
        for topic in topics
        for one in topic["partitions"]
    }
    admin.alter_partition_reassignments(turned)
    admin.elect_leaders(PREFERRED, list(TOPICS), raise_errors=False)
    return True


def _turned(replicas: Sequence[int]) -> list[int]:
    return [*replicas[1:], replicas[0]]
