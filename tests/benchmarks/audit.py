"""The audit over many facts: seconds and memory of the checks that read the store alone.

`python -m tests.benchmarks.audit --facts 10000000 --store server` fills a store by SQL (chats of
500 groups over 10 days, windows by the same measures), then runs each check in this process and
prints what it took. The store's own memory is told by itself, the peak of its queries.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.servers import ClickHouse, Programs
from pipeline.audit.conflicts import check_conflicts
from pipeline.audit.offsets import check_holes
from pipeline.audit.scope import Scope
from pipeline.audit.windows import check_windows
from pipeline.catalog.sql_windows import SQL_MEASURES
from pipeline.cli.output import out
from pipeline.clock import SharedClock
from pipeline.settings import Settings
from schemas.event_type import EventType
from sinks.clickhouse import ServerStore
from sinks.embedded import EmbeddedStore
from sinks.migrate import up
from sinks.store import Store

START_MS = 1_764_028_800_000
A_DAY = 1_000_000
ABOUT_A_COMMIT = 5_000

_FACTS = """
INSERT INTO fact_chat (event_date, event_time, event_ms, event_id, group_id, user_id, actor_role,
    source, msg_type, topic, partition, offset, epoch, ingest_ms, version_inverse)
SELECT toDate(intDiv(ms, 86400000)), toDateTime(intDiv(ms, 1000), 'UTC'), ms,
    concat('e', toString(number)), concat('g', toString(number % 500)),
    concat('u', toString(cityHash64(number) % 100000)), 'member', 'bench', 'text',
    'community.chat', number % 4, intDiv(number, 4), 1, ms, 18446744073709551615 - number
FROM (SELECT number, toInt64({start} + intDiv((number - {first}) * 86400000, {count})) AS ms
      FROM numbers({first}, {count}))
"""

_WINDOWS = """
INSERT INTO group_minute (event_date, group_id, minute, epoch, topic, partition, {names}, version)
SELECT event_date, group_id, toStartOfMinute(event_time) AS minute, epoch, topic, partition,
    {measures}, max(offset) + 1
FROM fact_chat WHERE event_date = toDate({day}) GROUP BY
    event_date, group_id, minute, epoch, topic, partition
"""

_OFFSETS = """
INSERT INTO offsets (epoch, topic, partition, first, last, n, stored_ms)
SELECT 1, 'community.chat', number % 4, intDiv(number, 4) * {size},
    intDiv(number, 4) * {size} + {size} - 1, {size}, {start}
FROM numbers({count})
"""


def fill(store: Store, facts: int) -> None:
    """Days of A_DAY facts each, all windows right, no hole."""
    up(store)
    measures = SQL_MEASURES[EventType.CHAT]
    for day, first in enumerate(range(0, facts, A_DAY)):
        start = START_MS + day * 86_400_000
        store.execute(_FACTS.format(start=start, first=first, count=min(A_DAY, facts - first)))
        store.execute(
            _WINDOWS.format(
                names=", ".join(measures),
                measures=", ".join(measures.values()),
                day=start // 86_400_000,
            )
        )
    ranges = facts // ABOUT_A_COMMIT
    store.execute(_OFFSETS.format(size=ABOUT_A_COMMIT // 4 * 4, start=START_MS, count=ranges))


@contextmanager
def opened(kind: str) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        if kind == "embedded":
            store = EmbeddedStore(Path(folder) / "store")
            yield store
            store.close()
            return
        with ClickHouse(Path(folder), Programs.find()) as server:
            found = ServerStore(server.url("community"), role="bench")
            found.create_database()
            yield found
            found.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=10_000_000)
    parser.add_argument("--store", choices=["server", "embedded"], default="server")
    asked = parser.parse_args()
    with opened(asked.store) as store:
        fill(store, asked.facts)
        scope = Scope(Settings(), store, SharedClock(None), {})
        out.print(f"{asked.facts:,} facts, {asked.store} store; this process before: {rss_mb()} MB")
        for check in (check_holes, check_windows, check_conflicts):
            started = time.perf_counter()
            result = check(scope)
            took = time.perf_counter() - started
            out.print(
                f"{result.check:<10} {result.looked_at:>12,} {result.unit:<8} {took:7.1f} s"
                f"  mismatches {result.mismatches}  this process's peak {rss_mb()} MB"
            )


def rss_mb() -> int:
    """Peak of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
