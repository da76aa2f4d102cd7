"""ClickHouse's own Kafka engine: a queue table, and a view that counts into a summing table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clickhouse_driver import Client

from deploy.local.ports import HOST
from deploy.local.servers import ClickHouse
from tests.benchmarks.contestant import Contestant, Running
from tests.benchmarks.course import Course

FLUSH_MS = 1_000

_KAFKA = "<kafka><auto_offset_reset>smallest</auto_offset_reset></kafka></yandex>"
_PROFILE = (
    "<input_format_skip_unknown_fields>1</input_format_skip_unknown_fields>"
    f"<stream_flush_interval_ms>{FLUSH_MS}</stream_flush_interval_ms></default>"
)
_TABLES = (
    "CREATE TABLE counts (group_id String, minute Int64, n UInt64)"
    " ENGINE = SummingMergeTree(n) ORDER BY (group_id, minute)",
    "CREATE TABLE chats (event_time Int64, group_id String) ENGINE = Kafka SETTINGS"
    " kafka_broker_list = '{broker}', kafka_topic_list = 'community.chat',"
    " kafka_group_name = '{group}', kafka_format = 'JSONEachRow', kafka_row_delimiter = '\\n',"
    " kafka_num_consumers = 1",
    "CREATE MATERIALIZED VIEW counting TO counts AS"
    " SELECT group_id, intDiv(event_time, 60000) AS minute, count() AS n"
    " FROM chats GROUP BY group_id, minute",
)


class EngineServer(ClickHouse):
    """A server of the run's own that reads topics from their beginning."""

    def prepare(self) -> Sequence[str | Path]:
        command = super().prepare()
        for name, end, more in (
            ("config.xml", "</yandex>", _KAFKA),
            ("users.xml", "</default>", _PROFILE),
        ):
            file = self.folder / name
            file.write_text(file.read_text().replace(end, more, 1))
        return command


class Engine(Running):
    """The engine at work: progress and result are what its table holds."""

    poll_s = 0.1

    def __init__(self, course: Course, folder: Path) -> None:
        self.target = course.filled.events["chat"]
        self._windows = len(course.filled.chat_windows)
        self._server = EngineServer(folder / "server", course.programs)
        self._server.start()
        self.log = self._server.log
        self._client = Client(HOST, self._server.ports[0])
        try:
            for table in _TABLES:
                self._client.execute(
                    table.format(broker=course.kafka.address, group=f"bench-{folder.name}")
                )
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        return self._server.pid

    def ended(self) -> bool:
        return not self._server.running

    def counted(self) -> int:
        ((counted,),) = self._client.execute("SELECT sum(n) FROM counts")
        return int(counted)

    def check(self) -> None:
        ((counted, windows),) = self._client.execute(
            "SELECT sum(n), uniqExact(group_id, minute) FROM counts"
        )
        if (counted, windows) != (self.target, self._windows):
            raise self.failure(f"It counted {counted:,} events in {windows:,} windows")

    def stop(self) -> None:
        self._client.disconnect()
        self._server.stop()


CLICKHOUSE_ENGINE = Contestant(
    name="clickhouse_engine",
    title="ClickHouse 18.16, Kafka engine with a view",
    job="bare",
    settings=f"one consumer, JSONEachRow, flush every {FLUSH_MS} ms (the default is 7,500),"
    " SummingMergeTree; at least once; it pauses between flushes, so look at its CPU too",
    start=Engine,
)
