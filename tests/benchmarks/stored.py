"""What a full job has stored in a database of its own on the course's server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clickhouse_driver import Client

from deploy.local.ports import HOST
from tests.benchmarks.course import Course, pulse
from tests.benchmarks.fill import Filled

FACTS = ("chat", "join", "leave", "order")
_COUNTS = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, toUInt64(uniqExact(event_id)) AS n FROM fact_{kind}"
    for kind in FACTS
)
CHECK = (
    f"{_COUNTS} UNION ALL"
    " SELECT 'windows' AS kind, toUInt64(sum(messages)) AS n FROM group_minute FINAL"
)
"""Distinct facts by type, and the chats that the windows add up to."""

_ROWS = "SELECT " + " + ".join(f"(SELECT count() FROM fact_{kind})" for kind in FACTS)


def fault_of(found: Mapping[str, int], filled: Filled) -> str:
    """What `CHECK` found to be wrong, in one line; empty if it is right."""
    wanted = {kind: filled.events[kind] for kind in FACTS} | {"windows": filled.events["chat"]}
    return "" if found == wanted else f"It stored {found}, where there are {wanted}"


class Stored:
    """A new database with our tables, for a program that is not ours."""

    def __init__(self, course: Course, folder: Path) -> None:
        self.database = folder.name
        self._course = course
        environment = {
            **course.environment, "PULSE_STORE": course.clickhouse.url(self.database)
        }  # fmt: skip
        pulse(["migrate", "up"], environment)
        self._client = Client(HOST, course.clickhouse.ports[0], database=self.database)

    def counted(self) -> int:
        """Stored facts; all of them only once the windows are there too."""
        ((rows,),) = self._client.execute(_ROWS)
        total = self._course.filled.total
        return total if rows >= total and not self.fault() else min(int(rows), total - 1)

    def fault(self) -> str:
        """What is wrong with the rows, in one line; empty if they are right."""
        return fault_of(dict(self._client.execute(CHECK)), self._course.filled)

    def leave(self) -> None:
        """Let the server merge no more of the rows."""
        self._client.execute(f"DETACH DATABASE IF EXISTS {self.database}")
        self._client.disconnect()
