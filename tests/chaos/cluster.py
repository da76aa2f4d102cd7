"""Three Kafka brokers that are their own controllers: 3 copies, of which 2 must have a record."""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local.kafka import Kafka
from deploy.local.ports import HOST, free_ports
from deploy.local.stack import Programs

SIZE = 3


class Member(Kafka):
    """One broker of a cluster; `voters` names all controllers as Kafka writes them."""

    def __init__(
        self, folder: Path, programs: Programs, *, node: int, cluster_id: str, voters: str
    ) -> None:
        super().__init__(folder, programs)
        self._node = node
        self._cluster_id = cluster_id
        self._voters = voters

    @property
    def cluster_id(self) -> str:
        return self._cluster_id

    def properties(self) -> str:
        """One node's properties, with what a cluster needs otherwise."""
        changed = {
            "node.id": str(self._node),
            "controller.quorum.voters": self._voters,
            "default.replication.factor": "3",
            "min.insync.replicas": "2",
            "offsets.topic.replication.factor": "3",
            "transaction.state.log.replication.factor": "3",
            "transaction.state.log.min.isr": "2",
        }
        lines = super().properties().splitlines()
        kept = [line for line in lines if line.partition("=")[0] not in changed]
        return "\n".join([*kept, *(f"{name}={value}" for name, value in changed.items()), ""])


@contextmanager
def cluster(folder: Path, programs: Programs) -> Iterator[list[Kafka]]:
    """Start them together, as none is healthy without another."""
    ports = free_ports(2 * SIZE)
    pairs = list(zip(ports[::2], ports[1::2], strict=True))
    voters = ",".join(f"{node}@{HOST}:{pair[1]}" for node, pair in enumerate(pairs, 1))
    cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    with ThreadPoolExecutor(SIZE) as pool, ExitStack() as stack:
        members: list[Kafka] = []
        for node, pair in enumerate(pairs, 1):
            member = Member(
                folder / f"broker{node}",
                programs,
                node=node,
                cluster_id=cluster_id,
                voters=voters,
            )
            member.ports = pair
            stack.callback(member.stop)
            members.append(member)
        list(pool.map(Kafka.start, members))
        yield members
