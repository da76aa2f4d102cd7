"""All contestants by name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.benchmarks.contestant import Contestant
from tests.benchmarks.ours import BARE, FULL_EMBEDDED, FULL_SERVER
from tests.benchmarks.peer_clickhouse import CLICKHOUSE_ENGINE
from tests.benchmarks.peers_java import FLINK, FLINK_FULL, KAFKA_STREAMS, KAFKA_STREAMS_EOS
from tests.benchmarks.peers_python import BYTEWAX, FAUST_STOCK, LIMIT, QUIXSTREAMS

_IN_ORDER = (
    FULL_SERVER, KAFKA_STREAMS_EOS, BARE, FLINK, FULL_EMBEDDED, FLINK_FULL, LIMIT, KAFKA_STREAMS,
    CLICKHOUSE_ENGINE, FAUST_STOCK, QUIXSTREAMS, BYTEWAX,
)  # fmt: skip
ENTRIES: Mapping[str, Contestant] = MappingProxyType({one.name: one for one in _IN_ORDER})

QUICK = [one.name for one in (FULL_SERVER, FULL_EMBEDDED, BARE, FAUST_STOCK, LIMIT)]
