"""A consumer group on the log: who is in it, how far it has come, and setting it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError, NoError, RetriableError, UnknownMemberIdError
from kafka.structs import OffsetAndMetadata
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from pipeline.errors import GroupInUse
from pipeline.settings import KafkaSettings
from sinks.broker import admin_of
from sinks.topics import TOPICS

Place = tuple[str, int]
"""A topic and the number of a partition of it."""

Offsets = Mapping[Place, int]

COORDINATOR_SECONDS = 30
NO_SUCH_GROUP = "Dead"


class GroupOffsets:
    """One group and the partitions of our topics, asked anew by each call. Use it in one thread.

    Offsets are of the next record: what is committed is read, `ends` is where one yet to come will
    lie. Every call raises BrokerError when the broker fails.
    """

    def __init__(self, admin: KafkaAdminClient, group: str) -> None:
        self._admin = admin
        self.group = group

    def members(self) -> list[str]:
        """The clients in the group, as client id and host; one that died stays for a while."""
        described = self._admin.describe_groups([self.group])[self.group]
        if described["error"] and described["group_state"] != NO_SUCH_GROUP:
            raise KafkaError(described["error"])
        return sorted(f"{it['client_id']}{it['client_host']}" for it in described["members"])

    def committed(self) -> Offsets:
        """How far the group has come, where it has committed at all."""
        found = self._admin.list_group_offsets(self.group).get(self.group, {})
        return {
            (place.topic, place.partition): it.offset
            for place, it in found.items()
            if place.topic in TOPICS and it.offset >= 0
        }

    def starts(self) -> Offsets:
        """The first offset that the log still has."""
        return self._listed(OffsetSpec.EARLIEST)

    def ends(self) -> Offsets:
        """The offset that the next record will get."""
        return self._listed(OffsetSpec.LATEST)

    def appended_since(self, moment_ms: int) -> Offsets:
        """The first offset appended at this moment or later; the end where there is none."""
        ends = self.ends()
        found = self._listed(moment_ms)
        return {place: found[place] if found[place] >= 0 else end for place, end in ends.items()}

    def reset(self, offsets: Offsets) -> None:
        """Commit these offsets for the group; GroupInUse if it has members, and nothing is set."""
        wanted = {
            TopicPartition(*place): OffsetAndMetadata(offset, "", None)
            for place, offset in offsets.items()
        }
        answers = self._admin.alter_group_offsets(self.group, wanted)
        for place, error in answers.items():
            if error is UnknownMemberIdError:
                raise GroupInUse(
                    "A worker has joined the group, so its offsets are not set",
                    where=f"PULSE_GROUP={self.group}",
                    remedy="Stop it, then try again.",
                )
            if error is not NoError:
                raise error(f"{place.topic}, partition {place.partition}: {error.__name__}")

    def _listed(self, spec: OffsetSpec | int) -> Offsets:
        there = sorted(set(self._admin.list_topics()).intersection(TOPICS))
        topics = self._admin.describe_topics(there) if there else []
        places = [
            TopicPartition(topic["name"], partition["partition_index"])
            for topic in topics
            for partition in topic["partitions"]
        ]
        found = self._admin.list_partition_offsets(dict.fromkeys(places, spec))
        return {(place.topic, place.partition): it.offset for place, it in found.items()}


@contextmanager
def open_group(kafka: KafkaSettings, group: str) -> Iterator[GroupOffsets]:
    """The group, while the block runs; a broker that is young takes seconds to name its keeper."""
    patiently = Retrying(
        retry=retry_if_exception_type(RetriableError),
        stop=stop_after_delay(COORDINATOR_SECONDS),
        wait=wait_fixed(0.2),
        reraise=True,
    )
    with admin_of(kafka) as admin:
        patiently(admin.list_group_offsets, group)
        yield GroupOffsets(admin, group)
