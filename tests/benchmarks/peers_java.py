"""The peers in Java: Kafka Streams and Flink, each built by Maven into a folder of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from deploy.local.ports import HOST
from tests.benchmarks.contestant import Child, Contestant, Counting, Running, topic_environment
from tests.benchmarks.course import Course
from tests.benchmarks.environments import classes_of, make_java
from tests.benchmarks.stored import Stored

JVM = ("-Xms1g", "-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
FLINK_OPENS = (
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.time=ALL-UNNAMED",
)
CHECKPOINT_MS = 5_000
DRIVER = "compress=false&use_server_time_zone=false&use_time_zone=UTC"


def _count(
    peer: str, options: Sequence[str], words: Sequence[str], course: Course, folder: Path
) -> Running:
    target = course.filled.events["chat"]
    return Counting(
        [course.programs.java, *JVM, *options, "-cp", classes_of(peer), *words],
        topic_environment(course, folder, target=target),
        folder,
        target=target,
        windows=len(course.filled.chat_windows),
    )


class FlinkFull(Child):
    """Flink's full job into a database of its own, as the database tells."""

    poll_s = 0.25

    def __init__(self, course: Course, folder: Path) -> None:
        self._stored = Stored(course, folder)
        address = f"{HOST}:{course.clickhouse.ports[1]}"
        target = course.filled.total
        environment = topic_environment(course, folder, target=target)
        environment["STORE"] = f"jdbc:clickhouse://{address}/{self._stored.database}?{DRIVER}"
        command = [
            course.programs.java, *JVM, *FLINK_OPENS, "-cp", classes_of("flink"), "Full",
            str(CHECKPOINT_MS),
        ]  # fmt: skip
        super().__init__(command, environment, folder, target=target)

    def counted(self) -> int:
        return self._stored.counted()

    def check(self) -> None:
        if fault := self._stored.fault():
            raise self.failure(fault)

    def leave(self) -> None:
        self._stored.leave()


def _kafka_streams(name: str, guarantee: str) -> Contestant:
    return Contestant(
        name=name,
        title=f"Kafka Streams 4.1, {guarantee}",
        job="bare",
        settings="1 thread, RocksDB windows, changelog on (lz4, linger 50 ms, 256 KB batches),"
        " cache 64 MB, max.poll.records 10,000, fetch.max.wait.ms 100, the default commit interval"
        " (30 s, exactly once 100 ms)",
        start=partial(_count, "kafka_streams", (), ("Count", guarantee, "1")),
        prepare=partial(make_java, "kafka_streams"),
    )


KAFKA_STREAMS = _kafka_streams("kafka_streams", "at_least_once")
KAFKA_STREAMS_EOS = _kafka_streams("kafka_streams_eos", "exactly_once_v2")
FLINK = Contestant(
    name="flink",
    title="Flink 2.2, event-time windows, checkpoints",
    job="bare",
    settings="parallelism 1, state on the heap, exactly-once checkpoints every 5 s, object reuse,"
    " max.poll.records 10,000, fetch.max.wait.ms 100, cold JVM",
    start=partial(_count, "flink", FLINK_OPENS, ("Count", str(CHECKPOINT_MS))),
    prepare=partial(make_java, "flink"),
)
FLINK_FULL = Contestant(
    name="flink_full",
    title="Flink 2.2, full job, JDBC sink to ClickHouse",
    job="full",
    settings="as flink; JDBC sinks in tasks of their own, 50,000 rows or 500 ms a batch, at least"
    " once into tables that keep one row a key; windows written when they close; driver"
    " clickhouse-jdbc 0.2.6, which the server at hand understands",
    start=FlinkFull,
    prepare=partial(make_java, "flink"),
)
