"""A Kafka broker in KRaft mode, one node, from the jars that `setup.sh` fetched."""

from __future__ import annotations

import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path
from string import Template

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.local.process import Server
from pipeline.errors import PulseError

_PROPERTIES = Template(Path(__file__).with_name("kafka.properties.tmpl").read_text())

_JVM = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-Xshare:auto",
    "-Djava.net.preferIPv4Stack=true",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
)


class Kafka(Server):
    """One broker. Topics, records and group offsets under `folder` survive any end of it."""

    name = "kafka"
    port_count = 2

    def prepare(self) -> Sequence[str | Path]:
        """Write server.properties, format the storage the first time, return the command."""
        data = self.folder / "data"
        properties = self.folder / "server.properties"
        port, controller_port = self.ports
        properties.write_text(
            _PROPERTIES.substitute(port=port, controller_port=controller_port, data=data)
        )
        if not (data / "meta.properties").exists():
            self._format(properties)
        return [*self._java(), "kafka.Kafka", properties]

    def healthy(self) -> bool:
        """Whether the broker describes its cluster to an admin client."""
        try:
            admin = KafkaAdminClient(
                bootstrap_servers=self.address, bootstrap_timeout_ms=2_000, request_timeout_ms=2_000
            )
            try:
                return bool(admin.describe_cluster()["brokers"])
            finally:
                admin.close()
        except (KafkaError, OSError):
            return False

    def _java(self) -> list[str | Path]:
        return [self.programs.java, *_JVM, "-cp", f"{self.programs.kafka_jars}/*"]

    def _format(self, properties: Path) -> None:
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        command = [*self._java(), "kafka.tools.StorageTool", "format"]
        done = subprocess.run(
            [*command, "--cluster-id", cluster, "--config", properties],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PulseError(
                f"Kafka's storage was not formatted: {done.stdout.strip()}", where=str(properties)
            )
