"""A Kafka broker in KRaft mode, one node, from the jars that `setup.sh` fetched."""

from __future__ import annotations

import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.local.process import Server
from deploy.local.stack import Programs
from pipeline.errors import PulseError

_PROPERTIES = Template(Path(__file__).with_name("kafka.properties.tmpl").read_text())

_JVM = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-Djava.net.preferIPv4Stack=true",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
)


class Kafka(Server):
    """One broker. Topics, records and group offsets under `folder` survive any end of it.

    With `record`, it writes the classes it has loaded to that file when it stops.
    """

    name = "kafka"
    port_count = 2

    def __init__(self, folder: Path, programs: Programs, *, record: Path | None = None) -> None:
        super().__init__(folder, programs)
        self._record = record

    def prepare(self) -> Sequence[str | Path]:
        """Write server.properties, format the storage the first time, return the command."""
        data = self.folder / "data"
        properties = self.folder / "server.properties"
        properties.write_text(self.properties())
        if not (data / "meta.properties").exists():
            self._format(properties)
        return [*self._java(self._record), "kafka.Kafka", properties]

    def properties(self) -> str:
        """The text of server.properties."""
        port, controller_port = self.ports
        return _PROPERTIES.substitute(
            port=port, controller_port=controller_port, data=self.folder / "data"
        )

    @property
    def cluster_id(self) -> str:
        """The cluster that its storage is formatted for: one of its own."""
        return urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()

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

    def _java(self, record: Path | None = None) -> list[str | Path]:
        archive = self.programs.kafka_classes
        if record:
            classes = [f"-XX:ArchiveClassesAtExit={record}"]
        else:
            classes = [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
        return [self.programs.java, *_JVM, *classes, "-cp", f"{self.programs.kafka_jars}/*"]

    def _format(self, properties: Path) -> None:
        command = [*self._java(), "kafka.tools.StorageTool", "format"]
        done = subprocess.run(
            # Given with "=", as one id in 64 begins with "-".
            [*command, f"--cluster-id={self.cluster_id}", "--config", properties],
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


def archive_classes(programs: Programs) -> None:
    """Record the classes that a broker loads: brokers then start in half the time.

    A virtual machine to which the record does not apply, such as a newer one, ignores it.
    """
    final = programs.kafka_classes
    with TemporaryDirectory(dir=final.parent) as folder:
        record = Path(folder) / final.name
        with Kafka(Path(folder), programs, record=record):
            pass
        record.replace(final)


if __name__ == "__main__":
    archive_classes(Programs.find())
